"""Chats, messages and imported audiences of a bot."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("chats", __name__, abp_tags=[Tag(name="Bots")])
