"""The Bot API client over real HTTP: what is certain, what is doubtful, and no token in errors."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest

from crier.domain.outcomes import Action, Outcome
from crier.telegram import errors
from crier.telegram.answers import SendResult
from crier.telegram.client import BotApi, Upload, request_path
from crier.telegram.errors import Doubtful, NotSent
from crier.telegram.transport import HttpTransport
from crier.telegram.types import Message
from tests.support.scripted import Request, Server, Writer, answer, serving

SECRET = "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
TOKEN = f"123456789:{SECRET}"
MESSAGE = {"message_id": 17, "chat": {"id": 5, "type": "private"}, "date": 1, "text": "hi"}


def ok(result: object) -> bytes:
    return answer(json.dumps({"ok": True, "result": result}).encode())


def refused(code: int, text: str, **parameters: object) -> bytes:
    body: dict[str, object] = {"ok": False, "error_code": code, "description": text}
    if parameters:
        body["parameters"] = parameters
    return answer(json.dumps(body).encode(), f"{code} Whatever")


@asynccontextmanager
async def talking(raw: bytes | None) -> AsyncIterator[tuple[BotApi, Server]]:
    """A client, and a server that answers everything with `raw` (None: cuts the line)."""

    async def script(request: Request, writer: Writer) -> None:
        if raw is None:
            writer.transport.abort()
        else:
            writer.write(raw)

    async with serving(script) as server:
        api = BotApi(HttpTransport(server.url))
        async with asyncio.timeout(5):
            yield api, server
        await api.close()


async def send(raw: bytes | None) -> SendResult:
    async with talking(raw) as (api, server):
        path = request_path(TOKEN, "sendMessage")
        found = await api.send_body(path, b'{"chat_id":7,"text":"hi"}')
        assert json.loads(server.requests[0].body) == {"chat_id": 7, "text": "hi"}
        assert server.requests[0].path == f"/bot{TOKEN}/sendMessage"
        assert len(server.requests) == 1
        assert SECRET not in repr(found)
    return found


@pytest.mark.parametrize("result", [MESSAGE, [MESSAGE, {**MESSAGE, "message_id": 18}]])
async def test_an_accepted_send_names_its_message(result: object) -> None:
    assert await send(ok(result)) == SendResult(Action.OK, 17)
    assert (await send(ok(result))).outcome is Outcome.SENT


async def test_an_accepted_send_without_a_message_is_sent_too() -> None:
    assert await send(ok(True)) == SendResult(Action.OK, None)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
DOUBTFUL: dict[str, bytes | None] = {
    "cut line": None,
    "empty 200": answer(b""),
    "empty chunked 200": CHUNKED,
    "HTML 200": answer(b"<html>maintenance</html>"),
    "half a JSON": answer(b'{"ok":true,"result":{"mess'),
    "no envelope": answer(b"{}"),
    "twisted result": ok("sent"),
    "twisted id": ok({"message_id": "x"}),
    "deep": answer(b'{"ok":true,"result":' + b"[" * 9999 + b"]" * 9999 + b"}"),
    "500 JSON": refused(500, "Internal Server Error: restart"),
    "502 JSON": refused(502, "Bad Gateway"),
    "502 HTML": answer(b"<html>nginx</html>", "502 Bad Gateway"),
    "504 empty": answer(b"", "504 Gateway Timeout"),
    "500 that looks ok": answer(b'{"ok":true,"result":{"message_id":1}}', "500 X"),
    "200 with error 500": answer(b'{"ok":false,"error_code":500,"description":"x"}'),
    "redirect": answer(b"", "302 Found", ("Location: https://elsewhere/",)),
}


@pytest.mark.parametrize("raw", DOUBTFUL.values(), ids=DOUBTFUL.keys())
async def test_an_answer_that_says_nothing_certain_leaves_the_send_unknown(
    raw: bytes | None,
) -> None:
    result = await send(raw)
    assert result.doubtful
    assert result.outcome is Outcome.UNKNOWN
    assert result.error
    assert not result.not_sent


CERTAIN: Mapping[str, tuple[bytes, Action, int]] = {
    "blocked": (refused(403, "Forbidden: bot was blocked by the user"), Action.BLOCKED, 403),
    "gone": (refused(400, "Bad Request: chat not found"), Action.DROP, 400),
    "413 HTML": (answer(b"<html>", "413 Too Large"), Action.CONTENT_STOP, 413),
    "413 empty": (answer(b"", "413 Too Large"), Action.CONTENT_STOP, 413),
    "401": (refused(401, "Unauthorized"), Action.BOT_STOP, 401),
    "429 empty": (answer(b"", "429 X", ("Retry-After: 9",)), Action.WAIT, 429),
    "200 not ok": (answer(b'{"ok":false,"error_code":400,"description":"x"}'), Action.SKIP, 400),
    "400 ok": (answer(b'{"ok":true,"result":{}}', "400 X"), Action.SKIP, 400),
}


@pytest.mark.parametrize(("raw", "action", "code"), CERTAIN.values(), ids=CERTAIN.keys())
async def test_a_4xx_is_certain_whatever_its_body(raw: bytes, action: Action, code: int) -> None:
    result = await send(raw)
    assert (result.action, result.error_code, result.doubtful) == (action, code, False)
    assert result.verdict is not None


async def test_retry_after_comes_from_the_body_before_the_header() -> None:
    raw = refused(429, "Too Many Requests: retry after 3019", retry_after=3019)
    verdict = (await send(raw.replace(b"\r\n\r\n", b"\r\nRetry-After: 1\r\n\r\n", 1))).verdict
    assert verdict is not None
    assert verdict.retry_after_s == 3019
    verdict = (await send(CERTAIN["429 empty"][0])).verdict
    assert verdict is not None
    assert verdict.retry_after_s == 9


async def test_a_migrated_group_is_to_be_sent_again() -> None:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    result = await send(refused(400, words, migrate_to_chat_id=-1009))
    assert result.outcome is None
    assert result.verdict is not None
    assert result.verdict.migrate_to_chat_id == -1009


async def test_without_a_server_nothing_was_sent() -> None:
    async with serving(lambda request, writer: asyncio.sleep(0)) as server:
        url = server.url
    api = BotApi(HttpTransport(url))
    result = await api.send_body(request_path(TOKEN, "sendMessage"), b'{"chat_id":5}')
    assert result.not_sent
    assert result.outcome is None
    assert result.error
    with pytest.raises(NotSent):
        await api.get_me(TOKEN)
    await api.close()


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (refused(401, "Unauthorized"), errors.TokenRefused),
        (refused(404, "Not Found"), errors.TokenRefused),
        (refused(409, "Conflict: terminated by other getUpdates request"), errors.Conflict),
        (refused(429, "Too Many Requests: retry after 7", retry_after=7), errors.TooManyRequests),
        (refused(400, "Bad Request: x", migrate_to_chat_id=-5), errors.Migrated),
        (refused(400, "Bad Request: x"), errors.ApiError),
        (answer(b"<html>", "502 Bad Gateway"), Doubtful),
        (answer(b'{"ok":true,"result":{"id":"no number"}}'), Doubtful),
        (None, Doubtful),
    ],
)
async def test_every_failure_is_an_error_of_its_kind_without_the_token(
    raw: bytes | None, kind: type[Exception]
) -> None:
    async with talking(raw) as (api, _):
        for attempt in (api.get_me(TOKEN), api.get_updates(TOKEN)):
            with pytest.raises(errors.TelegramError) as caught:
                await attempt
            chain: BaseException | None = caught.value
            assert type(caught.value) is kind
            while chain is not None:
                assert SECRET not in f"{chain} {chain!r}"
                chain = chain.__cause__ or chain.__context__


@pytest.mark.parametrize(
    "token", ["", "x", "1:2", f"{TOKEN}\r\nX: y", f"{TOKEN}/../x", "0:" + SECRET]
)
async def test_what_is_no_token_never_reaches_the_wire(token: str) -> None:
    async with talking(b"") as (api, server):
        with pytest.raises(errors.TokenRefused, match="not a bot token"):
            await api.get_me(token)
        assert not server.requests


async def test_a_method_that_is_no_word_and_text_that_is_no_unicode_never_reach_the_wire() -> None:
    async with talking(b"") as (api, server):
        for method in ("", "getMe\r\nX: y", "getMe/../x", "gеtMe"):
            with pytest.raises(errors.ApiError, match="method not found"):
                await api.call(TOKEN, method, returns=object)
        with pytest.raises(errors.ApiError, match="UTF-8"):
            await api.call(TOKEN, "sendMessage", {"text": "\ud800"}, returns=object)
        assert not server.requests


async def test_updates_arrive_even_when_one_of_them_breaks_the_json() -> None:
    body_text = (
        rb'{"ok":true,"result":[{"update_id":1},{"update_id":2,"message":{"message_id":1,'
        rb'"chat":{"id":1},"text":"\ud800"}},{"update_id":3,"message":1}]}'
    )

    async with talking(answer(body_text)) as (api, server):
        batch = await api.get_updates(TOKEN, 1)
        assert [update.update_id for update in batch.updates] == [1, 2]
        assert [problem.update_id for problem in batch.problems] == [3]
        asked = json.loads(server.requests[0].body)
        assert (asked["offset"], asked["limit"], asked["timeout"]) == (1, 100, 50)
        assert "my_chat_member" in asked["allowed_updates"]


async def test_a_file_is_uploaded_as_multipart_beside_its_parameters() -> None:
    async with talking(ok(MESSAGE)) as (api, server):
        upload = Upload(b"\x00\r\n--x\xff", 'a"\r\nX: y.png', "image/png")
        params = {"chat_id": 5, "caption": "ы", "reply_markup": {"a": [1]}, "x": None}
        sent = await api.call(TOKEN, "sendPhoto", params, returns=Message, files={"photo": upload})
        assert sent.message_id == 17
        request = server.requests[0]
        assert request.path.endswith("/sendPhoto")
        boundary = request.headers["content-type"].partition("boundary=")[2].encode()
        first, *parts, last = request.body.split(b"--" + boundary)
        assert (first, last) == (b"", b"--\r\n")
        fields = dict(part.strip(b"\r\n").split(b"\r\n\r\n", 1) for part in parts[:-1])
        head = b'Content-Disposition: form-data; name="%b"'
        assert fields == {
            head % b"chat_id": b"5",
            head % b"caption": "ы".encode(),
            head % b"reply_markup": b'{"a":[1]}',
        }
        assert parts[-1] == (
            b'\r\nContent-Disposition: form-data; name="photo"; filename="a___X: y.png"\r\n'
            b"Content-Type: image/png\r\n\r\n\x00\r\n--x\xff\r\n"
        )


async def test_without_a_file_parameters_are_sent_as_json_without_those_that_are_none() -> None:
    async with talking(ok(MESSAGE)) as (api, server):
        params = {"chat_id": 5, "document": "BQAC", "x": None}
        await api.call(TOKEN, "sendDocument", params, returns=Message)
        assert json.loads(server.requests[0].body) == {"chat_id": 5, "document": "BQAC"}
        assert server.requests[0].path.endswith("/sendDocument")
