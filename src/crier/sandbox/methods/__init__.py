"""Every Bot API method that the sandbox knows, by its lower-case name."""

from __future__ import annotations

from crier.sandbox.calls import Method
from crier.sandbox.methods import account, albums, copying, editing, media, sending
from crier.sandbox.methods.shown import MEDIA
from crier.sandbox.polling import get_updates
from crier.sandbox.webhook import delete_webhook, get_webhook_info, set_webhook

METHODS: dict[str, Method] = {
    "getme": account.get_me,
    "getmystarbalance": account.get_my_star_balance,
    "getmycommands": account.get_my_commands,
    "setmycommands": account.set_my_commands,
    "deletemycommands": account.delete_my_commands,
    "getchat": account.get_chat,
    "getfile": account.get_file,
    "logout": account.log_out,
    "close": account.close,
    "answercallbackquery": account.answer_callback_query,
    "sendchataction": account.send_chat_action,
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": sending.send_message,
    **{f"send{kind.replace('_', '')}": media.sender(kind) for kind in MEDIA},
    "sendmediagroup": albums.send_media_group,
    "copymessage": copying.copy_message,
    "copymessages": copying.copy_messages,
    "forwardmessage": copying.forward_message,
    "forwardmessages": copying.forward_messages,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
}
SENDING = frozenset(
    name for name in METHODS if name.startswith(("send", "copymessage", "forwardmessage"))
) - {"sendchataction"}
