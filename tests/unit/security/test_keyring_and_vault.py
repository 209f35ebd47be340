"""Rings of keys and what is sealed with them."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from crier.secrets.keyring import Keyring, KeyringError, new_key
from crier.secrets.vault import WEBHOOK_SECRET, Vault, VaultError

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFake"
OLD, NEW = (new_key().text for _ in range(2))


def vault(*keys: str) -> Vault:
    return Vault(Keyring(keys, Path("/nowhere")))


def test_a_sealed_token_opens_and_does_not_show_it() -> None:
    sealed = vault(NEW).seal(TOKEN)
    assert vault(NEW).open(sealed) == TOKEN
    assert TOKEN not in sealed
    assert vault(NEW).seal(TOKEN) != sealed


def test_an_older_key_of_the_ring_opens_and_the_newest_seals() -> None:
    sealed = vault(OLD).seal(TOKEN)
    ring = vault(NEW, OLD)
    assert ring.open(sealed) == TOKEN
    assert not sealed.startswith(ring.newest_prefix)
    assert ring.seal(TOKEN).startswith(ring.newest_prefix)


def test_without_its_key_a_text_does_not_open_and_the_error_says_what_to_do() -> None:
    with pytest.raises(VaultError, match="put that key back"):
        vault(NEW).open(vault(OLD).seal(TOKEN))


@pytest.mark.parametrize("position", [0, 1, 4, 12, 20, -1])
def test_a_changed_text_does_not_open(position: int) -> None:
    sealed = list(vault(NEW).seal(TOKEN))
    sealed[position] = "B" if sealed[position] == "A" else "A"
    with pytest.raises(VaultError) as caught:
        vault(NEW).open("".join(sealed))
    assert TOKEN not in str(caught.value)


def test_a_text_sealed_for_one_purpose_does_not_open_for_another() -> None:
    with pytest.raises(VaultError):
        vault(NEW).open(vault(NEW).seal(TOKEN), WEBHOOK_SECRET)


def test_fingerprints_find_a_token_under_every_key_of_the_ring() -> None:
    assert vault(NEW).fingerprint(TOKEN) == vault(NEW).fingerprint(TOKEN)
    assert vault(NEW).fingerprint(TOKEN) != vault(OLD).fingerprint(TOKEN)
    assert vault(OLD).fingerprint(TOKEN) in vault(NEW, OLD).fingerprints(TOKEN)


@pytest.mark.parametrize(
    "key", ["short", "a" * 64, "changeme" * 8, "secret-secret-secret-secret-123"]
)
def test_a_short_or_guessable_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(KeyringError, match="openssl") as caught:
        Keyring((key,), Path("/nowhere"))
    assert key not in str(caught.value)


def test_a_ring_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token.keys"
    first = Keyring((), path).newest
    assert Keyring((), path).newest == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert first.text not in repr(first)


def test_processes_that_start_at_once_end_up_with_the_same_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from crier.secrets.keyring import Keyring;"
        "print(Keyring((), pathlib.Path(sys.argv[1])).newest.id)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "token.keys")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(8)]
    assert len({process.communicate()[0] for process in running}) == 1


def test_a_running_process_sees_a_new_key_at_once(tmp_path: Path) -> None:
    running = Vault(Keyring((), tmp_path / "token.keys"))
    sealed = running.seal(TOKEN)
    other = Keyring((), tmp_path / "token.keys")
    other.put((new_key(), *other.keys()))
    assert not sealed.startswith(running.newest_prefix)
    assert running.open(sealed) == TOKEN
    assert Vault(other).open(running.seal(TOKEN)) == TOKEN


def test_an_empty_or_vanished_ring_is_an_error_not_a_new_key(tmp_path: Path) -> None:
    path = tmp_path / "token.keys"
    ring = Keyring((), path)
    path.write_text("")
    with pytest.raises(KeyringError, match="backup"):
        ring.keys()
    path.unlink()
    with pytest.raises(KeyringError, match="cannot be read"):
        ring.keys()
