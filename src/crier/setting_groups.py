"""Settings that belong together: what they hold, and how the newer ones are read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from crier import setting_values as values

WEBHOOK: Final = "CRIER_SECURITY_WEBHOOK"
WEBHOOK_SECRET: Final = "CRIER_SECURITY_WEBHOOK_SECRET"  # noqa: S105 (a setting's name)
SMTP_URL: Final = "CRIER_SMTP_URL"
MAIL_FROM: Final = "CRIER_MAIL_FROM"
OPENID_SECRET: Final = "CRIER_OPENID_CLIENT_SECRET"  # noqa: S105 (a setting's name)
TELEGRAM_ID: Final = "CRIER_TELEGRAM_LOGIN_CLIENT_ID"
TELEGRAM_SECRET: Final = "CRIER_TELEGRAM_LOGIN_CLIENT_SECRET"  # noqa: S105 (a setting's name)
TELEGRAM_ISSUER: Final = "https://oauth.telegram.org"
"""Telegram as an issuer of OpenID Connect: https://core.telegram.org/bots/telegram-login."""
Read = Callable[[str, Callable[[str], Any], Any], Any]
"""Reads a setting of a name, by what parses it; what stands where it is not set."""


@dataclass(frozen=True, kw_only=True)
class S3:
    """A bucket; `url` is None for AWS itself."""

    url: str | None
    bucket: str
    region: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Backups:
    """Where backups go, in a folder or a bucket, and what they are sealed with."""

    folder: Path | None
    s3: S3 | None
    keep: int
    hours: int
    passphrase: str | None = field(repr=False)
    recipient: str | None

    @property
    def are_wanted(self) -> bool:
        return self.folder is not None or self.s3 is not None


@dataclass(frozen=True, kw_only=True)
class OpenId:
    """An issuer of OpenID Connect that people sign in by, and what its word is good for."""

    id: str
    """What the API calls it."""
    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    name: str
    """What the dashboard calls it."""
    scopes: tuple[str, ...]
    registers: bool
    """Whether somebody that it knows, and Crier does not, gets an account."""
    domains: frozenset[str]
    """Of mail addresses that get one; empty is all."""
    groups_claim: str
    roles: Mapping[str, str]
    """Of groups; empty: the issuer says nothing about roles."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """The server that takes mail, and what it comes from."""

    server: values.SmtpServer
    sender: str


@dataclass(frozen=True, kw_only=True)
class SecurityWebhook:
    """Where security events are posted, and what they are signed with."""

    url: str
    secret: str = field(repr=False)


def security_webhook(read: Read, faults: list[str]) -> SecurityWebhook | None:
    """Return where security events are posted, or None; what it lacks goes to `faults`."""
    url = read(WEBHOOK, values.web_url, None)
    secret = read(WEBHOOK_SECRET, values.webhook_secret, None)
    _need_each_other({WEBHOOK: url, WEBHOOK_SECRET: secret}, faults)
    return SecurityWebhook(url=url, secret=secret) if url and secret else None


def mail(read: Read, faults: list[str]) -> Mail | None:
    """Return where mail goes, or None; what it lacks goes to `faults`."""
    server = read(SMTP_URL, values.smtp_server, None)
    sender = read(MAIL_FROM, values.sender, None)
    _need_each_other({SMTP_URL: server, MAIL_FROM: sender}, faults)
    return Mail(server=server, sender=sender) if server and sender else None


def _need_each_other(given: Mapping[str, object], faults: list[str]) -> None:
    missing = [name for name, value in given.items() if value is None]
    told = any(fault.startswith(tuple(given)) for fault in faults)
    if 0 < len(missing) < len(given) and not told:
        faults.append(f"{missing[0]} is missing: {' and '.join(given)} need each other")


def issuers(read: Read, faults: list[str]) -> tuple[OpenId, ...]:
    """Return the issuers that are set, the operator's own first; their faults go to `faults`."""
    return tuple(found for found in (_openid(read, faults), _telegram(read, faults)) if found)


def _telegram(read: Read, faults: list[str]) -> OpenId | None:
    """Return Telegram as an issuer. It knows no mail addresses and no groups, so it makes no
    accounts: people link it to theirs, or come by an invitation."""
    client_id, secret = read(TELEGRAM_ID, str, None), read(TELEGRAM_SECRET, str, None)
    _need_each_other({TELEGRAM_ID: client_id, TELEGRAM_SECRET: secret}, faults)
    issuer = read("CRIER_TELEGRAM_LOGIN_URL", values.issuer, TELEGRAM_ISSUER)
    if not (client_id and secret):
        return None
    return OpenId(
        id="telegram",
        issuer=issuer,
        client_id=client_id,
        client_secret=secret,
        name="Telegram",
        scopes=("openid", "profile"),
        registers=False,
        domains=frozenset(),
        groups_claim="",
        roles={},
    )


def _openid(read: Read, faults: list[str]) -> OpenId | None:
    issuer = read("CRIER_OPENID_ISSUER", values.issuer, None)
    client_id = read("CRIER_OPENID_CLIENT_ID", str, None)
    found = OpenId(
        id="openid",
        issuer=issuer or "",
        client_id=client_id or "",
        client_secret=read(OPENID_SECRET, str, None),
        name=read("CRIER_OPENID_NAME", values.title, urlsplit(issuer or "").hostname),
        scopes=("openid", *read("CRIER_OPENID_SCOPES", values.entries, ("email", "profile"))),
        registers=read("CRIER_OPENID_REGISTRATION", values.one_of("open", "closed"), "") == "open",
        domains=read("CRIER_OPENID_DOMAINS", values.domains, frozenset()),
        groups_claim=read("CRIER_OPENID_GROUPS_CLAIM", str, "groups"),
        roles=read("CRIER_OPENID_ROLES", values.roles_of_groups, {}),
    )
    if issuer and not client_id:
        faults.append("CRIER_OPENID_CLIENT_ID is missing: the issuer has to know Crier by it")
    told = any(fault.startswith("CRIER_OPENID_ISSUER") for fault in faults)
    if not issuer and (client_id or found.client_secret) and not told:
        faults.append("CRIER_OPENID_ISSUER is missing: the other CRIER_OPENID_… need it")
    return found if issuer else None
