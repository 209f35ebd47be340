"""Credentials as other machines and programs send them: clocks that differ, headers of any case."""

import time
from typing import Any

import jwt
import pytest

from crier.domain.clocks import CLOCK_SKEW_S
from tests.support.api import PASSWORD, Api

ACCESS, REFRESH = "access_token", "refresh_token"


def pair_of(api: Api) -> dict[str, Any]:
    body = {"username": api.oscar.name, "password": PASSWORD}
    answer = api.nobody.post("/api/auth/login", body).json
    assert answer is not None
    return dict(answer)


def moved(api: Api, token: str, **claims: float) -> str:
    """The same token, as a machine with another clock would have made it."""
    key = api.deps.signing.newest
    head = jwt.get_unverified_header(token)
    old = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode(
        {**old, **claims}, key.derive("sign tokens"), "HS256", headers={"kid": head["kid"]}
    )


def status(api: Api, method: str, path: str, header: str) -> int:
    headers = {"Authorization": header}
    return api.nobody.request(method, path, headers=headers).status_code


@pytest.mark.parametrize("off_s", [3, CLOCK_SKEW_S - 10])
def test_a_token_of_a_machine_whose_clock_is_ahead_is_good(api: Api, off_s: int) -> None:
    pair, now = pair_of(api), time.time()
    access = moved(api, pair[ACCESS], iat=now + off_s, nbf=now + off_s)
    assert status(api, "GET", "/api/auth/me", f"Bearer {access}") == 200
    refresh = moved(api, pair[REFRESH], iat=now + off_s, nbf=now + off_s)
    assert status(api, "POST", "/api/auth/refresh", f"Bearer {refresh}") == 200


def test_a_token_that_ended_a_moment_ago_by_another_clock_is_good_and_no_longer(api: Api) -> None:
    pair, now = pair_of(api), time.time()
    for end, expected in [(now - 3, 200), (now - CLOCK_SKEW_S - 5, 401)]:
        access = moved(api, pair[ACCESS], exp=end)
        assert status(api, "GET", "/api/auth/me", f"Bearer {access}") == expected
    far = moved(api, pair[ACCESS], iat=now + 3600, nbf=now + 3600)
    assert status(api, "GET", "/api/auth/me", f"Bearer {far}") == 401


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "bEaReR", "Bearer ", " Bearer"])
def test_the_scheme_is_read_in_whatever_case(api: Api, scheme: str) -> None:
    pair = pair_of(api)
    assert status(api, "GET", "/api/auth/me", f"{scheme} {pair[ACCESS]}") == 200
    assert status(api, "POST", "/api/auth/refresh", f"{scheme} {pair[REFRESH]}") == 200
    key = api.oscar.post("/api/auth/keys", {"name": "k"}).json
    assert key is not None
    assert status(api, "GET", "/api/auth/me", f"{scheme} {key['key']}") == 200


@pytest.mark.parametrize(
    "header", [", ,", ",", "Bearer", "Bearer  ", "Bearer a b", "bearer crier_", "Basic eDp5", "\t"]
)
def test_a_header_that_holds_no_credential_is_401(api: Api, header: str) -> None:
    assert status(api, "GET", "/api/auth/me", header) == 401
    assert status(api, "POST", "/api/auth/refresh", header) == 401


def test_a_token_of_the_other_kind_is_401(api: Api) -> None:
    pair = pair_of(api)
    assert status(api, "GET", "/api/auth/me", f"bearer {pair[REFRESH]}") == 401
    assert status(api, "POST", "/api/auth/refresh", f"bearer {pair[ACCESS]}") == 401


def test_a_schedule_by_a_clock_that_is_behind_is_no_past_one(api: Api) -> None:
    ad = {"content": "Buy!", "scheduled_for": None}
    for behind_s, expected in [(3, 201), (CLOCK_SKEW_S + 60, 422)]:
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - behind_s))
        answer = api.oscar.post("/api/ads/create", {**ad, "scheduled_for": moment})
        assert answer.status_code == expected, behind_s
