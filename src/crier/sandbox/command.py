"""`crier sandbox` and `python -m crier.sandbox`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from crier.sandbox.limits import Limits
from crier.sandbox.main import StartError, run
from crier.sandbox.state import StateError
from crier.sandbox.world import Config

_DEFAULTS = Limits()


@click.command("sandbox")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8081, show_default=True, help="Port; 0 takes a free one.")
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep bots, people, updates and counters in this file over restarts.",
)
@click.option("--control-token", default="", help="Demand this bearer token of /control/.")
@click.option("--outbox", default=50_000, show_default=True, help="Messages kept in full.")
@click.option(
    "--fetch",
    type=click.Choice(["loopback", "always", "never"]),
    default="loopback",
    show_default=True,
    help="Which media URLs are really fetched; the others are believed.",
)
@click.option(
    "--web",
    multiple=True,
    metavar="PREFIX=FOLDER",
    help="Media URLs that begin with PREFIX are files in FOLDER. May be given again.",
)
@click.option("--bot-rate", default=_DEFAULTS.bot_rate, show_default=True, help="Sends/s, one bot.")
@click.option("--bot-burst", default=_DEFAULTS.bot_burst, show_default=True)
@click.option("--chat-rate", default=_DEFAULTS.chat_rate, show_default=True, help="..., one chat.")
@click.option("--chat-burst", default=_DEFAULTS.chat_burst, show_default=True)
@click.option("--group-per-minute", default=_DEFAULTS.group_per_minute, show_default=True)
@click.option("--paid-rate", default=_DEFAULTS.paid_rate, show_default=True, help="Paid sends/s.")
@click.option("--absorb", default=0.0, show_default=True, help="Seconds of flood wait slept off.")
@click.option("--ban", default=0.0, show_default=True, help="Seconds of ban on too many sends.")
@click.option(
    "--new-bots-per-minute",
    default=0,
    show_default=True,
    help="First uses of a token from one address; Telegram has 20. 0: no limit.",
)
@click.option("--no-limits", is_flag=True, help="No rate limits at all.")
def command(
    host: str,
    port: int,
    state: Path | None,
    control_token: str,
    outbox: int,
    fetch: str,
    web: tuple[str, ...],
    bot_rate: float,
    bot_burst: float,
    chat_rate: float,
    chat_burst: float,
    group_per_minute: int,
    paid_rate: float,
    absorb: float,
    ban: float,
    new_bots_per_minute: int,
    no_limits: bool,
) -> None:
    """A Telegram Bot API server for tests and demos, with simulated bots and people.

    The Bot API is served under /bot<token>/, in the way of api.telegram.org: error texts, long
    polling, webhooks, rate limits. Bots and people are made, and faults set, by the control API
    under /control/. A rate of 0 switches that limit off.
    """
    limits = Limits(
        bot_rate=bot_rate,
        bot_burst=bot_burst,
        chat_rate=chat_rate,
        chat_burst=chat_burst,
        group_per_minute=group_per_minute,
        paid_rate=paid_rate,
        absorb_s=absorb,
        ban_s=ban,
        new_bots_per_minute=new_bots_per_minute,
    )
    if no_limits:
        limits = Limits(
            bot_rate=0, chat_rate=0, group_per_minute=0, paid_rate=0, upload_spacing=False
        )
    try:
        limits.check()
        if not 0 <= port <= 65535 or outbox < 1:
            raise ValueError("port must be 0..65535 and outbox at least 1")
        config = Config(limits=limits, outbox=outbox, fetch=fetch, control_token=control_token)
        config.web = [_folder(pair) for pair in web]
        run(host, port, config, state)
    except (StartError, StateError, ValueError) as error:
        click.echo(f"sandbox: {error}", err=True)
        sys.exit(1)


def _folder(pair: str) -> tuple[str, str]:
    prefix, equals, folder = pair.rpartition("=")
    if not equals or not Path(folder).is_dir():
        raise ValueError(f"--web {pair} is no PREFIX=FOLDER of a folder that exists")
    return prefix, folder
