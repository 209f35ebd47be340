"""Turns the texts of settings into values.

A ValueError's text goes on from the variable's name; the value itself stays out of it wherever it
may hold a secret.
"""

import base64
import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crier.domain import names, urls
from crier.domain.permissions import ROLES

_DIGITS = 20  # int() refuses thousands of them, in words of its own


def days(text: str, least: int = 31) -> int | None:
    """For how long something is kept; None is for ever."""
    if text == "forever":
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    if not is_number or not least <= int(text) <= 36_500:
        raise ValueError(f"is {text!r}: write `forever`, or a number of days from {least} to 36500")
    return int(text)


def days_of_texts(text: str) -> int | None:
    """The same for what goes without its row, and so by the day and not by the month."""
    return days(text, least=1)


def bearer(text: str) -> str:
    """A token of a header: what it is stays out of every problem."""
    if not 16 <= len(text) <= 200 or not re.fullmatch(r"[\w.~+/=-]+", text, re.ASCII):
        raise ValueError("must be 16 to 200 letters, digits and . _ ~ + / = -")
    return text


def passphrase(text: str) -> str:
    """What everything is sealed with: what it is stays out of every problem."""
    if len(text) < 16:
        raise ValueError("must have 16 characters or more: five words, for instance")
    return text


def age_recipient(text: str) -> str:
    """A public key of age."""
    if not re.fullmatch(r"age1[a-z0-9]{58}", text):
        raise ValueError("must be a public key of age, `age1…`: `crier backup key` makes a pair")
    return text


def folder(text: str) -> Path:
    try:
        path = Path(text).expanduser().absolute()
        os.fsencode(path).decode("utf-8")
    except RuntimeError:
        raise ValueError(
            f"is {text!r}, and there is no home folder: write the whole path"
        ) from None
    except UnicodeDecodeError:
        raise ValueError("must be a path in UTF-8: rename the folder, or choose another") from None
    if not str(path).isprintable():
        raise ValueError(f"is {text!r}: a path without line ends and control characters is needed")
    return path


def bind(text: str) -> tuple[str, int]:
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


def database_url(text: str) -> str:
    _split(text, "postgresql", "postgres")
    return text


def redis_url(text: str) -> str:
    if "+sentinel://" in text:
        Sentinels.read(text)
    else:
        _split(text, "redis", "rediss", "unix")
    return text


@dataclass(frozen=True)
class Sentinels:
    """Sentinels of Redis, and by what name they know the servers they watch."""

    addresses: tuple[tuple[str, int], ...]
    name: str
    server: str = field(repr=False)
    """A URL with all that the server they name is connected to with; its host is a sentinel's."""

    @classmethod
    def read(cls, text: str) -> "Sentinels":
        """Read `redis+sentinel://:password@host:26379,host:26379/name/0`, or `rediss+sentinel://…`.

        Raises:
            ValueError: it is none.
        """
        scheme, _, rest = text.partition("+sentinel://")
        netloc, _, path = rest.partition("/")
        login, at, hosts = netloc.rpartition("@")
        name, _, behind = path.partition("/")
        example = "redis+sentinel://:password@one:26379,two:26379,three:26379/mymaster/0"
        try:
            servers = [urlsplit(f"//{host}") for host in hosts.split(",")]
            found = tuple((server.hostname or "", server.port or 26379) for server in servers)
        except ValueError:
            found = ()
        named = re.fullmatch(r"[A-Za-z0-9._-]+", name)
        hosts_given = bool(found) and all(host for host, _ in found)
        if scheme not in ("redis", "rediss") or not named or not hosts_given:
            raise ValueError(f"must name sentinels and what they watch: {example}")
        return cls(found, name, f"{scheme}://{login}{at}{hosts.split(',')[0]}/{behind}")


def web_url(text: str) -> str:
    if not _split(text, "http", "https"):
        raise ValueError("names no host")
    if not text.isprintable() or set(text) & set(' "<>\\^`{|}'):
        raise ValueError("holds a character that no URL may hold")
    return urls.read(text).url.rstrip("/")


def public_dsn(text: str) -> str:
    """A DSN of Sentry that anybody may see."""
    url = web_url(text)
    parts = urlsplit(url)
    if not parts.username or parts.password is not None or "?" in url or "#" in url:
        raise ValueError("must be a DSN with its public key alone: https://KEY@HOST/NUMBER")
    return url


def sampler(text: str) -> str:
    """A sampler of OpenTelemetry's specification."""
    kinds = ("always_on", "always_off", "traceidratio")
    return one_of(*kinds, *(f"parentbased_{kind}" for kind in kinds))(text)


def label(text: str) -> str:
    if len(text) > 64 or not re.fullmatch(r"[A-Za-z0-9_.-]+", text):
        raise ValueError(f"is {text!r}: use at most 64 letters, digits, _, . and -")
    return text


def endpoint(text: str) -> str:
    """A URL to which paths can be added; where it may hold a secret it is not repeated."""
    url = web_url(text)
    parts = urlsplit(url)
    if "@" in parts.netloc or "?" in url or "#" in url:
        raise ValueError("holds more than an address: take out user, password, ? and # parts")
    return url


def public_url(text: str) -> str:
    url = endpoint(text)
    if not re.fullmatch(r"(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*", urlsplit(url).path):
        raise ValueError(f"is {text!r}: a path in it may hold letters, digits, _, . and - alone")
    return url


def below(url: str | None) -> str:
    """The path of the host that a public URL puts everything below, as `/crier`; or nothing."""
    return urlsplit(url or "").path


def api_url(text: str) -> str:
    url = endpoint(text)
    if url.startswith("http://") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("must be https: bot tokens travel in it (plain http only on loopback)")
    return url


def issuer(text: str) -> str:
    """An issuer of OpenID Connect: its keys and the client's secret travel, so by https."""
    url = endpoint(text)
    if url.startswith("http://") and not is_loopback(urlsplit(url).hostname or ""):
        raise ValueError("must be https: what it says is believed (plain http only on loopback)")
    return url


@dataclass(frozen=True)
class SmtpServer:
    """A server that takes mail; `tls` from the first byte, else by STARTTLS but on loopback."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def smtp_server(text: str) -> SmtpServer:
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`; it holds a secret."""
    host = _split(text, "smtp", "smtps")
    parts = urlsplit(text)
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must name a host and nothing behind it: smtp://user:password@host:587")
    if (parts.username is None) != (parts.password is None):
        raise ValueError("must name a user with its password, or none")
    tls = parts.scheme == "smtps"
    user, password = (part and unquote(part) for part in (parts.username, parts.password))
    return SmtpServer(host, parts.port or (465 if tls else 587), tls, user, password)


def webhook_secret(text: str) -> str:
    """A key as standardwebhooks.com writes it: what it is stays out of every problem."""
    try:
        length = len(base64.b64decode(text.removeprefix("whsec_"), validate=True))
    except ValueError:
        length = 0
    if not text.startswith("whsec_") or not 24 <= length <= 64:
        raise ValueError("must be `whsec_` and 24 to 64 bytes in base64: openssl rand -base64 32")
    return text


def mail_address(text: str) -> str:
    """A mail address as programs take it: ASCII, and nothing that ends a line or a list."""
    if len(text) > 254 or not re.fullmatch(
        r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+", text, re.A
    ):
        raise ValueError(f"is {text!r}, which is no mail address")
    return text


def sender(text: str) -> str:
    """`crier@example.com`, or `Crier <crier@example.com>`."""
    name, _, address = text.rpartition("<")
    if not name.isprintable():
        raise ValueError("must be in one line: Crier <crier@example.com>")
    mail_address(address.removesuffix(">") if name else text)
    return text


def title(text: str) -> str:
    """What a button may say."""
    if not 1 <= len(text) <= 40 or not text.isprintable():
        raise ValueError("must be 1 to 40 characters in one line")
    return text


def domains(text: str) -> frozenset[str]:
    """Domains of mail addresses."""
    found = frozenset(part.lower().removeprefix("@") for part in entries(text))
    for part in found:
        if not re.fullmatch(r"[a-z0-9.-]+", part):
            raise ValueError(f"holds {part!r}, which is no domain: write example.com,example.org")
    return found


def roles_of_groups(text: str) -> dict[str, str]:
    """`group=role`, with commas between; a group's own name may hold `=`."""
    found: dict[str, str] = {}
    for part in entries(text):
        group, _, role = part.rpartition("=")
        if not group or role not in ROLES:
            raise ValueError(f"holds {part!r}: write group=role, as in staff=operator")
        found[group.strip()] = role
    return found


def is_loopback(host: str) -> bool:
    """Whether a host, by the name or address it is written with, is this machine's loopback."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def username(text: str) -> str:
    if not names.is_name(text):
        raise ValueError("must be 3 to 50 characters of A-Z a-z 0-9 _ . -")
    if names.is_reserved(text, admin=True):
        raise ValueError(f"is {text!r}, which is reserved: take another name")
    return text


def password(text: str) -> str:
    if not 12 <= len(text) <= 128:
        raise ValueError("must be 12 to 128 characters long")
    return text


def named(what: str, example: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text):
            raise ValueError(f"is {text!r}, which is no name of {what}: write one, as in {example}")
        return text

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"is {text!r}: it may be {' or '.join(choices)}")
        return text.lower()

    return parse


def some_of(*choices: str) -> Callable[[str], frozenset[str]]:
    def parse(text: str) -> frozenset[str]:
        found = frozenset(part.lower() for part in entries(text))
        if not found <= set(choices):
            raise ValueError(f"is {text!r}: it may hold {', '.join(choices)}, with commas between")
        return found

    return parse


def number(lowest: float, highest: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text if text.isascii() and "_" not in text else "nan")
        except ValueError:
            number = float("nan")
        if not lowest <= number <= highest:
            raise ValueError(f"is {text!r}: write a number from {lowest:g} to {highest:g}")
        return number

    return parse


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        is_number = text.isascii() and text.isdigit() and len(text) <= _DIGITS
        if not is_number or not lowest <= int(text) <= highest:
            raise ValueError(f"is {text!r}: write a whole number from {lowest} to {highest}")
        return int(text)

    return parse


def entries(text: str) -> tuple[str, ...]:
    """Parts between commas, or lines of a file such as the data folder's key rings."""
    return tuple(part.strip() for part in text.replace("\n", ",").split(",") if part.strip())


def networks(text: str) -> tuple[str, ...]:
    found = entries(text)
    for entry in found:
        try:
            ipaddress.ip_network(entry)
        except ValueError:
            raise ValueError(
                f"holds {entry!r}, which is no address or network: write 10.0.0.7 or 10.0.0.0/8"
            ) from None
    return found


def fetch_allow(text: str) -> tuple[str, ...]:
    found = entries(text)
    for entry in found:
        if "/" in entry:
            try:
                ipaddress.ip_network(entry)
            except ValueError:
                raise ValueError(
                    f"holds {entry!r}, which is no network: write hosts, addresses or 10.0.0.0/8"
                ) from None
    return found
