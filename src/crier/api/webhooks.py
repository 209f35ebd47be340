"""Telegram's own webhook calls."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("webhooks", __name__, abp_tags=[Tag(name="Telegram")])
