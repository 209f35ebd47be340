"""Fixtures of the deployment's tests."""

from tests.support.api import live_api

__all__ = ["live_api"]
