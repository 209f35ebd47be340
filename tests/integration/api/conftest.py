"""Fixtures of the API's tests."""

from tests.support.api import api, live_api, own_live_api

__all__ = ["api", "live_api", "own_live_api"]
