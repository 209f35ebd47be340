"""Names of accounts: their form, how they compare, and which are kept from whom."""

import pytest

from crier.domain.names import fold, is_name, is_reserved


@pytest.mark.parametrize("name", ["abc", "a" * 50, "A.b_c-9", "---"])
def test_a_name_is_three_to_fifty_plain_characters(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("text", ["", "ab", "a" * 51, "a b", "a@b", "naïve", "abc\n", "abc٣"])
def test_other_texts_are_no_names(text: str) -> None:
    assert not is_name(text)


def test_only_the_case_of_latin_letters_is_folded() -> None:
    assert fold("Anna.B") == "anna.b"
    assert fold("ANNÄ") == "ANNÄ"
    assert fold("\u212aarl") == "\u212aarl", "the Kelvin sign is no k"


@pytest.mark.parametrize(
    "name", ["system", "crier", "nobody", "anonymous", "unknown", "telegram", "null", "none"]
)
def test_reserved_names_are_for_nobody_however_they_are_written(name: str) -> None:
    for written in (name, name.upper(), f"_{name}.", f"-{name}-"):
        assert is_reserved(written, admin=True)
        assert is_reserved(written, admin=False)


@pytest.mark.parametrize("name", ["admin", "administrator", "root", "support", "moderator"])
def test_names_of_authority_are_for_admins(name: str) -> None:
    for written in (name, name.title(), f"{name}_"):
        assert not is_reserved(written, admin=True)
        assert is_reserved(written, admin=False)


def test_names_of_deleted_accounts_cannot_be_taken() -> None:
    assert is_reserved("deleted-7", admin=True)
    assert is_reserved("_Deleted-7", admin=False)
    assert not is_reserved("undeleted-7", admin=False)
    assert not is_reserved("administrators", admin=False)
