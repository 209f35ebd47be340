"""Figures and exports."""

from flask_openapi3 import APIBlueprint, Tag

blueprint = APIBlueprint("analytics", __name__, abp_tags=[Tag(name="Analytics")])
