"""Fixtures of the tests of figures and exports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import Api, api, make_settings
from tests.support.s3 import S3Server

__all__ = ["api"]


@pytest.fixture(params=["folder", "s3"])
def stored_api(
    request: pytest.FixtureRequest, database_url: str, valkey_url: str, tmp_path: Path
) -> Iterator[Api]:
    """The API with its files in each of both storages."""
    more: dict[str, str] = {}
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        more = server.environment
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data", **more))
    made.person("alice", "admin")
    yield made
    made.close()
