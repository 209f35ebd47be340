"""Mail by a real server: confirming an address, a lost password, new devices, and a server away."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from crier.services.people import mail, sending
from crier.services.people.outbox import Letter
from crier.storage.models.notices import Outgoing
from tests.support import mailbox
from tests.support.api import PASSWORD, Api, Person, make_settings, wrong_fields
from tests.support.certificate import make_certificate
from tests.support.mailbox import Mailbox
from tests.support.waiting import until
from tests.support.workers import Workers

OWN = "/api/auth/mail"
NEW = "an otter's new phrase"


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mailbox.running(tmp_path / "mails") as made:
        yield made


@pytest.fixture
def api(box: Mailbox, database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Api]:
    made = Api(make_settings(database_url, valkey_url, tmp_path / "data", **box.settings))
    made.person("alice", "admin")
    yield made
    made.close()


def send(api: Api) -> None:
    """What a worker does."""
    sending.work_off(api.deps.sessions, api.deps.vault, api.settings)


def waiting(api: Api) -> list[int]:
    with api.session() as session:
        return list(session.scalars(sa.select(Outgoing.tries)))


def confirm(api: Api, box: Mailbox, person: Person, address: str = "oscar@example.com") -> None:
    assert person.put(OWN, {"address": address}).status_code == 200
    send(api)
    token = {"token": box.link("confirm-mail")}
    assert api.nobody.post(f"{OWN}/confirm", token).status_code == 204


def forget(api: Api, name: str) -> None:
    assert api.nobody.post("/api/auth/forgot-password", {"username": name}).status_code == 202
    send(api)


def login(api: Api, password: str, agent: str = "") -> int:
    body = {"username": "oscar", "password": password}
    return int(api.nobody.post("/api/auth/login", body, headers={"User-Agent": agent}).status_code)


def test_an_address_counts_once_its_link_is_opened(api: Api, box: Mailbox) -> None:
    assert api.oscar.get(OWN).json == {"works": True, "address": None, "verified_at": None}
    shown = api.oscar.put(OWN, {"address": "oscar@example.com"}).json
    assert (shown["address"], shown["verified_at"]) == ("oscar@example.com", None)
    send(api)
    (letter,) = box.mails
    assert (letter["To"], letter["From"]) == ("oscar@example.com", "Crier <crier@ads.example.com>")
    token = {"token": box.link("confirm-mail")}
    assert api.nobody.post(f"{OWN}/confirm", token).status_code == 204
    assert api.nobody.post(f"{OWN}/confirm", token).status_code == 403
    assert api.oscar.get(OWN).json["verified_at"] is not None
    api.oscar.put(OWN, {"address": "other@example.com"})
    assert api.nobody.post(f"{OWN}/confirm", token).status_code == 403, "of the address before"
    assert api.oscar.delete(OWN).status_code == 204
    assert api.oscar.get(OWN).json["address"] is None


@pytest.mark.parametrize(
    "address", ["oscar", "oscar@example", "a@b.c\nBcc: x@y.z", "a@b.c, d@e.f", "<a@b.c>"]
)
def test_what_is_no_address_is_refused(api: Api, address: str) -> None:
    assert wrong_fields(api.oscar.put(OWN, {"address": address})) == {"address"}


def test_a_forgotten_password_is_replaced_once_by_a_link(api: Api, box: Mailbox) -> None:
    forget(api, "oscar")
    assert not box.mails, "no confirmed address, and the same answer"
    forget(api, "nobody")
    confirm(api, box, api.oscar)
    program, _ = api.oscar.program()
    forget(api, "Oscar")
    token = box.link("reset-password")
    reset = {"token": token, "password": NEW}
    easy = {"token": token, "password": "passwordpassword"}
    assert wrong_fields(api.nobody.post("/api/auth/reset-password", easy)) == {"password"}
    assert api.nobody.post("/api/auth/reset-password", reset).status_code == 204
    assert api.nobody.post("/api/auth/reset-password", reset).status_code == 403
    assert (login(api, PASSWORD), login(api, NEW)) == (401, 200)
    assert api.oscar.get("/api/auth/me").status_code == 401
    assert program.get("/api/auth/me").status_code == 401
    send(api)
    assert "Your password was changed" in [letter["Subject"] for letter in box.mails]
    (line,) = api.alice.get("/api/audit?action=user.reset_password").json["items"]
    assert line["actor"] == "oscar"


def test_a_link_for_a_password_is_void_after_a_change_and_in_time(
    api: Api, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm(api, box, api.oscar)
    forget(api, "oscar")
    old = {"token": box.link("reset-password"), "password": NEW}
    api.alice.post(f"/api/users/{api.oscar.id}/reset-password")
    assert api.nobody.post("/api/auth/reset-password", old).status_code == 403
    monkeypatch.setattr(mail, "RESET_FOR", timedelta(0))
    forget(api, "oscar")
    late = {"token": box.link("reset-password"), "password": NEW}
    assert late["token"] != old["token"]
    assert api.nobody.post("/api/auth/reset-password", late).status_code == 403
    sealed = {"token": "v1.nothing.good", "password": NEW}
    assert api.nobody.post("/api/auth/reset-password", sealed).status_code == 403


def test_an_address_that_is_not_confirmed_gets_no_link(api: Api, box: Mailbox) -> None:
    api.oscar.put(OWN, {"address": "oscar@example.com"})
    forget(api, "oscar")
    assert [letter["Subject"] for letter in box.mails] == ["Confirm your address"]


def test_a_mail_whose_key_is_gone_holds_up_no_other(api: Api, box: Mailbox) -> None:
    confirm(api, box, api.oscar)
    assert api.nobody.post("/api/auth/forgot-password", {"username": "oscar"}).status_code == 202
    with api.session() as session:
        session.execute(sa.update(Outgoing).values(sealed="v1.gone.key"))
    forget(api, "oscar")
    assert [letter["Subject"] for letter in box.mails][1:] == ["A new password"]
    assert waiting(api) == []


def test_a_deactivated_account_gets_no_link(api: Api, box: Mailbox) -> None:
    confirm(api, box, api.oscar)
    api.alice.patch(f"/api/users/{api.oscar.id}", {"is_active": False})
    forget(api, "oscar")
    assert len(box.mails) == 1


def test_a_new_device_is_told_and_a_known_one_is_not(api: Api, box: Mailbox) -> None:
    confirm(api, box, api.oscar)
    assert login(api, PASSWORD, "Firefox") == 200
    assert login(api, PASSWORD, "Firefox") == 200
    send(api)
    (letter,) = box.mails[1:]
    assert letter["Subject"] == "A new device has signed in"
    assert "Firefox" in letter.get_content()


def test_a_mail_waits_for_a_server_that_is_away_and_is_given_up_in_the_end(
    api: Api, box: Mailbox
) -> None:
    confirm(api, box, api.oscar)
    box.refuse(True)
    forget(api, "oscar")
    assert waiting(api) == [1]
    send(api)
    assert waiting(api) == [1], "not at once again"
    with api.session() as session:
        row = session.scalars(sa.select(Outgoing)).one()
        assert row.due_at > datetime.now(UTC)
        assert "oscar@" not in (row.sealed or "")
        row.due_at, row.tries = datetime.now(UTC), sending.TRIES - 1
    send(api)
    assert waiting(api) == []
    box.refuse(False)
    forget(api, "oscar")
    assert len(box.mails) == 2


def test_a_worker_sends_what_waits(
    api: Api, box: Mailbox, database_url: str, tmp_path: Path
) -> None:
    ring = api.deps.vault.keys.keys()
    keys = ",".join(key.text for key in ring)
    workers = Workers(
        database_url, "http://127.0.0.1:9", tmp_path, **box.settings, CRIER_TOKEN_KEYS=keys
    )
    workers.start()
    try:
        assert api.oscar.put(OWN, {"address": "oscar@example.com"}).status_code == 200
        until(lambda: box.mails, 30, "the worker to send the mail")
    finally:
        workers.stop()


def test_mail_goes_by_tls_where_the_server_has_it_and_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with mailbox.running(tmp_path / "mails", certificate) as box:
        settings = make_settings("postgresql:///x", "redis://x", tmp_path, **box.settings)
        assert settings.mail is not None
        letter = Letter("oscar@example.com", "Hello", "It works.")
        with pytest.raises(OSError, match="certificate verify failed"):
            sending.send_mail(settings.mail, letter)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.chain))
        sending.send_mail(settings.mail, letter)
        assert [letter[mailbox.ENCRYPTED] for letter in box.mails] == ["True"]


def test_without_mail_its_routes_say_so(database_url: str, valkey_url: str, tmp_path: Path) -> None:
    other = Api(make_settings(database_url, valkey_url, tmp_path / "other"))
    assert other.nobody.get("/api/auth/methods").json["mail"] is False
    assert other.person("oscar").put(OWN, {"address": "a@example.com"}).status_code == 409
    body = {"username": "oscar"}
    assert other.nobody.post("/api/auth/forgot-password", body).status_code == 409
    other.close()
