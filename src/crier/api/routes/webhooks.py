"""Telegram's own webhook calls."""

from flask_openapi3 import APIBlueprint, Tag

from crier.api.http import db
from crier.api.http.access import MIB, allow
from crier.api.http.deps import deps
from crier.api.http.web import Reply
from crier.api.schemas.webhooks import UpdateFile, WebhookPath
from crier.services.bots import webhooks
from crier.services.errors import ServiceError

blueprint = APIBlueprint("webhooks", __name__, abp_tags=[Tag(name="Telegram")])
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (a header's name)


@blueprint.post("/api/telegram/<public_key>", responses={200: None, 401: None})
@allow(max_body=4 * MIB, counted=False)
def take_update(path: WebhookPath, raw: UpdateFile) -> Reply:
    """Take an update in, from Telegram.

    200 says that it is safe in the database; anything else has Telegram try again.
    """
    secret = raw.headers.get(SECRET_HEADER, "")
    try:
        webhooks.take_in(db.session(), deps().vault, path.public_key, secret, raw.get_data())
    except ServiceError:
        # Telegram's own calls come as fast as people write; others are held to the limit.
        deps().limits.check(None, user_id=None)
        raise
    return "", 200
