"""The seals of the audit log: keys that rotate, lines from before there were keys, noted hashes."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from crier.errors import CrierError
from crier.secrets.keyring import Keyring
from crier.services import audit
from crier.services.system import commands, key_rotation
from crier.storage.models.people import AuditEntry
from tests.integration.api.test_audit import as_owner, write
from tests.support.api import Api


@pytest.fixture(autouse=True)
def environment(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRIER_DATABASE_URL", api.settings.database_url)
    monkeypatch.setenv("CRIER_DATA_DIR", str(api.settings.data_dir))


def verify(*options: str) -> Result:
    return CliRunner().invoke(commands.audit_log, ["verify", *options])


def problem(*options: str) -> str:
    result = verify(*options)
    assert isinstance(result.exception, CrierError), result.output
    return str(result.exception)


def write_unsealed(api: Api, actor: str = "old") -> None:
    """A line as releases before the seals wrote it."""
    with api.session() as session:
        newest = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        entry = AuditEntry(
            at=datetime.now(UTC),
            actor=actor,
            action="bot.start",
            object_type="bot",
            details={},
            previous_hash=newest.hash if newest else audit.GENESIS,
        )
        entry.hash = audit.seal(entry, None)
        session.add(entry)


def test_lines_of_several_keys_are_good_while_their_keys_are_in_the_ring(api: Api) -> None:
    write(api)
    key_rotation.add_key(api.deps.vault.keys)
    write(api)
    CliRunner().invoke(commands.keys, ["rotate"], catch_exceptions=False)
    with api.session() as session:
        assert len({entry.key_id for entry in session.query(AuditEntry)}) == 3
    assert verify().output.startswith("3 lines, all good; the newest hash is ")


def test_a_key_that_is_gone_is_not_taken_for_tampering(api: Api) -> None:
    write(api)
    ring: Keyring = api.deps.vault.keys
    (old,) = ring.keys()
    key_rotation.add_key(ring)
    write(api)
    ring.put(ring.keys()[:1])
    found = problem()
    assert f"sealed with key {old.id}, which is not in the ring" in found
    assert "tampered" not in found


def test_lines_from_before_are_held_by_the_first_sealed_one(api: Api) -> None:
    write_unsealed(api)
    write_unsealed(api)
    assert "2 lines, all good (2 of them from before lines were sealed)" in verify().output
    write(api)
    assert "3 lines, all good (2 of them from before" in verify().output
    # Somebody who owns the database writes the old part anew, with hashes that fit.
    as_owner(api, "DELETE FROM audit_log WHERE id = 2")
    assert "breaks at line 3" in problem()


def test_no_plain_line_stands_behind_a_sealed_one(api: Api) -> None:
    write(api)
    write_unsealed(api, "forger")
    assert "breaks at line 2" in problem()


def test_another_key_of_the_same_database_does_not_make_a_line(api: Api) -> None:
    """Not even one that claims to be of the key in the ring."""
    write(api)
    with api.session() as session:
        entry = session.query(AuditEntry).one()
        forged = AuditEntry(
            at=datetime.now(UTC),
            actor="forger",
            action="x.x",
            object_type="x",
            details={},
            key_id=entry.key_id,
            previous_hash=entry.hash,
        )
        forged.hash = audit.seal(forged, api.deps.signing.newest)
        session.add(forged)
    assert "breaks at line 2" in problem()


def test_a_hash_that_was_noted_shows_that_lines_were_cut_off(api: Api) -> None:
    write(api)
    write(api)
    noted = verify().output.split()[-1]
    write(api)
    assert verify("--noted", noted).exit_code == 0
    as_owner(api, "DELETE FROM audit_log WHERE id >= 2")
    assert verify().exit_code == 0, "the chain alone does not show it"
    assert "cut off" in problem("--noted", noted)
    assert "no hash" in problem("--noted", "xyz")


def test_secrets_in_details_are_hidden_by_shape_and_by_name(api: Api) -> None:
    write(
        api,
        note="Bearer abcdefghijkl",
        link="https://me:hunter2pw@example.org/",
        nested=[{"password": "swordfish"}, "crier_00000000_" + "x" * 43],
        token_hint="123…xy",
    )
    with api.session() as session:
        details = session.query(AuditEntry).one().details
    for secret in ("abcdefghijkl", "hunter2pw", "swordfish", "x" * 43):
        assert secret not in str(details)
    assert details["token_hint"] == "123…xy"
    assert verify().exit_code == 0
