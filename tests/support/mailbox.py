"""A real mail server (aiosmtpd), in a process of its own; it may ask for TLS and a password.

What comes is a file of its folder each.
"""

import asyncio
import re
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.support import servers
from tests.support.certificate import Certificate
from tests.support.ports import free_port

USER: Final = "crier"
PASSWORD: Final = "a pass:word/of @mail"
ENCRYPTED: Final = "X-Came-Encrypted"


@dataclass
class Mailbox:
    """What has come to a server."""

    port: int
    folder: Path

    @property
    def mails(self) -> list[EmailMessage]:
        """In the order in which they came."""
        paths = sorted(self.folder.glob("*.eml"))
        read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]
        return [mail for mail in read if isinstance(mail, EmailMessage)]

    @property
    def settings(self) -> dict[str, str]:
        """What Crier has to know."""
        return {
            "CRIER_SMTP_URL": f"smtp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}",
            "CRIER_MAIL_FROM": "Crier <crier@ads.example.com>",
        }

    def refuse(self, now: bool) -> None:
        """Take no mail for a while, or take it again."""
        (self.folder / "refuse").unlink(missing_ok=True)
        if now:
            (self.folder / "refuse").touch()

    def link(self, page: str) -> str:
        """What the link of the last mail has behind its `#`."""
        text = self.mails[-1].get_content()
        found = re.search(rf"/{page}#(\S+)", text)
        assert found, text
        return found[1]


@contextmanager
def running(folder: Path, certificate: Certificate | None = None) -> Iterator[Mailbox]:
    """A mail server on loopback; with a certificate it asks for STARTTLS."""
    folder.mkdir()
    box = Mailbox(free_port(), folder)
    files = [certificate.chain, certificate.key] if certificate else []
    root = Path(__file__).parents[2]
    command = ["env", f"PYTHONPATH={root}", sys.executable, "-m", "tests.support.mailbox"]
    command += [str(box.port), str(folder), *map(str, files)]

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", box.port)) == 0

    with servers.running(command, folder / "log", listens):
        yield box


class _Handler:
    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd calls it so)
        if (self.folder / "refuse").exists():
            return "451 later"
        self.count += 1
        path = self.folder / f"{self.count:04}.eml"
        came = f"{ENCRYPTED}: {session.ssl is not None}\r\n".encode()
        path.write_bytes(came + envelope.content)
        return "250 taken"


def _check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    wanted = (USER.encode(), PASSWORD.encode())
    right = isinstance(given, LoginPassword) and (given.login, given.password) == wanted
    return AuthResult(success=right)


async def _serve(port: int, folder: Path, files: list[str]) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if files else None
    if context is not None:
        context.load_cert_chain(*files)
    handler = _Handler(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(
            handler,
            authenticator=_check,
            auth_required=True,
            auth_require_tls=context is not None,
            tls_context=context,
            require_starttls=context is not None,
        ),
        "127.0.0.1",
        port,
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
