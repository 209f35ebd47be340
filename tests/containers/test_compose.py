"""Crier in real containers, through nginx over TLS: started, used, scaled, killed."""

import http.client

import pytest

from tests.containers.sending import add_bot, ended, statistics, subscribers
from tests.containers.stack import HOST, Stack
from tests.support.waiting import until

BOTS, PEOPLE = 4, 1500
pytestmark = [pytest.mark.containers, pytest.mark.timeout(1800)]


def test_it_comes_up_by_two_commands(stack: Stack) -> None:
    """`prepare` and `up`: nginx answers over TLS, and the admin signs in with the password kept."""
    size = stack.podman("image", "inspect", "localhost/crier:latest", "--format", "{{.Size}}")
    print(f"image: {int(size) / 1e6:.0f} MB; all containers up after {stack.started_in_s:.1f} s")
    admin = stack.admin()
    assert admin.call("GET", "/api/auth/me")["role"] == "admin"
    page = stack.visitor().request("GET", "/")
    assert page.status == 200
    assert b"<title>Crier" in page.body
    assert page.headers["Strict-Transport-Security"]
    components = admin.call("GET", "/api/system/status")["components"]
    assert {part["name"]: part["status"] for part in components if part["status"] == "down"} == {}


def test_plain_http_goes_to_tls_and_figures_stay_inside(stack: Stack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.http_port, timeout=10)
    connection.request("GET", "/bots?page=2", headers={"Host": HOST})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/bots?page=2")
    connection.close()
    assert stack.visitor().request("GET", "/metrics").status == 404


def test_the_dashboards_files_are_compressed_and_kept(stack: Stack) -> None:
    visitor = stack.visitor()
    page = visitor.request("GET", "/").body.decode()
    script = page.partition('src="/assets/')[2].partition('"')[0]
    answer = visitor.request("GET", f"/assets/{script}", **{"Accept-Encoding": "gzip"})
    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("service", ["api", "worker"])
def test_programs_are_not_root_and_write_nowhere_but_in_their_data(
    stack: Stack, service: str
) -> None:
    (container, *_) = stack.containers(service)
    assert stack.podman("exec", container, "id", "-u") == "10001"
    for path in ("/opt/crier/x", "/usr/local/bin/x", "/etc/x"):
        assert not stack.engine.succeeds("podman", "exec", container, "touch", path)
    assert stack.engine.succeeds("podman", "exec", container, "touch", "/data/x")
    environment = stack.podman("exec", container, "env")
    files = list((stack.compose_folder / "secrets").iterdir())
    secrets = {file.name: file.read_text().strip() for file in files}
    assert secrets["admin_password"]
    assert not [name for name, secret in secrets.items() if secret and secret in environment]


def test_what_is_too_long_is_refused_by_nginx_as_the_api_would(stack: Stack) -> None:
    too_long = {"Content-Length": str(65 << 20), "Content-Type": "application/json"}
    answer = stack.admin().request("POST", "/api/ads/create", **too_long)
    assert (answer.status, answer.json["status"]) == (413, 413)


def test_the_client_has_its_own_address(stack: Stack) -> None:
    """nginx's word about it is believed, the client's own is not."""
    visitor = stack.visitor()
    body = {"username": "nobody-there", "password": "not the password"}
    forged = {"X-Forwarded-For": "203.0.113.9"}
    assert visitor.request("POST", "/api/auth/login", body, **forged).status == 401
    events = stack.admin().call("GET", "/api/audit?limit=50")["items"]
    addresses = {event["ip"] for event in events if event["ip"]}
    assert addresses
    assert "203.0.113.9" not in addresses


def test_a_broadcast_survives_scaling_a_killed_worker_and_a_restarted_database(
    stack: Stack,
) -> None:
    """In the middle: two workers more, one killed with -9, PostgreSQL restarted. Everybody gets
    one message; what was on its way at the kill may be in doubt, and is said to be."""
    admin, sandbox = stack.admin(), stack.sandbox()
    bots = [add_bot(admin, sandbox, number, PEOPLE) for number in range(BOTS)]
    until(lambda: subscribers(admin) == BOTS * PEOPLE, 180, "all people to be subscribed")
    ad = admin.call("POST", "/api/ads/create", {"title": "Fair", "content": "The fair is open."})
    audience = admin.call("POST", f"/api/ads/{ad['id']}/broadcast", {})["audience"]
    assert audience == BOTS * PEOPLE
    until(lambda: statistics(admin, ad)["sent"] > audience * 0.1, 120, "a tenth to be sent")
    stack.up("worker", 3)
    stack.podman("kill", "--signal", "KILL", stack.containers("worker")[0])
    until(lambda: statistics(admin, ad)["sent"] > audience * 0.3, 120, "a third to be sent")
    (postgres,) = stack.containers("postgres")
    stack.podman("restart", "--time", "30", postgres)
    done = until(lambda: ended(admin, ad), 400, "the broadcast to end")
    assert done["status"] == "completed"
    assert done["sent"] + done["unknown"] == audience, done
    counted = [sandbox.received(bot.id) for bot in bots]
    assert sum(line.accepted for lines in counted for line in lines) >= done["sent"]
    assert not [line for lines in counted for line in lines if line.accepted > 1]
    sandbox.disconnect()


def test_while_it_is_closed_people_see_a_page_and_clicks_go_on(stack: Stack) -> None:
    flag = stack.folder / "deploy" / "nginx" / "maintenance" / "on"
    flag.touch()
    try:
        page = stack.visitor().request("GET", "/")
        assert (page.status, page.headers["Retry-After"]) == (503, "10")
        assert b"being updated" in page.body
        assert stack.visitor().request("GET", "/api/bots").json["status"] == 503
        assert stack.visitor().request("GET", "/r/none").status == 404
    finally:
        flag.unlink()
    assert stack.visitor().request("GET", "/").status == 200
