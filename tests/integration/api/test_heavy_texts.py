"""What once held the whole process: long runs in names, bodies and texts are refused at once."""

import time

import pytest

from tests.support.api import Api, LiveApi

LIMIT_S = 0.5


def spent(begun: float) -> float:
    """Seconds of this process, which is the API's too."""
    return time.process_time() - begun


@pytest.mark.parametrize("name", ["0" * 20_000, "0" * 1_000_000, "1:" * 400_000, "a" * 1_000_000])
def test_a_field_with_an_endless_name_is_named_by_its_beginning(api: Api, name: str) -> None:
    begun = time.process_time()
    answer = api.nobody.post("/api/auth/login", {name: 1})
    assert spent(begun) < LIMIT_S
    assert answer.status_code == 422
    fields = [error["field"] for error in answer.json["errors"]]
    assert f"{name[:99]}…" in fields
    assert len(answer.data) < 5000


def test_twenty_errors_are_listed_and_the_others_counted(api: Api) -> None:
    body = {f"name{number}": 1 for number in range(10_000)}
    answer = api.nobody.post("/api/auth/login", body)
    assert answer.status_code == 422
    assert len(answer.json["errors"]) == 20
    assert "and 9,982 more" in answer.json["detail"]


def test_names_in_the_query_are_cut_too(api: Api) -> None:
    answer = api.alice.get("/api/users?" + "0" * 5000 + "=1")
    assert all(len(error["field"]) <= 100 for error in answer.json["errors"])
    assert len(answer.data) < 5000


@pytest.mark.parametrize(
    "value", ["[" + "1," * 40_000 + "1]", "{" + ",".join(f'"{n}":1' for n in range(40_000)) + "}"]
)
def test_a_body_of_endless_values_is_refused_before_each_is_looked_at(api: Api, value: str) -> None:
    answer = api.nobody.post(
        "/api/auth/login", data=f'{{"x":{value}}}', content_type="application/json"
    )
    assert answer.status_code == 400
    assert "30,000 values" in answer.json["detail"]


@pytest.mark.parametrize(
    "content", [f"<{'0' * 32_000}>", f"&#{'1' * 5000};", f"&#{'1' * 5000}", "&#x" + "f" * 32_000]
)
def test_the_text_of_an_ad_is_checked_at_once(api: Api, content: str) -> None:
    begun = time.process_time()
    answer = api.alice.post(
        "/api/ads/create", {"title": "x", "content": content, "parse_mode": "HTML"}
    )
    assert spent(begun) < LIMIT_S
    assert answer.status_code in (201, 422)
    assert len(answer.data) < 20_000


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize("path", ["/api/bots", "/api/openapi.json", "/"])
def test_a_date_with_an_endless_year_counts_as_none(api: Api, name: str, path: str) -> None:
    headers = {name: f"Mon, 01 Jan {'9' * 5000} 00:00:00 GMT"}
    plain = api.alice.get(path, buffered=True)
    assert api.alice.get(path, headers=headers, buffered=True).status_code == plain.status_code


@pytest.mark.parametrize("path", ["/" + "a" * 60_000, "/assets/" + "a" * 60_000, "/" * 60_000])
def test_an_endless_path_is_a_page_or_none(api: Api, path: str) -> None:
    assert api.nobody.get(path, buffered=True).status_code in (200, 404)


def test_a_length_with_endless_zeros_is_the_number_that_it_is(live_api: LiveApi) -> None:
    for zeros, status in (("0" * 6000 + "2", 422), ("0" * 6000, 422)):
        head = f"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: {zeros}\r\n"
        body = "{}" if zeros.endswith("2") else ""
        with live_api.connect(10) as line:
            line.sendall(f"{head}Content-Type: application/json\r\n\r\n{body}".encode())
            assert int(line.recv(100).split()[1]) == status
