"""Keeps Telegram's command menu in step with the owner's commands."""

import asyncio
import logging

import msgspec

from crier.domain import own_data
from crier.domain.backoff import Backoff
from crier.domain.replies import MENU_MAX_COMMANDS, commands_of, menu
from crier.fleet.session_store import BotRow, SessionStore
from crier.storage import outage
from crier.telegram.client import BotApi
from crier.telegram.errors import ApiError, TelegramError
from crier.telegram.types import BotCommand

_RETRY = Backoff(base_s=1.0, cap_s=60.0)
log = logging.getLogger(__name__)


class CommandMenu:
    """The command menu of one bot."""

    def __init__(self, store: SessionStore, token: str, api: BotApi) -> None:
        self._store, self._token, self._api = store, token, api
        self._task: asyncio.Task[None] | None = None

    def update(self, row: BotRow) -> None:
        """Tell Telegram the menu of `row` in the background, until that works or `close`."""
        self.close()
        self._task = asyncio.create_task(self._tell_until_done(row), name="fleet command menu")

    def close(self) -> None:
        """Stop telling."""
        if self._task is not None:
            self._task.cancel()

    async def _tell_until_done(self, row: BotRow) -> None:
        failures = 0
        while True:
            try:
                await self._tell(row)
            except (TelegramError, *outage.AWAY) as error:
                failures += 1
                log.info("command_menu_not_set", extra={"bot_id": row.id, "error": str(error)})
                await asyncio.sleep(_RETRY.after(failures).delay_s)
            else:
                return

    async def _tell(self, row: BotRow) -> None:
        """Tell Telegram the menu if it differs from the one told last.

        A bot that never had commands here keeps the menu that its owner made elsewhere. A refusal
        is told in the bot's log and not asked again.
        """
        entries = _entries(row)
        told = msgspec.json.encode(entries).decode()
        if told == row.menu or (not entries and row.menu is None):
            return
        refusal = None
        try:
            await self._api.set_my_commands(self._token, [BotCommand(*entry) for entry in entries])
        except ApiError as error:
            if error.code != 400:
                raise
            refusal = f"Telegram refuses the command menu: {error.verdict.description}"
        await self._store.save_menu(told, refusal)


def _entries(row: BotRow) -> list[tuple[str, str]]:
    """Return the owner's commands, and ours about people's data where they are switched on."""
    own = menu(commands_of(row.commands))
    if not row.settings.get(own_data.SETTING):
        return own[:MENU_MAX_COMMANDS]
    names = {name for name, _ in own}
    ours = [entry for entry in own_data.MENU if entry[0] not in names]
    return [*own[: MENU_MAX_COMMANDS - len(ours)], *ours]
