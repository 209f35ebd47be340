"""The number in the place of an erased person is no chat's, and tells nothing about one."""

from uuid import UUID

from crier.domain.stand_ins import LAST, NOBODY, stand_in

SALTS = [UUID(int=n) for n in range(200)]


def test_a_number_is_beyond_every_chat_and_exact_as_a_float() -> None:
    for salt in SALTS:
        number = stand_in(salt, 7)
        assert -(2**53) < number <= LAST == -4503599627370497
        assert int(float(number)) == number


def test_numbers_fill_the_range_so_that_no_two_people_meet() -> None:
    places = sorted((LAST - stand_in(salt, 7)) / 2**51 for salt in SALTS)
    assert len(set(places)) == len(SALTS)
    assert places[0] < 0.1
    assert 0.9 < places[-1] < 1


def test_the_number_stays_for_the_same_salt_and_differs_for_each_bot() -> None:
    assert stand_in(SALTS[0], 7) == stand_in(SALTS[0], 7) == -5552702679062792
    assert len({stand_in(SALTS[0], bot_id) for bot_id in (1, 2, 2**63 - 1)}) == 3
    assert NOBODY == 0
