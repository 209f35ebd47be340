"""Security events are posted to the operator's webhook: signed, in order, once each, and later
where it does not answer."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from crier.services.people import security_notices
from tests.support.api import PASSWORD, Api
from tests.support.waiting import until
from tests.support.workers import Workers

SECRET: Final = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo0NTY3ODk="


@dataclass
class Hook:
    """What came, and what it answers."""

    port: int = 0
    status: int = 204
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "CRIER_SECURITY_WEBHOOK": f"http://127.0.0.1:{self.port}/events",
            "CRIER_SECURITY_WEBHOOK_SECRET": SECRET,
        }

    def read(self) -> list[Any]:
        """The events, each checked as a receiver does."""
        return [Webhook(SECRET).verify(body, headers) for headers, body in self.came]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.came.append(({name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(made.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def made(api: Api, hook: Hook, tmp_path: Path) -> Api:
    """The API, of which the webhook knows from now on."""
    api.oscar.program()
    tell(api, hook)
    assert hook.came == [], "what was before is not told"
    return api


def tell(api: Api, hook: Hook) -> None:
    """What a worker does each minute."""
    from crier.settings import Settings

    webhook = Settings.from_environment(hook.settings).security_webhook
    assert webhook is not None
    security_notices.tell(api.deps.sessions, webhook)


def change_role(api: Api, role: str) -> None:
    answer = api.alice.patch(f"/api/users/{api.vera.id}", {"role": role})
    assert answer.status_code == 200


def test_events_are_told_in_order_signed_and_once(made: Api, hook: Hook) -> None:
    made.oscar.program()
    made.alice.patch(f"/api/users/{made.vera.id}", {"username": "verena"})
    change_role(made, "advertiser")
    tell(made, hook)
    tell(made, hook)
    assert [event["type"] for event in hook.read()] == ["security.credentials", "security.role"]
    role = hook.read()[1]["data"]
    assert (role["actor"], role["object_id"]) == ("alice", str(made.vera.id))
    assert role["details"]["after"]["role"] == "advertiser"
    assert hook.came[0][0]["webhook-id"] != hook.came[1][0]["webhook-id"]
    assert PASSWORD not in str(hook.came)


def test_a_changed_body_or_another_secret_is_noticed_by_the_receiver(made: Api, hook: Hook) -> None:
    change_role(made, "advertiser")
    tell(made, hook)
    ((headers, body),) = hook.came
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"advertiser", b"admin"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body, headers)


@pytest.mark.parametrize("status", [500, 302])
def test_what_is_not_taken_is_told_again_under_the_same_id(
    made: Api, hook: Hook, status: int
) -> None:
    hook.status = status
    change_role(made, "advertiser")
    change_role(made, "viewer")
    tell(made, hook)
    assert len(hook.came) == 1, "later ones wait for it"
    hook.status = 200
    tell(made, hook)
    ids = [headers["webhook-id"] for headers, _ in hook.came]
    assert (len(ids), ids[0], len(set(ids))) == (3, ids[1], 2)


def test_a_worker_tells_each_minute(
    made: Api, hook: Hook, database_url: str, tmp_path: Path
) -> None:
    ring = made.deps.vault.keys.keys()
    keys = ",".join(key.text for key in ring)
    change_role(made, "advertiser")
    workers = Workers(
        database_url, "http://127.0.0.1:9", tmp_path, **hook.settings, CRIER_TOKEN_KEYS=keys
    )
    workers.start()
    try:
        until(lambda: hook.came, 100, "the next minute")
        assert hook.read()[0]["type"] == "security.role"
    finally:
        workers.stop()
