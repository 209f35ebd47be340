"""Keeps Telegram's command menu in step with the owner's commands."""

import logging

import msgspec

from crier.domain.replies import MENU_MAX_COMMANDS, commands_of, menu
from crier.fleet.rows import BotRow, Owner
from crier.fleet.runtime import Fleet
from crier.storage.queries import load
from crier.telegram.errors import ApiError
from crier.telegram.types import BotCommand

_SQL = load("fleet")
log = logging.getLogger(__name__)


async def keep(fleet: Fleet, owner: Owner, row: BotRow, token: str) -> None:
    """Tell Telegram the menu if it is another than it was told last.

    A bot that never had commands here keeps the menu that its owner made elsewhere. A refusal is
    told in the bot's log and not asked again. Raises `TelegramError` for what may go over.
    """
    entries = menu(commands_of(row.commands))[:MENU_MAX_COMMANDS]
    told = msgspec.json.encode(entries).decode()
    if told == row.menu or (not entries and row.menu is None):
        return
    refusal = None
    try:
        await fleet.bot_api.set_my_commands(token, [BotCommand(*entry) for entry in entries])
    except ApiError as error:
        if error.code != 400:
            raise
        refusal = f"Telegram refuses the command menu: {error.verdict.description}"
    ids = {"bot_id": owner.bot_id, "instance_id": owner.instance_id}
    async with fleet.pool.connection() as connection:
        await connection.execute(_SQL["menu"], {**ids, "menu": told})
        if refusal is not None:
            rows = {"bots": [owner.bot_id], "levels": ["warning"], "messages": [refusal]}
            await connection.execute(_SQL["log"], rows)
