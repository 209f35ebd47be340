"""Ads and their broadcasts."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("ads", __name__, abp_tags=[Tag(name="Advertisements")])
