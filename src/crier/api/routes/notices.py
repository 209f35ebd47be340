"""The chat that is linked to one's account, and by which way one is told of what."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import allow, caller
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.notices import (
    ChatLinkAnswer,
    LinkedChatAnswer,
    NoticeAnswer,
    NoticesAnswer,
    NoticesPatch,
)
from crier.services import workspace
from crier.services.people import linked_chats, notices

blueprint = APIBlueprint("notices", __name__, abp_tags=[Tag(name="Notices")])


@blueprint.get("/api/auth/chat", responses={200: LinkedChatAnswer})
@allow("account")
def show_chat() -> Reply:
    """Show the Telegram chat that is linked to your account."""
    bot = workspace.platform_bot(db.session())
    chat = linked_chats.of(db.session(), caller().user_id)
    return LinkedChatAnswer(
        bot=bot.username if bot else None,
        name=chat.name if chat else None,
        linked_at=chat.linked_at if chat else None,
        is_blocked=bool(bot and chat and linked_chats.is_blocked(db.session(), bot, chat)),
    )


@blueprint.post("/api/auth/chat/link", responses={201: ChatLinkAnswer, 409: None})
@allow("account", limit="20 per hour", fresh=True)
def begin_chat_link() -> Reply:
    """Make a deep link that links your chat: open it in Telegram and press Start. It is good once,
    for 15 minutes; a chat that was linked before is replaced."""
    url, until = linked_chats.begin(db.session(), caller())
    return ChatLinkAnswer(url=url, expires_at=until), 201


@blueprint.delete("/api/auth/chat", responses={204: None})
@allow("account", fresh=True)
def unlink_chat() -> Reply:
    """Link no chat to your account any more."""
    linked_chats.unlink(db.session(), caller())
    return "", 204


@blueprint.get("/api/auth/notices", responses={200: NoticesAnswer})
@allow("account")
def show_notices() -> Reply:
    """Show by which way you are told of what."""
    return _answer()


@blueprint.patch("/api/auth/notices", responses={200: NoticesAnswer})
@allow("account")
def choose_notices(body: NoticesPatch) -> Reply:
    """Choose by which way you are told of what."""
    notices.choose(db.session(), caller(), body.model_dump(exclude_unset=True))
    return _answer()


def _answer() -> NoticesAnswer:
    mail_works = deps().settings.mail is not None
    found = notices.choices(db.session(), caller().user_id, mail_works=mail_works)
    return NoticesAnswer(items=[NoticeAnswer(**one._asdict()) for one in found])
