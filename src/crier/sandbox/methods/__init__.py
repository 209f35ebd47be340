"""Every Bot API method that the sandbox knows, by its lower-case name."""

from __future__ import annotations

from crier.sandbox.calls import Method
from crier.sandbox.methods import (
    account,
    albums,
    copying,
    editing,
    inline,
    media,
    payments,
    plain,
    polls,
    profile,
    sending,
    stickers,
)
from crier.sandbox.methods.chats import info, links, members, pins, topics
from crier.sandbox.methods.shown import MEDIA
from crier.sandbox.polling import get_updates
from crier.sandbox.webhook import delete_webhook, get_webhook_info, set_webhook

_UPDATES: dict[str, Method] = {
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "logout": account.log_out,
    "close": account.close,
}
_ACCOUNT: dict[str, Method] = {
    "getme": account.get_me,
    "getmycommands": account.get_my_commands,
    "setmycommands": account.set_my_commands,
    "deletemycommands": account.delete_my_commands,
    **{
        f"setmy{field.replace('_', '')}": profile.text_setter(field)
        for field in ("name", "description", "short_description")
    },
    **{
        f"getmy{field.replace('_', '')}": profile.text_getter(field)
        for field in ("name", "description", "short_description")
    },
    "setchatmenubutton": profile.set_chat_menu_button,
    "getchatmenubutton": profile.get_chat_menu_button,
    "setmydefaultadministratorrights": profile.set_default_rights,
    "getmydefaultadministratorrights": profile.get_default_rights,
    "setmyprofilephoto": profile.set_profile_photo,
    "removemyprofilephoto": profile.remove_profile_photo,
    "getuserprofilephotos": profile.get_user_profile_photos,
    "getuserprofileaudios": profile.get_user_profile_audios,
    "getfile": account.get_file,
}
_SENDING: dict[str, Method] = {
    "sendmessage": sending.send_message,
    **{f"send{kind.replace('_', '')}": media.sender(kind) for kind in MEDIA},
    "sendmediagroup": albums.send_media_group,
    "sendlocation": plain.sender("location", plain.location),
    "sendvenue": plain.sender("venue", plain.venue),
    "sendcontact": plain.sender("contact", plain.contact),
    "senddice": plain.sender("dice", plain.dice),
    "sendgame": plain.sender("game", plain.game),
    "sendinvoice": plain.sender("invoice", payments.invoice),
    "sendpaidmedia": payments.send_paid_media,
    "sendpoll": polls.send_poll,
    "copymessage": copying.copy_message,
    "copymessages": copying.copy_messages,
    "forwardmessage": copying.forward_message,
    "forwardmessages": copying.forward_messages,
}
_MESSAGES: dict[str, Method] = {
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagemedia": editing.edit_message_media,
    "editmessagelivelocation": editing.edit_live_location,
    "stopmessagelivelocation": editing.edit_live_location,
    "stoppoll": polls.stop_poll,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "setmessagereaction": inline.set_message_reaction,
    "deletemessagereaction": inline.delete_reactions,
    "deleteallmessagereactions": inline.delete_reactions,
    "sendchataction": account.send_chat_action,
    "sendmessagedraft": inline.send_message_draft,
    "answercallbackquery": account.answer_callback_query,
    "answerinlinequery": inline.answer_inline_query,
    "answerwebappquery": inline.answer_web_app_query,
    "answerguestquery": inline.answer_web_app_query,
    "savepreparedinlinemessage": inline.save_prepared_inline_message,
    "savepreparedkeyboardbutton": inline.save_prepared_button,
    "setpassportdataerrors": inline.set_passport_errors,
}
_CHATS: dict[str, Method] = {
    "getchat": info.get_chat,
    "setchattitle": info.set_chat_title,
    "setchatdescription": info.set_chat_description,
    "setchatphoto": info.set_chat_photo,
    "deletechatphoto": info.delete_chat_photo,
    "setchatpermissions": info.set_chat_permissions,
    "setchatstickerset": info.set_chat_sticker_set,
    "deletechatstickerset": info.delete_chat_sticker_set,
    "pinchatmessage": pins.pin_chat_message,
    "unpinchatmessage": pins.unpin_chat_message,
    "unpinallchatmessages": pins.unpin_all_chat_messages,
    "exportchatinvitelink": links.export_chat_invite_link,
    "createchatinvitelink": links.create_chat_invite_link,
    "editchatinvitelink": links.edit_chat_invite_link,
    "revokechatinvitelink": links.revoke_chat_invite_link,
    "createchatsubscriptioninvitelink": links.create_subscription_link,
    "editchatsubscriptioninvitelink": links.edit_subscription_link,
    "getuserchatboosts": inline.get_user_chat_boosts,
    "getuserpersonalchatmessages": inline.get_personal_chat_messages,
}
_MEMBERS: dict[str, Method] = {
    "getchatmember": members.get_chat_member,
    "getchatadministrators": members.get_chat_administrators,
    "getchatmembercount": members.get_chat_member_count,
    "getchatmemberscount": members.get_chat_member_count,
    "banchatmember": members.ban_chat_member,
    "kickchatmember": members.ban_chat_member,
    "unbanchatmember": members.unban_chat_member,
    "restrictchatmember": members.restrict_chat_member,
    "promotechatmember": members.promote_chat_member,
    "setchatadministratorcustomtitle": members.set_custom_title,
    "setchatmembertag": members.set_member_tag,
    "banchatsenderchat": members.ban_sender_chat,
    "unbanchatsenderchat": members.ban_sender_chat,
    "approvechatjoinrequest": members.answer_join_request,
    "declinechatjoinrequest": members.answer_join_request,
    "leavechat": members.leave_chat,
}
_TOPICS: dict[str, Method] = {
    "getforumtopiciconstickers": stickers.get_forum_topic_icon_stickers,
    "createforumtopic": topics.create_forum_topic,
    "editforumtopic": topics.edit_forum_topic,
    "deleteforumtopic": topics.delete_forum_topic,
    "closeforumtopic": topics.closing(True),
    "reopenforumtopic": topics.closing(False),
    "unpinallforumtopicmessages": topics.unpin_all_in_topic,
    "editgeneralforumtopic": topics.edit_general_topic,
    "closegeneralforumtopic": topics.closing(True, general=True),
    "reopengeneralforumtopic": topics.closing(False, general=True),
    "hidegeneralforumtopic": topics.hiding(True),
    "unhidegeneralforumtopic": topics.hiding(False),
    "unpinallgeneralforumtopicmessages": topics.unpin_all_in_topic,
}
_STICKERS: dict[str, Method] = {
    "getstickerset": stickers.get_sticker_set,
    "getcustomemojistickers": stickers.get_custom_emoji_stickers,
    "uploadstickerfile": stickers.upload_sticker_file,
    "createnewstickerset": stickers.create_new_sticker_set,
    "addstickertoset": stickers.add_sticker_to_set,
    "replacestickerinset": stickers.replace_sticker_in_set,
    "setstickerpositioninset": stickers.set_sticker_position,
    "deletestickerfromset": stickers.delete_sticker_from_set,
    "setstickeremojilist": stickers.set_sticker_emoji_list,
    "setstickerkeywords": stickers.set_sticker_keywords,
    "setstickermaskposition": stickers.set_sticker_mask_position,
    "setstickersettitle": stickers.set_sticker_set_title,
    "setstickersetthumbnail": stickers.set_sticker_set_thumbnail,
    "setstickersetthumb": stickers.set_sticker_set_thumbnail,
    "setcustomemojistickersetthumbnail": stickers.set_custom_emoji_thumbnail,
    "deletestickerset": stickers.delete_sticker_set,
}
_PAYMENTS: dict[str, Method] = {
    "createinvoicelink": payments.create_invoice_link,
    "answershippingquery": payments.answer_query,
    "answerprecheckoutquery": payments.answer_query,
    "getmystarbalance": payments.get_my_star_balance,
    "getstartransactions": payments.get_star_transactions,
    "refundstarpayment": payments.refund_star_payment,
    "edituserstarsubscription": payments.edit_user_subscription,
    "getavailablegifts": payments.get_available_gifts,
    "sendgift": payments.send_gift,
    "giftpremiumsubscription": payments.gift_premium,
    "getusergifts": payments.get_gifts,
    "getchatgifts": payments.get_gifts,
}
_REFUSED: dict[str, Method] = {
    **dict.fromkeys(inline.BUSINESS, inline.of_business),
    "verifyuser": inline.with_user("BOT_VERIFIER_FORBIDDEN"),
    "removeuserverification": inline.with_user("BOT_VERIFIER_FORBIDDEN"),
    "setuseremojistatus": inline.with_user("USER_PERMISSION_DENIED"),
    "getmanagedbottoken": inline.with_user("BOT_ACCESS_FORBIDDEN"),
    "replacemanagedbottoken": inline.with_user("BOT_ACCESS_FORBIDDEN"),
}
METHODS: dict[str, Method] = {
    **_UPDATES,
    **_ACCOUNT,
    **_SENDING,
    **_MESSAGES,
    **_CHATS,
    **_MEMBERS,
    **_TOPICS,
    **_STICKERS,
    **_PAYMENTS,
    **_REFUSED,
}
SENDING = frozenset(_SENDING)
