"""Tracked links."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("clicks", __name__, abp_tags=[Tag(name="Advertisements")])
