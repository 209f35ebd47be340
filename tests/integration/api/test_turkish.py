"""A database whose locale folds letters in another way: in a Turkish one lower('I') is 'ı'."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from crier.storage import migrate
from tests.support.ads import add_bot, add_chats
from tests.support.api import Api, make_settings
from tests.support.postgres import Cluster, running_cluster

LOCALE = "tr_TR.UTF-8"
CLAUSES = f" LOCALE_PROVIDER libc LOCALE '{LOCALE}' TEMPLATE template0"
PASSWORD = "nine dry badgers"


@pytest.fixture(scope="module")
def turkish_cluster() -> Iterator[Cluster]:
    """PostgreSQL with a Turkish locale, made by the C library's own tool."""
    folder = Path(tempfile.mkdtemp(prefix="crier-locales-"))
    folder.chmod(0o755)
    made = subprocess.run(
        ["localedef", "-i", "tr_TR", "-f", "UTF-8", str(folder / LOCALE)],
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, f"install the package `locales`: {made.stderr}"
    try:
        with running_cluster(locales=folder) as cluster:
            yield cluster
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def turkish_url(turkish_cluster: Cluster) -> Iterator[str]:
    with turkish_cluster.database(None, CLAUSES) as url:
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT lower('ADMIN') = 'admin'").fetchone()
            assert row == (False,), "the trap that these tests are about"
        yield url


@pytest.fixture
def turkish(turkish_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    migrate.upgrade(turkish_url)
    made = Api(make_settings(turkish_url, valkey_url, tmp_path / "data"))
    yield made
    made.close()


def test_names_are_the_same_in_whatever_case(turkish: Api) -> None:
    body = {"username": "ADMIN", "password": PASSWORD}
    assert turkish.nobody.post("/api/auth/register", body).status_code == 201
    for name in ("admin", "ADMIN", "aDmIn"):
        answer = turkish.nobody.post("/api/auth/login", {**body, "username": name})
        assert answer.status_code == 200, name
    for name, status in [("istanbul", 201), ("ISTANBUL", 409), ("SYSTEM", 422), ("ANONYMOUS", 422)]:
        answer = turkish.nobody.post("/api/auth/register", {**body, "username": name})
        assert answer.status_code == status, name


@pytest.mark.parametrize("name", ["ADMİN", "admın", "\u212aing", "ſystem"])
def test_letters_beyond_a_to_z_fit_nobodys_name(turkish: Api, name: str) -> None:
    for taken in ("admin", "king"):
        turkish.person(taken, "admin")
    body = {"username": name, "password": "seven wet otters"}
    assert turkish.nobody.post("/api/auth/login", body).status_code == 401
    assert turkish.nobody.post("/api/auth/register", body).status_code == 422


def test_languages_are_targeted_in_whatever_case(turkish: Api) -> None:
    bot = add_bot(turkish, turkish.oscar)
    with turkish.session() as session:
        for chat, code in enumerate(["IT", "it-IT", "it", "id", "ID", "tr"], 1):
            add_chats(session, bot, [chat], language_code=code)
    ad = turkish.oscar.post("/api/ads/create", {"content": "x"}).json
    assert ad is not None
    for language, audience in [("it", 3), ("IT", 3), ("id", 2)]:
        preview = {"targeting": {"languages": [language]}}
        found = turkish.oscar.post(f"/api/ads/{ad['id']}/preview", preview).json
        assert found is not None
        assert found["audience"] == audience, language


def test_words_are_found_in_whatever_case(turkish: Api) -> None:
    for title in ("WINTER SALE IN ÉVIAN", "winter sale in évian", "Summer 100%_"):
        turkish.oscar.post("/api/ads/create", {"title": title, "content": "x"})
    bot = add_bot(turkish, turkish.oscar)
    with turkish.session() as session:
        add_chats(session, bot, [1], first_name="IRIS", username="IRIS_I")
    for words, expected in [("winter", 2), ("WINTER", 2), ("In ÉvIaN", 2), ("100%_", 1), ("_%", 0)]:
        page = turkish.oscar.get("/api/ads/list", query_string={"q": words}).json
        assert len(page["items"]) == expected, words
    for words in ("iris", "@iris_i", "IRIS"):
        page = turkish.oscar.get(f"/api/bots/{bot}/chats", query_string={"q": words}).json
        assert len(page["items"]) == 1, words


def test_names_that_were_two_are_told_apart_by_the_migration(turkish_url: str) -> None:
    migrate.upgrade(turkish_url, "0001")
    with psycopg.connect(turkish_url) as connection:
        for name in ("admin", "ADMIN", "x" * 49 + "i", "x" * 49 + "I"):
            connection.execute(
                "INSERT INTO users (username, password_hash, role) VALUES (%s, 'x', 'viewer')",
                (name,),
            )
    migrate.upgrade(turkish_url)
    with psycopg.connect(turkish_url) as connection:
        rows = connection.execute("SELECT username FROM users ORDER BY id").fetchall()
    assert [row[0] for row in rows] == ["admin", "ADMIN-2", "x" * 49 + "i", "x" * 48 + "-4"]
