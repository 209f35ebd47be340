"""Rows as the product leaves them: the one place of the tests where a bot's row is made."""

from typing import Any

from crier.secrets.vault import Vault
from crier.storage.models.bots import Bot


def new_bot(vault: Vault, token: str, *, owner: int = 1, **columns: Any) -> Bot:
    """Return a stopped bot of the owner's, not added to a session yet; `columns` win over these."""
    telegram_id = int(token.partition(":")[0])
    row: dict[str, Any] = {
        "user_id": owner,
        "bot_token": vault.seal(token),
        "token_fingerprint": vault.fingerprint(token),
        "token_hint": "hint",
        "telegram_id": telegram_id,
        "bot_name": "bot",
        "public_key": str(telegram_id),
    }
    return Bot(**row | columns)
