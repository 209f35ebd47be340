"""Mail: one's own address, and links that were sent there."""

from flask_openapi3 import APIBlueprint, Tag
from limits import parse

from crier.api.http import authentication, db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.routes import sign_in
from crier.api.schemas.mail import (
    Forgotten,
    MailAnswer,
    MailToken,
    NewMailAddress,
    NewPasswordByLink,
)
from crier.domain import names
from crier.services import workspace
from crier.services.errors import ConflictError
from crier.services.people import mail, passwords
from crier.storage.models.people import MailAddress

blueprint = APIBlueprint("mail", __name__, abp_tags=[Tag(name="Authentication")])
_OF_AN_ACCOUNT = parse("3 per hour")


@blueprint.get("/api/auth/mail", responses={200: MailAnswer})
@allow("account")
def show_mail() -> Reply:
    """Show where you get mail."""
    return _answer(mail.of(db.session(), caller().user_id))


@blueprint.put("/api/auth/mail", responses={200: MailAnswer, 409: None})
@allow("account", limit="10 per hour", fresh=True)
def set_mail(body: NewMailAddress) -> Reply:
    """Set where you get mail; a link that is sent there confirms it."""
    _require_mail()
    link = deps().settings.link
    return _answer(mail.put(db.session(), deps().vault, caller(), body.address, link))


@blueprint.delete("/api/auth/mail", responses={204: None})
@allow("account", fresh=True)
def remove_mail() -> Reply:
    """Get no mail any more."""
    mail.remove(db.session(), caller())
    return "", 204


@blueprint.post("/api/auth/mail/confirm", responses={204: None, 403: None})
@allow(limit="20 per hour")
def confirm_mail(body: MailToken) -> Reply:
    """Confirm an address by the link that was sent there."""
    mail.confirm(db.session(), deps().vault, body.token, ip=authentication.address())
    return "", 204


@blueprint.post("/api/auth/forgot-password", responses={202: None, 403: None, 409: None})
@allow(limit="10 per hour")
def forgot_password(body: Forgotten) -> Reply:
    """Send a link for a new password to the account's confirmed address, else to its linked chat.
    The answer is the same whether there is one, and takes the same time."""
    if deps().settings.mail is None and workspace.platform_bot(db.session()) is None:
        raise ConflictError("nothing to send it by: set up mail, or choose the platform's bot")
    sign_in.require_passwords()
    limits = deps().limits
    key = ("forgotten", names.fold(body.username))
    if not limits.enabled or limits.count(_OF_AN_ACCOUNT, *key)[0]:
        mail.forgotten(db.session(), deps().vault, body.username, deps().settings.link)
    return "", 202


@blueprint.post("/api/auth/reset-password", responses={204: None, 403: None})
@allow(limit="10 per hour")
def reset_password(body: NewPasswordByLink) -> Reply:
    """Take a new password by a link. Your sign-ins end, and your API keys are revoked; a second
    factor is asked for as ever."""
    sign_in.require_passwords()
    session, vault = db.session(), deps().vault
    user = mail.check_reset(session, vault, body.token)
    passwords.check_new(body.password, username=user.username)
    with db.released():
        password_hash = passwords.hash_password(body.password)
    mail.reset(session, vault, body.token, password_hash, ip=authentication.address())
    return "", 204


def _require_mail() -> None:
    if deps().settings.mail is None:
        raise ConflictError("no mail is set up here: CRIER_SMTP_URL")


def _answer(row: MailAddress | None) -> MailAnswer:
    return MailAnswer(
        works=deps().settings.mail is not None,
        address=row.address if row else None,
        verified_at=row.verified_at if row else None,
    )
