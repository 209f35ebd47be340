"""Bots: add, change, run and look at them."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("bots", __name__, abp_tags=[Tag(name="Bots")])
