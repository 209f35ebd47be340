"""Mail that waits to be sent: a row in the transaction of what it tells of, and a worker's job.

A row is claimed by moving its `due_at` behind the longest try, in a transaction of its own, so no
connection to the database waits for the mail server; one that was sent is deleted. A worker that
dies in between leaves it to be sent again: a mail may come twice. After `TRIES` it is given up, and
at once where its key is gone.
"""

import logging
import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier import setting_values
from crier.secrets.vault import MAIL, Vault, VaultError
from crier.setting_groups import Mail
from crier.storage import engine, queue
from crier.storage.models.people import OutgoingMail

TRIES: Final = 9
"""Over some eight hours, each wait twice as long as the one before."""
TIMEOUT_S: Final = 20.0
_STEP: Final = timedelta(minutes=2)
log = logging.getLogger(__name__)


class Letter(msgspec.Struct):
    """What is sent."""

    to: str
    subject: str
    text: str


def put(session: Session, vault: Vault, user_id: int, letter: Letter) -> None:
    """Let a letter be sent when the transaction commits."""
    sealed = vault.seal(msgspec.json.encode(letter).decode(), MAIL)
    session.add(OutgoingMail(user_id=user_id, sealed=sealed))
    session.flush()
    engine.run(session, queue.defer_send_mails())


def work_off(database: sessionmaker[Session], vault: Vault, mail: Mail) -> None:
    """Send what is due, one after the other."""
    while True:
        with database.begin() as session:
            claimed = _claim(session)
        if claimed is None:
            return
        mail_id, sealed, tries = claimed
        try:
            send(mail, msgspec.json.decode(vault.open(sealed, MAIL), type=Letter))
        except VaultError:
            log.error("mail_unreadable", extra={"mail_id": mail_id})
        except (OSError, smtplib.SMTPException) as error:  # no word of it: it may name people
            log.warning("mail_not_sent", extra={"error": type(error).__name__, "tries": tries})
            if tries < TRIES:
                continue
        with database.begin() as session:
            session.execute(sa.delete(OutgoingMail).where(OutgoingMail.id == mail_id))


def send(mail: Mail, letter: Letter) -> None:
    """Hand a letter to the mail server.

    Raises:
        OSError, SMTPException: it did not take it.
    """
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, letter.to, letter.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain="crier.invalid")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    server, secure = mail.server, ssl.create_default_context()
    opened = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=secure)
        if server.tls
        else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    )
    with opened as connection:
        connection.ehlo()
        offered = connection.has_extn("starttls")
        if not server.tls and (offered or not setting_values.is_loopback(server.host)):
            connection.starttls(context=secure)
        if server.user is not None and server.password is not None:
            connection.login(server.user, server.password)
        connection.send_message(message)


def _claim(session: Session) -> tuple[int, str, int] | None:
    due = sa.select(OutgoingMail).where(OutgoingMail.due_at <= sa.func.now())
    row = session.scalar(
        due.order_by(OutgoingMail.due_at).limit(1).with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.due_at = datetime.now(UTC) + _STEP * 2**row.tries
    row.tries += 1
    return row.id, row.sealed, row.tries
