"""Typed settings, read from the environment and nowhere else.

`Settings.from_environment()` checks everything at once and raises one `SettingsError` that holds a
line for each problem. A variable that may hold a secret can be given as `NAME_FILE`, a path whose
content is the value. `docs/settings.md` lists every variable for users.

Where no database or Redis is named, their URLs point at the sockets of the embedded ones in the
data folder; they depend on that folder only, so that `crier migrate` and its like, typed in
another terminal, reach the running platform.
"""

import hashlib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args
from urllib.parse import quote, urlsplit

from crier.domain import names, urls
from crier.errors import SettingsError

T = TypeVar("T")

TELEGRAM_API_URL = "https://api.telegram.org"
RegistrationRole = Literal["operator", "advertiser", "viewer"]
REGISTRATION_ROLES: tuple[RegistrationRole, ...] = get_args(RegistrationRole)
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
# Roles of the embedded PostgreSQL, see stack/roles.py.
APPLICATION_ROLE, OWNER_ROLE, SUPERUSER_ROLE = "crier", "crier_owner", "postgres"
BYTE_ORDER_MARK = "\ufeff"
# A Unix socket's path has 107 bytes; the longest of ours under the run folder needs 30.
LONGEST_RUN_DIR = 76


@dataclass(frozen=True, kw_only=True)
class S3:
    """A bucket for uploads; `url` is None for AWS itself."""

    url: str | None
    bucket: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, as it is in force. Secrets do not show in its `repr`."""

    http_host: str
    http_port: int
    data_dir: Path
    database_url: str = field(repr=False)
    migration_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    embedded_database: bool
    embedded_redis: bool
    s3: S3 | None
    telegram_api_url: str
    telegram_api_url_given: bool
    public_url: str | None
    admin_username: str
    admin_password: str | None = field(repr=False)
    registration_open: bool
    registration_role: RegistrationRole
    workers: int
    send_rate: float
    send_timeout_s: float
    api_limits: bool
    token_keys: tuple[str, ...] = field(repr=False)
    jwt_keys: tuple[str, ...] = field(repr=False)
    log_level: str
    log_format: str
    sentry_dsn: str | None = field(repr=False)
    fetch_allow: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    demo: bool

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read and check every setting.

        Raises:
            SettingsError: one or more are wrong, or a `_FILE` cannot be read.
        """
        return _Reader(os.environ if environment is None else environment).settings()

    @property
    def http_url(self) -> str:
        """Where a browser on this machine reaches the platform."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.http_host, self.http_host)  # noqa: S104 # nosec B104
        return (
            f"http://[{host}]:{self.http_port}"
            if ":" in host
            else f"http://{host}:{self.http_port}"
        )

    @property
    def registration(self) -> str:
        """One line for the start: whether strangers can make accounts."""
        if not self.registration_open:
            return "registration is closed (CRIER_REGISTRATION=open opens it)"
        return (
            f"registration is open: whoever reaches Crier can become {self.registration_role} "
            "(CRIER_REGISTRATION=closed shuts it)"
        )

    @property
    def run_dir(self) -> Path:
        """Folder of the sockets and pid files of this data folder."""
        return run_dir(self.data_dir)


def run_dir(data_dir: Path) -> Path:
    """Folder of sockets and pid files: in the data folder, or in /tmp where that is too deep.

    So it is where the path has a comma or a quote, which separate sockets for PostgreSQL.
    """
    inside = data_dir / "run"
    if len(os.fsencode(inside)) <= LONGEST_RUN_DIR and not set(str(inside)) & set(",\"'"):
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    try:  # the owner's number, not ours: the accounts of a platform of root's must find it too
        owner = data_dir.stat().st_uid
    except OSError:
        owner = os.geteuid()
    return Path("/tmp") / f"crier-{owner}-{digest}"  # noqa: S108 # nosec B108


def contents_of_files(environment: Mapping[str, str]) -> dict[str, str]:
    """What the files hold that settings name (`NAME_FILE`), by the setting's own name."""
    reader = _Reader(environment)
    named = (name for name in _MAY_BE_FILES if environment.get(f"{name}_FILE"))
    return {name: text for name in sorted(named) if (text := reader.text(name))}


class _Reader:
    """Reads one variable after another and gathers what is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._problems: list[str] = []

    def settings(self) -> Settings:
        data_dir = self._read("CRIER_DATA_DIR", _folder, Path("var").absolute())
        sockets = run_dir(data_dir)
        database_url = self._read("CRIER_DATABASE_URL", _database_url, None)
        owner_url = self._read("CRIER_DATABASE_MIGRATION_URL", _database_url, None)
        if owner_url and not database_url:
            self._problems.append(
                "CRIER_DATABASE_MIGRATION_URL needs CRIER_DATABASE_URL beside it: the embedded "
                "database has roles of its own"
            )
        redis_url = self._read("CRIER_REDIS_URL", _redis_url, None)
        api_url = self._read("CRIER_TELEGRAM_API_URL", _api_url, None)
        host, port = self._read("CRIER_HTTP_BIND", _bind, ("127.0.0.1", 8080))
        settings = Settings(
            http_host=host,
            http_port=port,
            data_dir=data_dir,
            database_url=database_url or embedded_database_url(sockets),
            migration_url=owner_url
            or database_url
            or embedded_database_url(sockets, role=OWNER_ROLE),
            redis_url=redis_url or f"unix://{quote(str(sockets / 'valkey' / 'valkey.sock'))}",
            embedded_database=database_url is None,
            embedded_redis=redis_url is None,
            s3=self._s3(),
            telegram_api_url=api_url or TELEGRAM_API_URL,
            telegram_api_url_given=api_url is not None,
            public_url=self._read("CRIER_PUBLIC_URL", _public_url, None),
            admin_username=self._read("CRIER_ADMIN_USERNAME", _username, "admin"),
            admin_password=self._read("CRIER_ADMIN_PASSWORD", _password, None),
            registration_open=self._read(
                "CRIER_REGISTRATION",
                _one_of("open", "closed"),
                "open" if is_loopback(host) else "closed",
            )
            == "open",
            registration_role=cast(
                "RegistrationRole",
                self._read("CRIER_REGISTRATION_ROLE", _one_of(*REGISTRATION_ROLES), "operator"),
            ),
            workers=self._read("CRIER_WORKERS", _whole(1, 64), 2),
            send_rate=self._read("CRIER_SEND_RATE", _number(0, 100_000), 30.0),
            send_timeout_s=self._read("CRIER_SEND_TIMEOUT", _number(0.1, 600), 20.0),
            api_limits=self._read("CRIER_API_LIMITS", _one_of("on", "off"), "on") == "on",
            token_keys=self._read("CRIER_TOKEN_KEYS", _list, ()),
            jwt_keys=self._read("CRIER_JWT_KEYS", _list, ()),
            log_level=self._read("CRIER_LOG_LEVEL", _one_of(*LOG_LEVELS), "info"),
            log_format=self._read("CRIER_LOG_FORMAT", _one_of("json", "text"), "json"),
            sentry_dsn=self._read("CRIER_SENTRY_DSN", _web_url, None),
            fetch_allow=self._read("CRIER_FETCH_ALLOW", _fetch_allow, ()),
            trusted_proxies=self._read("CRIER_TRUSTED_PROXIES", _networks, ()),
            demo=self._read("DEMO", _one_of("1", "0"), "1") == "1",
        )
        if self._problems:
            raise SettingsError(self._problems)
        return settings

    def _s3(self) -> S3 | None:
        """The bucket, where there is one; every setting that it lacks is a problem."""
        url = self._read("CRIER_S3_URL", _endpoint, None)
        region = self._read("CRIER_S3_REGION", _name("a region", "eu-central-1"), None)
        needed = {
            "CRIER_S3_BUCKET": self._read("CRIER_S3_BUCKET", _name("a bucket", "uploads"), None),
            "CRIER_S3_ACCESS_KEY": self._read("CRIER_S3_ACCESS_KEY", str, None),
            "CRIER_S3_SECRET_KEY": self._read("CRIER_S3_SECRET_KEY", str, None),
        }
        if not any((url, region, *needed.values())):
            return None
        for name, value in needed.items():
            if value is None and not any(problem.startswith(name) for problem in self._problems):
                self._problems.append(f"{name} is missing: uploads to S3 need it")
        bucket, access_key, secret_key = (value or "" for value in needed.values())
        return S3(
            url=url,
            bucket=bucket,
            region=region or "us-east-1",
            access_key=access_key,
            secret_key=secret_key,
        )

    def _read(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """The variable's value, or the default where it is unset, empty or (after a note) wrong."""
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self._problems.append(f"{name} {error}")
            return default

    def text(self, name: str) -> str:
        """The variable's value, from the environment or the file it names there."""
        value, path = self._environment.get(name, ""), self._environment.get(f"{name}_FILE", "")
        if value and path:
            self._problems.append(f"{name} and {name}_FILE are both set: keep one of them")
        if value or not path or name not in _MAY_BE_FILES:
            return _stripped(value)
        try:
            return _stripped(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            self._problems.append(f"{name}_FILE cannot be read: {reason}")
            return ""


_MAY_BE_FILES = {
    "CRIER_DATABASE_URL",
    "CRIER_DATABASE_MIGRATION_URL",
    "CRIER_REDIS_URL",
    "CRIER_S3_ACCESS_KEY",
    "CRIER_S3_SECRET_KEY",
    "CRIER_ADMIN_PASSWORD",
    "CRIER_TOKEN_KEYS",
    "CRIER_JWT_KEYS",
    "CRIER_SENTRY_DSN",
}


def _stripped(text: str) -> str:
    """Without the byte order mark of some editors, and the white space and line ends around."""
    return text.removeprefix(BYTE_ORDER_MARK).strip()


def embedded_database_url(
    sockets: Path, database: str = "crier", role: str = APPLICATION_ROLE
) -> str:
    """URL of a database of the embedded PostgreSQL, by its socket."""
    return f"postgresql://{role}@/{database}?host={quote(str(sockets / 'pg'), safe='')}"


# What follows turns a text into a value. A ValueError's text goes on from the variable's name; the
# value itself stays out of it wherever it may hold a secret.


_DIGITS = 20  # int() refuses thousands of them, in words of its own


def _folder(text: str) -> Path:
    try:
        folder = Path(text).expanduser().absolute()
        os.fsencode(folder).decode("utf-8")
    except RuntimeError:
        raise ValueError(
            f"is {text!r}, and there is no home folder: write the whole path"
        ) from None
    except UnicodeDecodeError:
        raise ValueError("must be a path in UTF-8: rename the folder, or choose another") from None
    if not str(folder).isprintable():
        raise ValueError(f"is {text!r}: a path without line ends and control characters is needed")
    return folder


def _bind(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    is_number = port.isascii() and port.isdigit() and len(port) <= _DIGITS
    if not host or not is_number or not 0 < int(port) < 65536:
        raise ValueError(f"is {text!r}: write host:port, as in 127.0.0.1:8080")
    return host, int(port)


def _split(text: str, *schemes: str) -> str | None:
    """The host of a URL of one of the schemes, '' where it names none; else ValueError."""
    try:
        parts = urlsplit(text)
        port_is_sane = parts.port is None or parts.port > 0
    except ValueError:
        raise ValueError("is no URL that can be read") from None
    if parts.scheme not in schemes or not port_is_sane:
        raise ValueError(
            f"must be a URL that begins with {' or '.join(s + '://' for s in schemes)}"
        )
    return parts.hostname or ""


def _database_url(text: str) -> str:
    _split(text, "postgresql", "postgres")
    return text


def _redis_url(text: str) -> str:
    _split(text, "redis", "rediss", "unix")
    return text


def _web_url(text: str) -> str:
    if not _split(text, "http", "https"):
        raise ValueError("names no host")
    if not text.isprintable() or set(text) & set(' "<>\\^`{|}'):
        raise ValueError("holds a character that no URL may hold")
    return urls.read(text).url.rstrip("/")


def _endpoint(text: str) -> str:
    """A URL to which paths can be added; where it may hold a secret it is not repeated."""
    url = _web_url(text)
    parts = urlsplit(url)
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("holds more than an address: take out user, password, ? and # parts")
    return url


def _public_url(text: str) -> str:
    url = _endpoint(text)
    if urlsplit(url).path:
        raise ValueError(
            f"is {text!r}: Crier needs a host name of its own, without a path behind it"
        )
    return url


def _api_url(text: str) -> str:
    url = _endpoint(text)
    if url.startswith("http://") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("must be https: bot tokens travel in it (plain http only on loopback)")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host, by the name or address it is written with, is this machine's loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _username(text: str) -> str:
    allowed = all(c.isascii() and (c.isalnum() or c in "_.-") for c in text)
    if not 3 <= len(text) <= 50 or not allowed:
        raise ValueError("must be 3 to 50 characters of A-Z a-z 0-9 _ . -")
    if names.is_reserved(text, admin=True):
        raise ValueError(f"is {text!r}, which is reserved: take another name")
    return text


def _password(text: str) -> str:
    if not 12 <= len(text) <= 128:
        raise ValueError("must be 12 to 128 characters long")
    return text


def _name(what: str, example: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text):
            raise ValueError(f"is {text!r}, which is no name of {what}: write one, as in {example}")
        return text

    return parse


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"is {text!r}: it may be {' or '.join(choices)}")
        return text.lower()

    return parse


def _number(lowest: float, highest: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text if text.isascii() and "_" not in text else "nan")
        except ValueError:
            number = float("nan")
        if not lowest <= number <= highest:
            raise ValueError(f"is {text!r}: write a number from {lowest:g} to {highest:g}")
        return number

    return parse


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        if not is_number or not lowest <= int(text) <= highest:
            raise ValueError(f"is {text!r}: write a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def _list(text: str) -> tuple[str, ...]:
    """Parts between commas, or lines of a file such as the data folder's key rings."""
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


def _networks(text: str) -> tuple[str, ...]:
    entries = _list(text)
    for entry in entries:
        try:
            ipaddress.ip_network(entry)
        except ValueError:
            raise ValueError(
                f"holds {entry!r}, which is no address or network: write 10.0.0.7 or 10.0.0.0/8"
            ) from None
    return entries


def _fetch_allow(text: str) -> tuple[str, ...]:
    entries = _list(text)
    for entry in entries:
        if "/" in entry:
            try:
                ipaddress.ip_network(entry)
            except ValueError:
                raise ValueError(
                    f"holds {entry!r}, which is no network: write hosts, addresses or 10.0.0.0/8"
                ) from None
    return entries
