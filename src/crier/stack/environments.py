"""Which variables each program gets: what it reads itself, and nothing else.

Supervisor gets none of our settings in its own environment. `crier up` writes every program's to
Supervisor's standard input, so that they are on no disk and in no other program's environment.
Files that a setting names (`NAME_FILE`) are read by `crier up`, which may be the only program that
can.
"""

import os
from collections.abc import Mapping

from crier.settings import Settings, contents_of_files

# Set for every process that we start, so that the next run can tell ours from everybody else's.
MARK = "CRIER_STACK"
_MACHINE = ("PATH", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
_MACHINE_BEGINNINGS = ("LC_", "MALLOC_")
_OUTWARD = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_OUTWARD_BEGINNINGS = ("SSL_CERT_", "PGSSL", "PGPASSFILE")
_TRACED, _TRACES = ("api", "worker"), "OTEL_"

BOTH = (
    "CRIER_DATABASE_URL",
    "CRIER_TELEGRAM_API_URL",
    "CRIER_PUBLIC_URL",
    "CRIER_SMTP_URL",
    "CRIER_MAIL_FROM",
    "CRIER_SEND_RATE",
    "CRIER_SEND_TIMEOUT",
    "CRIER_TOKEN_KEYS",
    "CRIER_S3_URL",
    "CRIER_S3_BUCKET",
    "CRIER_S3_REGION",
    "CRIER_S3_ACCESS_KEY",
    "CRIER_S3_SECRET_KEY",
    "CRIER_FETCH_ALLOW",
    "CRIER_KEEP_EXPORTS",
    "CRIER_EXPORTS_GB",
    "CRIER_LOG_LEVEL",
    "CRIER_LOG_FORMAT",
    "CRIER_METRICS_TOKEN",
    "CRIER_ENVIRONMENT",
    "CRIER_SENTRY_DSN",
)
PROGRAMS: dict[str, tuple[str, ...]] = {
    "api": (
        *BOTH,
        "CRIER_HTTP_BIND",
        "CRIER_DATABASE_READ_URL",
        "CRIER_REDIS_URL",
        "CRIER_JWT_KEYS",
        "CRIER_REGISTRATION",
        "CRIER_REGISTRATION_ROLE",
        "CRIER_SESSION_IDLE",
        "CRIER_SESSION_LONGEST",
        "CRIER_SESSION_FRESH",
        "CRIER_REQUIRE_SECOND_FACTOR",
        "CRIER_PASSWORD_SIGN_IN",
        "CRIER_OPENID_ISSUER",
        "CRIER_OPENID_CLIENT_ID",
        "CRIER_OPENID_CLIENT_SECRET",
        "CRIER_OPENID_NAME",
        "CRIER_OPENID_SCOPES",
        "CRIER_OPENID_REGISTRATION",
        "CRIER_OPENID_DOMAINS",
        "CRIER_OPENID_GROUPS_CLAIM",
        "CRIER_TELEGRAM_LOGIN_CLIENT_ID",
        "CRIER_TELEGRAM_LOGIN_CLIENT_SECRET",
        "CRIER_TELEGRAM_LOGIN_URL",
        "CRIER_OPENID_ROLES",
        "CRIER_API_LIMITS",
        "CRIER_TRUSTED_PROXIES",
        "CRIER_SENTRY_BROWSER_DSN",
    ),
    "worker": (
        *BOTH,
        "CRIER_SECURITY_WEBHOOK",
        "CRIER_SECURITY_WEBHOOK_SECRET",
        "CRIER_METRICS_BIND",
        "CRIER_KEEP_MESSAGES",
        "CRIER_KEEP_TEXTS",
        "CRIER_KEEP_CLICKS",
        "CRIER_KEEP_LOGS",
        "CRIER_KEEP_ANALYTICS",
    ),
    "backup": (
        "CRIER_DATABASE_URL",
        "CRIER_DATABASE_MIGRATION_URL",
        "CRIER_S3_URL",
        "CRIER_S3_BUCKET",
        "CRIER_S3_REGION",
        "CRIER_S3_ACCESS_KEY",
        "CRIER_S3_SECRET_KEY",
        "CRIER_BACKUP_TO",
        "CRIER_BACKUP_S3_URL",
        "CRIER_BACKUP_S3_BUCKET",
        "CRIER_BACKUP_S3_REGION",
        "CRIER_BACKUP_S3_ACCESS_KEY",
        "CRIER_BACKUP_S3_SECRET_KEY",
        "CRIER_BACKUP_KEEP",
        "CRIER_BACKUP_HOURS",
        "CRIER_BACKUP_PASSPHRASE",
        "CRIER_BACKUP_RECIPIENT",
        "CRIER_LOG_LEVEL",
        "CRIER_LOG_FORMAT",
    ),
    "sandbox": (),
    "valkey": (),
    "postgres": (),
}


def base(settings: Settings, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return what everybody gets: what Python and the C library read, and our mark."""
    return {
        **_some(given, _MACHINE, _MACHINE_BEGINNINGS),
        MARK: str(settings.data_dir),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
    }


def of_programs(
    settings: Settings, given: Mapping[str, str] = os.environ
) -> dict[str, dict[str, str]]:
    """Return the environment of each program by its name; "" is that of any other."""
    everything = {**given, **contents_of_files(given), "CRIER_DATA_DIR": str(settings.data_dir)}
    machine = base(settings, given)
    found = {"": machine}
    for name, settings_of_it in PROGRAMS.items():
        outward = _some(given, _OUTWARD, _OUTWARD_BEGINNINGS) if settings_of_it else {}
        own = ("CRIER_DATA_DIR", *settings_of_it) if settings_of_it else ()
        traces = (_TRACES,) if name in _TRACED else ()
        found[name] = {**machine, **outward, **_some(everything, own, traces)}
    return found


def _some(
    given: Mapping[str, str], names: tuple[str, ...], beginnings: tuple[str, ...] = ()
) -> dict[str, str]:
    return {
        name: value
        for name, value in given.items()
        if name in names or (beginnings and name.startswith(beginnings))
    }
