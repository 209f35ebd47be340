"""Status, logs and performance of the platform."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("system", __name__, abp_tags=[Tag(name="System")])
