"""Whether Redis is there, and lets us do what Crier does with it."""

import ssl
from typing import Any

import redis
from redis.sentinel import Sentinel

from crier.errors import CrierError
from crier.setting_values import Sentinels

# What the limits do: a script that writes a key under their own prefix.
_WORK = "return redis.call('SET', KEYS[1], '1', 'EX', '1')"
_KEY = "LIMITS:start"


class RefusedError(CrierError):
    """It answers, and will not do what we need: somebody has to change something."""


class AwayError(CrierError):
    """It cannot be reached, or does not answer."""


def connect(url: str, timeout_s: float, **options: Any) -> redis.Redis:
    """Return a client of the server that a URL names, or of the one that its sentinels name now.

    It connects when it is used.

    Raises:
        TypeError, ValueError: a part of the URL is not known; the text may repeat it.
    """
    options |= {"socket_timeout": timeout_s, "socket_connect_timeout": timeout_s}
    if "+sentinel://" not in url:
        return redis.Redis.from_url(url, **options)
    sentinels = Sentinels.read(url)
    options |= redis.connection.parse_url(sentinels.server)  # type: ignore[no-untyped-call]
    options["ssl"] = options.pop("connection_class", None) is redis.SSLConnection
    del options["host"], options["port"]
    password = options.pop("sentinel_password", None)
    ask = {key: options[key] for key in options if key not in ("db", "username", "password")}
    asking = {**ask, "password": password}
    watching: Any = Sentinel(  # type: ignore[no-untyped-call]
        sentinels.addresses, sentinel_kwargs=asking, **options
    )
    found: redis.Redis = watching.master_for(sentinels.name)
    return found


def check(url: str, timeout_s: float) -> None:
    """Do in Redis what Crier does there.

    Raises:
        RefusedError: a wrong password, database, right or certificate, or no Redis at all.
        AwayError: there is no answer.
    """
    try:
        with connect(url, timeout_s) as client:
            client.eval(_WORK, 1, _KEY)
    except (TypeError, ValueError):  # their text may repeat the URL
        raise RefusedError("its URL has a part that is not known") from None
    except (redis.RedisError, OSError) as error:
        refusal = _refusal(error)
        if refusal is None:
            raise AwayError("it does not answer") from None
        raise RefusedError(refusal) from None


def _refusal(error: BaseException) -> str | None:
    """Return what it refuses; None where it is only away. Redis' own words may hold names of
    users."""
    for kind, words in _REFUSALS:
        if isinstance(error, kind) or isinstance(error.__context__, kind):
            return words
    if "handshake" in str(error.__context__):  # a server without TLS waits for the rest of it
        return _NOT_ENCRYPTED
    if isinstance(error, redis.ResponseError):
        return "it refuses what Crier asks for" if "DB index" not in str(error) else _NO_DATABASE
    return None


_NOT_ENCRYPTED = "the encrypted connection fails: check rediss:// and the certificate"
_NO_DATABASE = "it has no database of that number"
_REFUSALS: tuple[tuple[type[BaseException], str], ...] = (
    (redis.exceptions.AuthenticationError, "it refuses the user name or password"),
    (redis.exceptions.AuthorizationError, "it refuses the user name or password"),
    (redis.exceptions.NoPermissionError, "its user may not run scripts or write keys LIMITS:*"),
    (redis.exceptions.ReadOnlyError, "it is a replica, which takes no changes"),
    (redis.exceptions.InvalidResponse, "what answers there is no Redis"),
    (ssl.SSLError, _NOT_ENCRYPTED),
)
