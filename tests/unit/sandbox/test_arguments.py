"""Arguments are flattened as the Bot API server flattens them."""

import pytest

from crier.sandbox.arguments import Arguments, TooLargeError, read, to_integer

JSON = b"application/json"


def test_the_query_string_comes_first_and_the_first_value_wins() -> None:
    arguments = read(b"chat_id=1&chat_id=2", JSON, b'{"chat_id": 3, "text": "a", "text": "b"}')
    assert arguments == {"chat_id": "1", "text": "a"}


def test_json_strings_are_unescaped_and_other_values_kept_raw() -> None:
    body = b'{"a": "x\\n\\u00e9", "b": 12, "c": true, "d": null, "e": {"k": [1, "2"]}}'
    expected = {"a": "x\né", "b": "12", "c": "true", "d": "null", "e": '{"k": [1, "2"]}'}
    assert read(b"", JSON + b"; charset=utf-8", body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1, "b": nonsense}', {"a": "1"}),
        (b'{"a": "1", "b": "unfinished', {"a": "1"}),
        (b"[1, 2]", {}),
        (b"", {}),
        (b'{"a": 1', {"a": "1"}),
        (b"\xff\xfe", {}),
        (b'{"a":' + b"[" * 100_000, {}),
    ],
)
def test_malformed_json_is_no_error(body: bytes, expected: dict[str, str]) -> None:
    assert read(b"", JSON, body) == expected


def test_forms_are_decoded() -> None:
    kind = b"application/x-www-form-urlencoded"
    assert read(b"", kind, b"text=a+b%26%C3%A9&x") == {"text": "a b&é", "x": ""}


def test_multipart_gives_texts_and_files() -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n42\r\n'
        b'--B\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\r\n--not the end\r\n--B--\r\n"
    )
    arguments = read(b"", b"multipart/form-data; boundary=B", body)
    assert arguments == {"chat_id": "42"}
    assert arguments.files["photo"] == ("a.jpg", "image/jpeg", b"\xff\r\n--not the end")


def test_too_many_files_and_too_much_text_are_too_large() -> None:
    part = b'--B\r\nContent-Disposition: form-data; name="%d"; filename="a"\r\n\r\nx\r\n'
    with pytest.raises(TooLargeError):
        read(
            b"",
            b"multipart/form-data; boundary=B",
            b"".join(part % n for n in range(51)) + b"--B--",
        )
    with pytest.raises(TooLargeError):
        read(b"", JSON, b'{"text": "' + b"a" * 1_100_000 + b'"}')


@pytest.mark.parametrize("text", ["true", " True ", "YES", "1"])
def test_booleans_are_lenient(text: str) -> None:
    arguments = Arguments()
    arguments["flag"] = text
    assert arguments.flag("flag")
    assert not arguments.flag("absent")


def test_integers_are_clamped_and_never_an_error() -> None:
    arguments = Arguments()
    arguments |= {"a": "500", "b": "nonsense", "c": "-3", "d": "12x"}
    assert [arguments.integer(name, 7, 0, 50) for name in "abcde"] == [50, 0, 0, 12, 7]
    assert to_integer("9" * 40) == int("9" * 19)
