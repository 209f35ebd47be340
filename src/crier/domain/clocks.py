"""How far apart the clocks of two machines may be: ours, and those of people and programs."""

from typing import Final

CLOCK_SKEW_S: Final = 30
"""Seconds; time that another clock wrote is taken for good where it is off by no more than that."""
