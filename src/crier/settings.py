"""Typed settings, read from the environment and nowhere else.

`Settings.from_environment()` checks everything at once and raises one `SettingsError` that holds a
line for each problem. A variable that may hold a secret can be given as `NAME_FILE`, a path whose
content is the value. `docs/settings.md` lists every variable for users.

Where no database or Redis is named, their URLs point at the sockets of the embedded ones in the
data folder; they depend on that folder only, so that `crier migrate` and its like, typed in
another terminal, reach the running platform.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args
from urllib.parse import quote

from crier import setting_groups as groups
from crier import setting_values as values
from crier.domain.permissions import ROLES
from crier.errors import SettingsError
from crier.setting_groups import S3, Backups, Mail, OpenId, SecurityWebhook

T = TypeVar("T")

TELEGRAM_API_URL = "https://api.telegram.org"
IDLE_HOURS, LONGEST_HOURS = 720, 2160  # of a sign-in: 30 days without a refresh, 90 in all
FRESH_MINUTES = 20  # after which a person is asked again
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
RegistrationRole = Literal["operator", "advertiser", "viewer"]
REGISTRATION_ROLES: tuple[RegistrationRole, ...] = get_args(RegistrationRole)
# Roles of the embedded PostgreSQL, see stack/roles.py.
APPLICATION_ROLE, OWNER_ROLE, SUPERUSER_ROLE = "crier", "crier_owner", "postgres"
BYTE_ORDER_MARK = "\ufeff"
# A Unix socket's path has 107 bytes; the longest of ours under the run folder needs 30.
LONGEST_RUN_DIR = 76


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set, as it is in force. Secrets do not show in its `repr`."""

    http_host: str
    http_port: int
    data_dir: Path
    database_url: str = field(repr=False)
    migration_url: str = field(repr=False)
    reading_url: str = field(repr=False)
    """A standby that exports are read from, or the database itself."""
    redis_url: str = field(repr=False)
    embedded_database: bool
    embedded_redis: bool
    s3: S3 | None
    backups: Backups
    telegram_api_url: str
    telegram_api_url_given: bool
    public_url: str | None
    admin_username: str
    admin_password: str | None = field(repr=False)
    registration_open: bool
    registration_role: RegistrationRole
    session_idle_hours: int
    session_hours: int
    session_fresh_minutes: int
    second_factor_roles: frozenset[str]
    """Roles that must have a second factor."""
    password_sign_in: bool
    issuers: tuple[OpenId, ...]
    mail: Mail | None
    security_webhook: SecurityWebhook | None
    workers: int
    send_rate: float
    send_timeout_s: float
    api_limits: bool
    token_keys: tuple[str, ...] = field(repr=False)
    jwt_keys: tuple[str, ...] = field(repr=False)
    log_level: str
    log_format: str
    metrics_bind: tuple[str, int] | None
    """Where a worker shows its figures; None is nowhere."""
    metrics_token: str | None = field(repr=False)
    environment: str
    sentry_dsn: str | None = field(repr=False)
    sentry_browser_dsn: str | None
    """Everybody who opens the dashboard is told this one."""
    traces: bool
    fetch_allow: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    keep_days: Mapping[str, int | None]
    """By table, for how many days its rows are kept at least; None is for ever. `texts` are those
    of messages, which go before their rows."""
    keep_exports_days: int
    """For how long the file of a finished export is kept."""
    exports_max_bytes: int
    """What the finished exports of one account may take together."""
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
            f"registration is open: anybody that reaches Crier can become {self.registration_role} "
            "(CRIER_REGISTRATION=closed shuts it)"
        )

    def link(self, page: str, token: str) -> str:
        """A link that is good once; no server sees what stands behind its `#`."""
        return f"{self.public_url or self.http_url}/{page}#{token}"

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


# A bucket: its address, region and name, and the two keys.
_UPLOADS_S3 = (
    *("CRIER_S3_URL", "CRIER_S3_REGION", "CRIER_S3_BUCKET"),
    *("CRIER_S3_ACCESS_KEY", "CRIER_S3_SECRET_KEY"),
)
_BACKUPS_S3 = (
    *("CRIER_BACKUP_S3_URL", "CRIER_BACKUP_S3_REGION", "CRIER_BACKUP_S3_BUCKET"),
    *("CRIER_BACKUP_S3_ACCESS_KEY", "CRIER_BACKUP_S3_SECRET_KEY"),
)


class _Reader:
    """Reads one variable after another and gathers what is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._problems: list[str] = []

    def settings(self) -> Settings:
        data_dir = self._read("CRIER_DATA_DIR", values.folder, Path("var").absolute())
        sockets = run_dir(data_dir)
        database_url, owner_url, reading_url = self._databases()
        redis_url = self._read("CRIER_REDIS_URL", values.redis_url, None)
        api_url = self._read("CRIER_TELEGRAM_API_URL", values.api_url, None)
        host, port = self._read("CRIER_HTTP_BIND", values.bind, ("127.0.0.1", 8080))
        settings = Settings(
            http_host=host,
            http_port=port,
            data_dir=data_dir,
            database_url=database_url or embedded_database_url(sockets),
            migration_url=owner_url or embedded_database_url(sockets, role=OWNER_ROLE),
            reading_url=reading_url or embedded_database_url(sockets),
            redis_url=redis_url or f"unix://{quote(str(sockets / 'valkey' / 'valkey.sock'))}",
            embedded_database=database_url is None,
            embedded_redis=redis_url is None,
            s3=self._s3(_UPLOADS_S3, "uploads"),
            backups=self._backups(),
            telegram_api_url=api_url or TELEGRAM_API_URL,
            telegram_api_url_given=api_url is not None,
            public_url=self._read("CRIER_PUBLIC_URL", values.public_url, None),
            admin_username=self._read("CRIER_ADMIN_USERNAME", values.username, "admin"),
            admin_password=self._read("CRIER_ADMIN_PASSWORD", values.password, None),
            registration_open=self._is_registration_open(host),
            registration_role=self._registration_role(),
            **self._sign_ins(),
            workers=self._read("CRIER_WORKERS", values.whole(1, 64), 2),
            send_rate=self._read("CRIER_SEND_RATE", values.number(0, 100_000), 30.0),
            send_timeout_s=self._read("CRIER_SEND_TIMEOUT", values.number(0.1, 600), 20.0),
            api_limits=self._read("CRIER_API_LIMITS", values.one_of("on", "off"), "on") == "on",
            token_keys=self._read("CRIER_TOKEN_KEYS", values.entries, ()),
            jwt_keys=self._read("CRIER_JWT_KEYS", values.entries, ()),
            log_level=self._read("CRIER_LOG_LEVEL", values.one_of(*LOG_LEVELS), "info"),
            log_format=self._read("CRIER_LOG_FORMAT", values.one_of("json", "text"), "json"),
            metrics_bind=self._read("CRIER_METRICS_BIND", values.bind, None),
            metrics_token=self._read("CRIER_METRICS_TOKEN", values.bearer, None),
            **self._reports(),
            traces=self._traces(),
            fetch_allow=self._read("CRIER_FETCH_ALLOW", values.fetch_allow, ()),
            trusted_proxies=self._read("CRIER_TRUSTED_PROXIES", values.networks, ()),
            keep_days=self._keep_days(),
            **self._exports(),
            demo=self._read("DEMO", values.one_of("1", "0"), "1") == "1",
        )
        if self._problems:
            raise SettingsError(self._problems)
        return settings

    def _databases(self) -> tuple[str | None, str | None, str | None]:
        """The database as the application, as the owner of its tables, and to read from, where they
        are named."""
        database_url = self._read("CRIER_DATABASE_URL", values.database_url, None)
        owner_url = self._read("CRIER_DATABASE_MIGRATION_URL", values.database_url, None)
        reading_url = self._read("CRIER_DATABASE_READ_URL", values.database_url, None)
        for name, url in (("MIGRATION", owner_url), ("READ", reading_url)):
            if url and not database_url:
                self._problems.append(
                    f"CRIER_DATABASE_{name}_URL needs CRIER_DATABASE_URL beside it: the embedded "
                    "database has roles of its own"
                )
        return database_url, owner_url or database_url, reading_url or database_url

    def _keep_days(self) -> dict[str, int | None]:
        kept: dict[str, tuple[str, int | None]] = {
            "messages": ("CRIER_KEEP_MESSAGES", None),
            "clicks": ("CRIER_KEEP_CLICKS", 400),
            "logs": ("CRIER_KEEP_LOGS", 365),
            "analytics": ("CRIER_KEEP_ANALYTICS", None),
        }
        days = {
            table: self._read(name, values.days, default) for table, (name, default) in kept.items()
        }
        texts: int | None = 180
        return {**days, "texts": self._read("CRIER_KEEP_TEXTS", values.days_of_texts, texts)}

    def _sign_ins(self) -> dict[str, Any]:
        read, whole = self._read, values.whole
        password, must = values.one_of("on", "off"), values.some_of(*ROLES)
        nobody: frozenset[str] = frozenset()
        return {
            "password_sign_in": read("CRIER_PASSWORD_SIGN_IN", password, "on") == "on",
            "issuers": groups.issuers(read, self._problems),
            "mail": groups.mail(read, self._problems),
            "security_webhook": groups.security_webhook(read, self._problems),
            "second_factor_roles": read("CRIER_REQUIRE_SECOND_FACTOR", must, nobody),
            "session_idle_hours": read("CRIER_SESSION_IDLE", whole(1, 8760), IDLE_HOURS),
            "session_hours": read("CRIER_SESSION_LONGEST", whole(1, 87_600), LONGEST_HOURS),
            "session_fresh_minutes": read("CRIER_SESSION_FRESH", whole(1, 1440), FRESH_MINUTES),
        }

    def _reports(self) -> dict[str, Any]:
        return {
            "environment": self._read("CRIER_ENVIRONMENT", values.label, "production"),
            "sentry_dsn": self._read("CRIER_SENTRY_DSN", values.web_url, None),
            "sentry_browser_dsn": self._read("CRIER_SENTRY_BROWSER_DSN", values.public_dsn, None),
        }

    def _traces(self) -> bool:
        read = self._read
        read("OTEL_EXPORTER_OTLP_PROTOCOL", values.one_of("http/protobuf"), None)
        read("OTEL_TRACES_SAMPLER", values.sampler, None)
        read("OTEL_TRACES_SAMPLER_ARG", values.number(0, 1), None)
        disabled = read("OTEL_SDK_DISABLED", values.one_of("true", "false"), "false") == "true"
        return bool(read("OTEL_EXPORTER_OTLP_ENDPOINT", values.web_url, None)) and not disabled

    def _exports(self) -> dict[str, Any]:
        days = self._read("CRIER_KEEP_EXPORTS", values.whole(1, 365), 7)
        gigabytes = self._read("CRIER_EXPORTS_GB", values.whole(1, 40), 10)
        return {"keep_exports_days": days, "exports_max_bytes": gigabytes * 10**9}

    def _is_registration_open(self, host: str) -> bool:
        default = "open" if values.is_loopback(host) else "closed"
        return self._read("CRIER_REGISTRATION", values.one_of("open", "closed"), default) == "open"

    def _registration_role(self) -> RegistrationRole:
        known = values.one_of(*REGISTRATION_ROLES)
        return cast("RegistrationRole", self._read("CRIER_REGISTRATION_ROLE", known, "advertiser"))

    def _s3(self, names: tuple[str, str, str, str, str], what: str) -> S3 | None:
        """The bucket, where there is one; every setting that it lacks is a problem."""
        url_name, region_name, bucket_name, *keys = names
        url = self._read(url_name, values.endpoint, None)
        region = self._read(region_name, values.named("a region", "eu-central-1"), None)
        needed = {
            bucket_name: self._read(bucket_name, values.named("a bucket", what), None),
            **{name: self._read(name, str, None) for name in keys},
        }
        if not any((url, region, *needed.values())):
            return None
        for name, value in needed.items():
            if value is None and not any(problem.startswith(name) for problem in self._problems):
                self._problems.append(f"{name} is missing: {what} to S3 need it")
        bucket, access_key, secret_key = (value or "" for value in needed.values())
        return S3(
            url=url,
            bucket=bucket,
            region=region or "us-east-1",
            access_key=access_key,
            secret_key=secret_key,
        )

    def _backups(self) -> Backups:
        found = Backups(
            folder=self._read("CRIER_BACKUP_TO", values.folder, None),
            s3=self._s3(_BACKUPS_S3, "backups"),
            keep=self._read("CRIER_BACKUP_KEEP", values.whole(1, 1000), 14),
            hours=self._read("CRIER_BACKUP_HOURS", values.whole(1, 720), 24),
            passphrase=self._read("CRIER_BACKUP_PASSPHRASE", values.passphrase, None),
            recipient=self._read("CRIER_BACKUP_RECIPIENT", values.age_recipient, None),
        )
        if found.folder and found.s3:
            self._problems.append("CRIER_BACKUP_TO and CRIER_BACKUP_S3_… are both set: keep one")
        if found.passphrase and found.recipient:
            self._problems.append(
                "CRIER_BACKUP_PASSPHRASE and CRIER_BACKUP_RECIPIENT are both set: keep one"
            )
        if found.are_wanted and not (found.passphrase or found.recipient):
            self._problems.append(
                "CRIER_BACKUP_PASSPHRASE or CRIER_BACKUP_RECIPIENT is missing: a backup holds all "
                "secrets of the platform, so it is sealed"
            )
        return found

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
    *("CRIER_DATABASE_URL", "CRIER_DATABASE_MIGRATION_URL", "CRIER_DATABASE_READ_URL"),
    "CRIER_REDIS_URL",
    *(*_UPLOADS_S3[-2:], *_BACKUPS_S3[-2:]),
    "CRIER_BACKUP_PASSPHRASE",
    "CRIER_ADMIN_PASSWORD",
    *("CRIER_TOKEN_KEYS", "CRIER_JWT_KEYS"),
    *("CRIER_METRICS_TOKEN", "CRIER_SENTRY_DSN"),
    *(groups.OPENID_SECRET, groups.TELEGRAM_SECRET, groups.SMTP_URL, groups.WEBHOOK_SECRET),
}


def _stripped(text: str) -> str:
    """Without the byte order mark of some editors, and the white space and line ends around."""
    return text.removeprefix(BYTE_ORDER_MARK).strip()


def embedded_database_url(
    sockets: Path, database: str = "crier", role: str = APPLICATION_ROLE
) -> str:
    """URL of a database of the embedded PostgreSQL, by its socket."""
    return f"postgresql://{role}@/{database}?host={quote(str(sockets / 'pg'), safe='')}"
