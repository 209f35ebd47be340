"""Fixtures of the tests of figures and exports."""

from tests.support.api import api

__all__ = ["api"]
