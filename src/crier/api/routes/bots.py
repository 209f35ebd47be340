"""Bots: add, change and run them."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db, paging
from crier.api.http.access import allow, caller, require_fresh
from crier.api.http.deps import deps
from crier.api.http.idempotency import idempotent
from crier.api.http.web import Reply
from crier.api.schemas.bots import (
    BotAdding,
    BotAnswer,
    BotChange,
    BotPage,
    BotPath,
    BotQuery,
    ChangedBotAnswer,
)
from crier.api.schemas.replies import CommandList
from crier.domain import urls
from crier.services import account_state
from crier.services.bots import bots, replies, start_stop, telegram_account
from crier.services.bots.bots import NewBot
from crier.services.errors import InvalidError
from crier.services.privacy import requests
from crier.storage.models.bots import Bot

blueprint = APIBlueprint("bots", __name__, abp_tags=[Tag(name="Bots")])


@blueprint.post("/api/bots/add", responses={201: BotAnswer, 502: None})
@allow("bots.edit")
@idempotent
def add_bot(body: BotAdding) -> Reply:
    """Add a bot by its token.

    Telegram is asked about the token first. The bot is stopped until it is started.
    """
    settings = deps().settings
    bots.check_receive_mode(body.receive_mode, settings)
    with db.released():
        account = telegram_account.identify(settings.telegram_api_url, body.bot_token)
    new = NewBot(
        token=body.bot_token,
        account=account,
        name=body.bot_name,
        receive_mode=body.receive_mode,
    )
    bot = bots.add(db.session(), caller(), deps().vault, settings, new)
    return BotAnswer.of(bot, caller()), 201


@blueprint.get("/api/bots", responses={200: BotPage})
@allow("bots.read")
def list_bots(query: BotQuery) -> Reply:
    """List bots, newest first unless `sort` says otherwise, and count them by status."""
    found = bots.search(caller(), q=query.q)
    totals = bots.count_by_status(db.session(), found)
    if query.status is not None:
        found = found.where(Bot.status == query.status)
    keys = {"newest": (), "subscribers": (Bot.subscribers,), "name": (Bot.bot_name,)}[query.sort]
    ascending = query.sort == "name"
    rows, cursor = paging.page(found, query, *keys, Bot.id, ascending=ascending)
    items = [BotAnswer.of(bot, caller()) for bot in rows]
    return BotPage(items=items, next_cursor=cursor, totals=totals)


@blueprint.get("/api/bots/<int:bot_id>", responses={200: BotAnswer})
@allow("bots.read")
def get_bot(path: BotPath) -> Reply:
    """Show one bot."""
    return BotAnswer.of(bots.get(db.session(), caller(), path.bot_id), caller())


@blueprint.patch("/api/bots/<int:bot_id>", responses={200: ChangedBotAnswer, 502: None})
@allow("bots.edit")
def change_bot(path: BotPath, body: BotChange) -> Reply:
    """Change a bot.

    A new token has to belong to the same Telegram account; it takes a bot out of `error`. The
    session works by the new values within a second.
    """
    new = body.given()
    _check(new)
    if body.bot_token is not None:
        require_fresh()
    account = None
    bots.get(db.session(), caller(), path.bot_id)
    if body.bot_token is not None:
        with db.released():
            account = telegram_account.identify(deps().settings.telegram_api_url, body.bot_token)
    bot = bots.get(db.session(), caller(), path.bot_id, lock=True)
    if body.bot_token is not None and account is not None:
        bots.change_token(db.session(), caller(), bot, deps().vault, body.bot_token, account)
    bots.change(db.session(), caller(), bot, deps().settings, new)
    answer = BotAnswer.of(bot, caller()).model_dump()
    return ChangedBotAnswer(**answer, forward_key=bots.forward_key(bot, deps().vault))


@blueprint.delete("/api/bots/<int:bot_id>", responses={204: None})
@allow("bots.edit", fresh=True)
def delete_bot(path: BotPath) -> Reply:
    """Stop and delete a bot; nobody sees it from then on.

    Its chats, messages, clicks and texts are erased in the background (`GET /api/erasures` says how
    far); sums stay (`GET /api/bots/{bot_id}/deletion` tells both before). Recipients that still
    wait for it become `skipped`, schedules of it alone are cancelled.
    """
    bot = _locked(path)
    bots.delete(db.session(), caller(), bot)
    requests.erase_bot(db.session(), caller(), bot)
    return "", 204


@blueprint.post("/api/bots/<int:bot_id>/start", responses={202: BotAnswer})
@allow("bots.edit")
def start_bot(path: BotPath) -> Reply:
    """Ask for a bot to run.

    Starting a running bot changes nothing.
    """
    bot = _locked_to_run(path)
    start_stop.start(db.session(), caller(), bot)
    return BotAnswer.of(bot, caller()), 202


@blueprint.post("/api/bots/<int:bot_id>/stop", responses={202: BotAnswer})
@allow("bots.edit")
def stop_bot(path: BotPath) -> Reply:
    """Ask for a bot to stop.

    Stopping a stopped bot changes nothing.
    """
    bot = _locked(path)
    start_stop.stop(db.session(), caller(), bot)
    return BotAnswer.of(bot, caller()), 202


@blueprint.post("/api/bots/<int:bot_id>/restart", responses={202: BotAnswer})
@allow("bots.edit")
def restart_bot(path: BotPath) -> Reply:
    """Ask for a fresh session of a bot.

    One that is stopped is started.
    """
    bot = _locked_to_run(path)
    start_stop.restart(db.session(), caller(), bot)
    return BotAnswer.of(bot, caller()), 202


@blueprint.get("/api/bots/<int:bot_id>/commands", responses={200: CommandList})
@allow("bots.read")
def get_commands(path: BotPath) -> Reply:
    """Show what the bot answers by itself."""
    bot = bots.get(db.session(), caller(), path.bot_id)
    return CommandList.model_validate({"items": bot.commands})


@blueprint.put("/api/bots/<int:bot_id>/commands", responses={200: CommandList})
@allow("bots.edit")
def put_commands(path: BotPath, body: CommandList) -> Reply:
    """Replace what the bot answers by itself.

    The commands among it become its menu in Telegram.
    """
    items = body.model_dump()["items"]
    replies.check_commands(items, deps().settings.fetch_allow)
    bots.change(db.session(), caller(), _locked(path), deps().settings, {"commands": items})
    return body


def _locked(path: BotPath) -> Bot:
    return bots.get(db.session(), caller(), path.bot_id, lock=True)


def _locked_to_run(path: BotPath) -> Bot:
    """Return a bot whose owner may run it, locked.

    Raises:
        ConflictError: its owner's account is deactivated, or of a role without bots.
    """
    account_state.hold(db.session(), bots.get(db.session(), caller(), path.bot_id).user_id)
    return _locked(path)


def _check(new: dict[str, object]) -> None:
    """Check what a change would have the bot say, and where it would post to."""
    allow_list = deps().settings.fetch_allow
    welcome, settings = new.get("welcome"), new.get("settings")
    if isinstance(welcome, (str, dict)):
        replies.check_reply(welcome, "welcome", allow_list)
    if isinstance(settings, dict) and settings.get("forward_url"):
        try:
            urls.check_public(urls.read(settings["forward_url"]), allow_list)
        except ValueError as error:
            raise InvalidError(**{"settings.forward_url": str(error)}) from None
