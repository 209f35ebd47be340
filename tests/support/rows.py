"""The database of a test, as its owner of bots sees it. Blocking; for the test's own thread."""

from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy.orm import Session, sessionmaker

from crier.secrets.keyring import Keyring
from crier.secrets.vault import Vault
from crier.storage.engine import make_engine, make_sessions
from tests.support.factories import new_bot
from tests.support.postgres import owners
from tests.support.sandbox import Sandbox, SandboxBot

KEYS = ("q7Zb2mXw9Lr4Tn8Vc1Yd6Hs3Kf5Gj0PaQe",)


class Rows:
    """One operator, whose id is 1, and ways to read and change rows."""

    def __init__(self, database_url: str, sandbox: Sandbox) -> None:
        self.database_url, self.sandbox = database_url, sandbox
        self.vault = Vault(Keyring(KEYS, Path("/nonexistent")))
        self._engine = make_engine(database_url, name="test", pool_size=4)
        self.sessions: sessionmaker[Session] = make_sessions(self._engine, self.vault.keys)
        self.connection = self._connect()
        self.run(
            """INSERT INTO users (username, password_hash, role) SELECT 'o', 'x', 'operator'
               WHERE NOT EXISTS (SELECT FROM users WHERE username = 'o')"""
        )

    def close(self) -> None:
        self.connection.close()
        self._engine.dispose()

    def reconnect(self) -> bool:
        """Connect anew after PostgreSQL was away; whether that worked."""
        self.close()
        try:
            self.connection = self._connect()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection[dict[str, Any]]:
        """As the owner: a test may change what no program of ours could."""
        return psycopg.connect(owners(self.database_url), autocommit=True, row_factory=dict_row)

    def run(self, text: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self.connection.execute(text, values)
        return cursor.fetchall() if cursor.description else []

    def insert_bot(self, bot: SandboxBot, **columns: Any) -> None:
        """Add the row of a bot of the operator's, stopped unless `columns` say otherwise."""
        columns = {"id": bot.id, "username": bot.username, **columns}
        with self.sessions.begin() as session:
            session.add(new_bot(self.vault, bot.token, **columns))

    def value(self, text: str, *values: Any) -> Any:
        """The first value of the first row."""
        return next(iter(self.run(text, *values)[0].values()))
