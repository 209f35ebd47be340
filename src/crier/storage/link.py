"""What every connection of ours to PostgreSQL is opened with.

A machine that loses its network closes nothing. Each side would believe in the connection for
hours, and the server's would hold its row locks as long; with these, both give it up within about
ten seconds. The server's half are settings of the session. On a Unix socket none of them matters.
"""

from typing import Any

CONNECT_TIMEOUT_S = 5
_KEEPALIVES = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3}
_UNHEARD_MS = 10_000


def options(name: str, **session: str) -> dict[str, Any]:
    """Arguments for `psycopg.connect` beside the URL; `session` are more settings of it."""
    settings = {
        "timezone": "UTC",
        **{f"tcp_{key}": value for key, value in _KEEPALIVES.items()},
        "tcp_user_timeout": _UNHEARD_MS,
        **session,
    }
    return {
        "application_name": name,
        "connect_timeout": CONNECT_TIMEOUT_S,
        **_KEEPALIVES,
        "tcp_user_timeout": _UNHEARD_MS,
        "options": " ".join(f"-c {key}={value}" for key, value in settings.items()),
    }
