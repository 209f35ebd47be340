"""What every answer carries, what is refused by name, and what happens when a part is down."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from crier.api.routes import site
from crier.errors import CrierError
from tests.support.api import Api, ApiResponse, make_settings
from tests.support.postgres import owners

PROBLEM = {"type", "title", "status", "detail", "request_id"}


def problem(answer: ApiResponse, status: int) -> dict[str, Any]:
    """The body of an error answer, which must be a whole one."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert set(answer.json) >= PROBLEM
    assert answer.json["status"] == status
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert ("errors" in answer.json) == (status == 422)
    return dict(answer.json)


@pytest.mark.parametrize("path", ["/", "/api/users", "/api/nope", "/healthz", "/api/docs"])
def test_every_answer_carries_the_security_headers_and_opens_no_cors(api: Api, path: str) -> None:
    answer = api.nobody.get(path, headers={"Origin": "https://evil.example"}, buffered=True)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nope", 404),
        ("POST", "/api/nope", 404),
        ("GET", "/api/bots/abc", 404),
        ("GET", "/api/bots/-1", 404),
        ("GET", "/api/bots/0", 404),
        ("GET", "/api/bots/9223372036854775807", 404),
        ("PATCH", "/api/bots/9223372036854775808", 404),
        ("GET", "/api/bots/99999999999999999999999", 404),
        ("GET", "/api/bots/1.0", 404),
        ("GET", "/api/bots/\u0661", 404),  # a digit, but none of ours
        ("GET", "/api/bots?limit=\u0661", 422),
        ("GET", "/api/bots?limit=1_0", 422),
        ("GET", "/api/bots?limit=5.0", 422),
        ("GET", "/api/bots?limit=%2B5", 422),
        ("GET", "/api//bots", 404),
        ("GET", "/api/bots/", 404),
        ("GET", "/assets/../../pyproject.toml", 404),
        ("GET", "/assets/%2e%2e/%2e%2e/pyproject.toml", 404),
        ("PUT", "/api/users", 405),
        ("OPTIONS", "/api/users", 405),
        ("TRACE", "/api/users", 405),
    ],
)
def test_unknown_paths_ids_and_verbs(api: Api, method: str, path: str, status: int) -> None:
    answer = api.alice.request(method, path)
    problem(answer, status)
    if status == 405:
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("{'a': 1}", "application/json", 400),
        (b"\xff", "application/json", 400),
        ("{}", "text/plain", 415),
        ("{}", "application/json; charset=latin-1", 415),
        ("a=b", "application/x-www-form-urlencoded", 415),
        ("[]", "application/json", 422),
        ("null", "application/json", 422),
        ('"{}"', "application/json", 422),
        ('{"name": "k", "rol": "admin"}', "application/json", 422),
        ('{"name": 5}', "application/json", 422),
        ('{"name": "\\u0000"}', "application/json", 422),
        ('{"name": "k", "expires_at": 5}', "application/json", 422),
        ('{"name": "k", "expires_at": "2100-01-01T00:00:00"}', "application/json", 422),
        ('{"name": "' + "x" * 1_100_000 + '"}', "application/json", 413),
    ],
)
def test_bodies_are_strict(api: Api, data: Any, content_type: str, status: int) -> None:
    answer = api.alice.post("/api/auth/keys", data=data, content_type=content_type)
    problem(answer, status)


def test_an_unknown_field_is_named(api: Api) -> None:
    answer = api.alice.post("/api/auth/keys", {"name": "k", "surprise": 1})
    assert [error["field"] for error in problem(answer, 422)["errors"]] == ["surprise"]
    answer = api.alice.get("/api/users?surprise=1")
    assert [error["field"] for error in problem(answer, 422)["errors"]] == ["surprise"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=%00"])
def test_limits_of_lists_and_cursors_are_checked(api: Api, query: str) -> None:
    problem(api.alice.get(f"/api/users?{query}"), 422)


def test_a_cursor_of_another_list_is_422(api: Api) -> None:
    for number in range(3):
        api.person(f"user{number}")
    cursor = api.alice.get("/api/users?limit=1").json["next_cursor"]
    problem(api.alice.get(f"/api/audit?cursor={cursor}"), 422)
    assert api.alice.get(f"/api/users?limit=1&cursor={cursor}").status_code == 200


def test_a_sane_request_id_is_kept_and_an_insane_one_replaced(api: Api) -> None:
    sane = api.nobody.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"})
    assert sane.headers["X-Request-ID"] == "abc-1.2_3"
    for given in ("a b", "x" * 101, "é", "<script>"):
        answer = api.nobody.get("/healthz", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] != given


def test_what_was_read_can_be_asked_for_again_by_its_etag(api: Api) -> None:
    first = api.alice.get("/api/users")
    assert first.headers["Cache-Control"] == "no-store", "but not kept by a browser"
    again = api.alice.get("/api/users", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.text) == (304, "")
    login = api.nobody.post("/api/auth/login", {"username": "alice", "password": "x"})
    assert login.headers["Cache-Control"] == "no-store"


# Parts that are down --------------------------------------------------------------------------


@pytest.fixture
def down(valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    """An API whose database is not there."""
    url = "postgresql://crier:hunter2hunter2@127.0.0.1:1/crier?connect_timeout=2"
    made = Api(make_settings(url, valkey_url, tmp_path))
    yield made
    made.close()


def test_with_the_database_down_it_is_503_and_no_word_of_sql_or_secrets(down: Api) -> None:
    answer = down.nobody.post("/api/auth/login", {"username": "a", "password": "b"})
    body = problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    for word in ("hunter2", "psycopg", "SELECT", "127.0.0.1"):
        assert word not in str(body)
    assert down.nobody.get("/healthz").status_code == 200
    ready = down.nobody.get("/readyz")
    assert "database" in problem(ready, 503)["detail"]


def test_readiness_names_a_schema_that_is_behind(api: Api) -> None:
    assert api.nobody.get("/readyz").status_code == 200
    with psycopg.connect(owners(api.settings.database_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "0000" in problem(api.nobody.get("/readyz"), 503)["detail"]


def test_connections_that_the_database_cut_cost_nobody_an_error(api: Api) -> None:
    assert api.alice.get("/api/users").status_code == 200
    with psycopg.connect(api.settings.database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert api.alice.get("/api/users").status_code == 200


def test_a_fault_of_ours_is_a_500_without_its_text(api: Api, caplog: Any) -> None:
    def fault(*_: Any) -> None:
        raise RuntimeError("hunter2 in SELECT")

    api.app.view_functions["users.list_users"] = with_access(api, "users.list_users", fault)
    body = problem(api.alice.get("/api/users"), 500)
    assert "hunter2" not in str(body)
    assert body["request_id"] in body["detail"] or "request id" in body["detail"]
    assert "RuntimeError" in caplog.text


def with_access(api: Api, endpoint: str, view: Any) -> Any:
    view.access = vars(api.app.view_functions[endpoint])["access"]
    return view


# Secrets and proxies ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CRIER_TOKEN_KEYS", "CRIER_JWT_KEYS"])
@pytest.mark.parametrize("key", ["short", "changeme-changeme-changeme-changeme", "0" * 40])
def test_it_does_not_start_with_short_or_default_secrets(
    tmp_path: Path, name: str, key: str
) -> None:
    settings = make_settings("postgresql://x", "redis://x", tmp_path, **{name: key})
    with pytest.raises(CrierError, match="a key") as caught:
        Api(settings)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        ("", "203.0.113.9", "127.0.0.1"),
        ("127.0.0.0/8", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.0/8,203.0.113.9", "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        ("127.0.0.0/8", "nonsense", "127.0.0.1"),
        ("10.0.0.0/8", "203.0.113.9", "127.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_only_from_a_trusted_proxy(
    database_url: str, valkey_url: str, tmp_path: Path, trusted: str, forwarded: str, expected: str
) -> None:
    more = {"CRIER_TRUSTED_PROXIES": trusted}
    api = Api(make_settings(database_url, valkey_url, tmp_path, **more))
    headers = {"X-Forwarded-For": forwarded}
    body = {"username": "bob", "password": "nine dry badgers"}
    assert api.nobody.post("/api/auth/register", body, headers=headers).status_code == 201
    with api.session() as session:
        assert str(session.scalar(sa.text("SELECT host(ip) FROM audit_log"))) == expected
    api.close()


# The dashboard ----------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built dashboard."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Crier</title>")
    (folder / "theme.js").write_text("1")
    (folder / "assets" / "index-abc123.js").write_text("2")
    monkeypatch.setattr(site, "folder", lambda: folder)
    return folder


@pytest.mark.usefixtures("built")
def test_every_page_of_the_dashboard_is_its_index_and_assets_are_kept_forever(api: Api) -> None:
    for path in ("/", "/bots", "/bots/7/chats", "/sign-in"):
        answer = api.nobody.get(path, buffered=True)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert answer.headers["Cache-Control"] == "no-cache"
    asset = api.nobody.get("/assets/index-abc123.js", buffered=True)
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    theme = api.nobody.get("/theme.js", buffered=True)
    assert theme.headers["Cache-Control"] == "no-cache"
    problem(api.nobody.get("/nothing.js"), 404)


def test_without_a_build_it_says_what_to_do(
    api: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(site, "folder", lambda: tmp_path / "nothing")
    assert "make up" in problem(api.nobody.get("/"), 404)["detail"]
