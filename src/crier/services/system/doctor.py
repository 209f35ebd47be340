"""`crier doctor`: looks at an installation from top to bottom, and says how to mend what is wrong.

It makes no key and writes no row; of the storage of uploads it writes and removes one small file,
which makes the folder where there is none. Each check is by itself, so that one that fails hides no
other; those that need the database are left out where it does not answer.
"""

import asyncio
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.errors import CrierError, SettingsError
from crier.secrets.keyring import Keyring
from crier.secrets.vault import Vault, VaultError
from crier.services.system import certificates, readiness, status
from crier.services.system.figures import LAST_BACKUP
from crier.services.system.status import Component, ComponentProbe
from crier.settings import Settings
from crier.storage import engine, queries, reach
from crier.telegram.client import BotApi
from crier.telegram.errors import TelegramError
from crier.telegram.transport import HttpTransport
from crier.telegram.types import WebhookInfo

SQL: Final = queries.load("system")
State = Literal["ok", "warning", "error"]
STATES: Final[tuple[State, ...]] = ("ok", "warning", "error")
"""From the best to the worst; its place is the exit status."""
FILES: Final = 4096
OFFSET_WARN_S, OFFSET_ERROR_S = 5.0, 60.0
BACKUP_AGE: Final = timedelta(days=2)
CERTIFICATE_LEFT: Final = timedelta(days=14)
WEBHOOK_ERROR_S: Final = 3600
WEBHOOKS: Final = 20
TIMEOUT_S: Final = 5.0
EXTENSIONS: Final = {"pg_trgm": "CREATE EXTENSION pg_trgm, as its owner"}
_STATE_OF: Final[dict[str, State]] = {"up": "ok", "degraded": "warning", "down": "error"}
_MEND: Final = {
    "redis": "start it, or check CRIER_REDIS_URL; everything goes on meanwhile",
    "uploads": "check CRIER_S3_…, or the rights of the data folder",
    "telegram": "check the network to Telegram and CRIER_TELEGRAM_API_URL",
    "disk": "make room (docs/operations/disk-low.md)",
    "workers": "start `crier up`, or `crier worker`",
    "queues": "start more workers (docs/operations/queue-lag.md)",
}


class Check(NamedTuple):
    """What was looked at, and what came of it."""

    name: str
    state: State
    detail: str
    mend: str = ""


class WebhookBot(NamedTuple):
    """A bot that receives by webhook."""

    id: int
    sealed: str


_EXTENSIONS: Final = SQL.query("extensions", str)
_SEALED: Final = SQL.query("one_token_for_each_key", str)
_WEBHOOK_BOTS: Final = SQL.query("webhook_bots", WebhookBot)


def examine(environment: dict[str, str] | None = None) -> Iterator[Check]:
    """Yield each check as soon as it is done."""
    try:
        settings = Settings.from_environment(environment)
    except SettingsError as error:
        for problem in error.problems:
            yield Check("settings", "error", problem, "correct it (docs/settings.md)")
        return
    yield Check("settings", "ok", "all can be read")
    probe = ComponentProbe(settings)
    for component in (probe.redis(), probe.uploads(), probe.telegram(), probe.disk()):
        yield _of(component)
    yield from (_clock(settings), _files(), _backup(settings), _certificate(settings))
    try:
        away = reach.database_problem(settings.database_url)
    except CrierError as error:
        away = str(error)
    if away is not None:
        yield Check("database", "error", away, "start it, or check CRIER_DATABASE_URL")
        return
    yield from _with_database(settings)


def worst(checks: list[Check]) -> int:
    """Return the exit status: 0 where all is well, 1 with a warning, 2 with an error."""
    return max((STATES.index(check.state) for check in checks), default=0)


def _with_database(settings: Settings) -> Iterator[Check]:
    made = engine.make_engine(settings.database_url, name="crier doctor", pool_size=1)
    try:
        problem = readiness.problem(made)
        if problem is not None:
            yield Check("schema", "error", problem, "run `crier migrate` of this release")
            return
        yield Check("schema", "ok", "is this release's")
        with Session(made) as session:
            for look in _IN_DATABASE:
                yield from look(session, settings)
    finally:
        made.dispose()


def _server(session: Session, _: Settings) -> Iterator[Check]:
    yield _of(status.database(session))
    asked_at = time.time()
    clock = session.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())::float8"))
    offset_s = float(clock or 0) - (asked_at + time.time()) / 2
    yield _offset("database clock", offset_s)
    missing = EXTENSIONS.keys() - set(engine.rows(session, _EXTENSIONS()))
    for name in sorted(missing):
        yield Check("extensions", "error", f"{name} is not installed", EXTENSIONS[name])
    if not missing:
        yield Check("extensions", "ok", ", ".join(EXTENSIONS))


def _work(session: Session, _: Settings) -> Iterator[Check]:
    for component in status.work(status.processing(session)):
        yield _of(component)


def _keys(session: Session, settings: Settings) -> Iterator[Check]:
    sealed = engine.rows(session, _SEALED())
    rings = (("token.keys", settings.token_keys), ("signing.keys", settings.jwt_keys))
    for name, given in rings:
        path = settings.data_dir / "keys" / name
        if not given and not path.exists():
            state: State = "error" if sealed else "warning"
            detail = f"{path} is not there" + (", and bots are sealed with it" if sealed else "")
            yield Check("keys", state, detail, "put it back from the backup, or start Crier once")
            return
    try:
        Keyring.signing(settings).newest  # noqa: B018 (reads the ring)
        vault = Vault.of(settings)
        for one in sealed:
            vault.open(one)
    except (VaultError, CrierError, OSError) as error:
        yield Check("keys", "error", str(error), "put the old key back from the backup")
        return
    yield Check("keys", "ok", f"open what {len(sealed)} keys have sealed")


def _webhooks(session: Session, settings: Settings) -> Iterator[Check]:
    """Ask Telegram how it sees our webhooks: it is the one that must reach them."""
    bots = engine.rows(session, _WEBHOOK_BOTS(most=WEBHOOKS))
    if not bots:
        yield Check("webhooks", "ok", "no running bot uses one")
        return
    try:
        vault = Vault.of(settings)
        tokens = [vault.open(bot.sealed) for bot in bots]
    except CrierError:
        return  # told by `keys`
    answers = asyncio.run(_ask(settings.telegram_api_url, tokens))
    faults = [
        Check("webhooks", "warning", f"bot {bot.id}: {fault}", _MEND_WEBHOOK)
        for bot, answer in zip(bots, answers, strict=True)
        if (fault := _fault(answer, settings.public_url))
    ]
    yield from faults
    if not faults:
        yield Check("webhooks", "ok", f"Telegram reaches {len(bots)}")


_MEND_WEBHOOK: Final = "let Telegram reach CRIER_PUBLIC_URL, with a certificate that it trusts"
_IN_DATABASE: Final[tuple[Callable[[Session, Settings], Iterator[Check]], ...]] = (
    _server,
    _work,
    _keys,
    _webhooks,
)


async def _ask(api_url: str, tokens: list[str]) -> list[WebhookInfo | TelegramError]:
    api = BotApi(HttpTransport(api_url, max_connections=WEBHOOKS))

    async def one(token: str) -> WebhookInfo | TelegramError:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await api.get_webhook_info(token)
        except TelegramError as error:
            return error
        except TimeoutError:
            return TelegramError("no answer in time")

    try:
        return await asyncio.gather(*map(one, tokens))
    finally:
        await api.close()


def _fault(answer: WebhookInfo | TelegramError, public_url: str | None) -> str | None:
    if isinstance(answer, TelegramError):
        return f"Telegram does not say ({answer})"
    if public_url and not answer.url.startswith(f"{public_url}/"):
        return "its webhook is not ours" if answer.url else "Telegram knows no webhook of it"
    failed_at = answer.last_error_date
    if failed_at is not None and time.time() - failed_at < WEBHOOK_ERROR_S:
        return f"Telegram could not deliver: {answer.last_error_message}"
    return None


def _of(component: Component) -> Check:
    state = _STATE_OF[component.status]
    if component.name == "redis" and state == "error":
        state = "warning"  # everything goes on without it
    mend = _MEND.get(component.name, "") if state != "ok" else ""
    return Check(component.name, state, component.detail, mend)


def _clock(settings: Settings) -> Check:
    parts = urlsplit(settings.telegram_api_url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT_S)
    try:
        connection.request("HEAD", "/")
        said = connection.getresponse().headers.get("Date")
    except (OSError, HTTPException) as error:
        return Check("clock", "warning", f"Telegram cannot be asked for the time: {error}", "")
    finally:
        connection.close()
    if said is None:
        return Check("clock", "ok", "the Bot API server tells no time")
    return _offset("clock", parsedate_to_datetime(said).timestamp() + 0.5 - time.time())


def _offset(name: str, seconds: float) -> Check:
    far = abs(seconds)
    state: State = "error" if far > OFFSET_ERROR_S else "warning" if far > OFFSET_WARN_S else "ok"
    mend = "" if state == "ok" else "switch time synchronization on (docs/operations/clock-skew.md)"
    return Check(name, state, f"{far:.1f} s from this machine's", mend)


def _files() -> Check:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        mend = f"raise it to {FILES} or more (LimitNOFILE= of systemd, ulimit -n)"
        return Check("open files", "warning", f"{hard} at most: each bot needs one", mend)
    return Check("open files", "ok", "as many as needed" if hard < 0 else f"{hard} at most")


def _backup(settings: Settings) -> Check:
    try:
        made_at = (settings.data_dir / LAST_BACKUP).stat().st_mtime
    except OSError:
        mend = "make one, and touch the file after it (docs/operations.md#backup)"
        return Check("backup", "warning", f"none is noted in {LAST_BACKUP}", mend)
    age = timedelta(seconds=round(time.time() - made_at))
    if age > BACKUP_AGE:
        return Check("backup", "warning", f"{age} old", "docs/operations/backup-too-old.md")
    return Check("backup", "ok", f"{age} old")


def _certificate(settings: Settings) -> Check:
    url = settings.public_url
    if url is None or not url.startswith("https://"):
        return Check("certificate", "ok", "there is no https address of ours")
    try:
        end = certificates.expires_at(url)
    except (OSError, ValueError) as error:
        mend = "look from outside: the address may be reached there all the same"
        return Check("certificate", "warning", f"cannot be seen from here: {error}", mend)
    assert end is not None
    left = end - datetime.now(UTC)
    state: State = "ok" if left > CERTIFICATE_LEFT else "warning" if left > timedelta() else "error"
    mend = "" if state == "ok" else "renew it (docs/operations/certificate.md)"
    return Check("certificate", state, f"good until {end:%Y-%m-%d}", mend)
