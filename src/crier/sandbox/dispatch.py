"""The Bot API's door: path and token, arguments, faults, the method, the envelope."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from urllib.parse import unquote_to_bytes

from crier.sandbox import arguments as args
from crier.sandbox.bot import Bot
from crier.sandbox.calls import Answer, Call, Result
from crier.sandbox.errors import ApiError, too_many
from crier.sandbox.faults import Fault, pick
from crier.sandbox.http import Request, Response, bare, cut
from crier.sandbox.methods import METHODS, SENDING
from crier.sandbox.posting import count_outcome, count_refusal
from crier.sandbox.wire import failure, success
from crier.sandbox.world import World, bot_id_of

_HTML = (
    b"<html>\r\n<head><title>%d %b</title></head>\r\n<body>\r\n<center><h1>%d %b</h1></center>\r\n"
    b"<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)
_NOT_IN_WEBHOOK_ANSWERS = ("setwebhook", "deletewebhook", "close", "logout")
_NAMES = {500: b"Internal Server Error", 502: b"Bad Gateway", 503: b"Service Unavailable"}


class BotApi:
    """Answers requests under `/bot<token>/` and `/file/bot<token>/`."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.execute = self.execute_from_webhook

    def handle(self, request: Request) -> Response | Awaitable[Response]:
        if request.method not in ("GET", "POST"):
            return bare(501)
        target, _, query = request.target.partition(b"?")
        path = (unquote_to_bytes(target) if b"%" in target else target).decode("utf-8", "replace")
        is_file = path.startswith("/file/bot")
        if not is_file and not path.startswith("/bot"):
            return failure(ApiError(404, "Not Found"))
        token, slash, method = path[9 if is_file else 4 :].partition("/")
        if not slash:
            return failure(ApiError(404, "Not Found"))
        try:
            bot = self._open(token, request.peer)
            if is_file:
                return self._download(method)
            kind = request.headers.get(b"content-type", b"")
            arguments = args.read(query, kind, request.body)
        except args.TooLargeError:
            return bare(413)
        except ApiError as error:
            return failure(error)
        return self._call(bot, (method or arguments.get("method", "")).lower(), arguments)

    def _open(self, token: str, peer: str) -> Bot:
        """Return the bot of a token.

        Raises:
            ApiError: a check of the server, in its order, refuses the token.
        """
        bot = self._world.bot_by_token(token)
        if bot is not None:
            self._count_first_use(token, peer)
            if bot.logged_out:
                raise ApiError(400, "Logged out")
            return bot
        head, colon, _ = token.partition(":")
        malformed = ApiError(401, "Unauthorized: invalid token specified")
        if token.startswith("0") or len(token) > 80 or not colon:
            raise malformed
        if not head.removeprefix("-").isdecimal():
            raise ApiError(421, "Misdirected Request: unallowed token specified")
        if not 0 < int(head) < 2**54:
            raise malformed
        if bot_id_of(token) is not None:
            self._count_first_use(token, peer)
        raise ApiError(401, "Unauthorized")

    def _count_first_use(self, token: str, peer: str) -> None:
        """At most so many tokens new to this process in a minute from one address."""
        world, limit = self._world, self._world.limits.new_bots_per_minute
        if not limit or token in world.used_tokens:
            return
        now = world.monotonic()
        times = world.first_uses.setdefault(peer, deque())
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= limit:
            raise too_many(max(1, int(times[0] + 60 - now) + 1))
        times.append(now)
        world.used_tokens.add(token)

    def _download(self, path: str) -> Response:
        content = self._world.files.content(path)
        if content is None:
            return failure(ApiError(404, "Not Found"))
        return Response(200, content, content_type=b"application/octet-stream")

    def _call(
        self, bot: Bot, method: str, arguments: args.Arguments
    ) -> Response | Awaitable[Response]:
        world = self._world
        bot.totals.calls += 1
        if method in METHODS:
            bot.methods[method] = bot.methods.get(method, 0) + 1
        if world.faults:
            chat_id = arguments.get("chat_id", "")
            fault = pick(world.faults, bot.id, method, chat_id, world.monotonic())
            if fault is not None:
                bot.totals.faults += 1
                return self._misbehave(fault, Call(world, bot, method, arguments))
        return self._execute(Call(world, bot, method, arguments))

    def _execute(self, call: Call) -> Response | Awaitable[Response]:
        method = METHODS.get(call.method)
        if method is None:
            return failure(ApiError(404, "Not Found: method not found"))
        try:
            result = method(call)
        except ApiError as error:
            return self._refused(call, error)
        if isinstance(result, bytes):
            return success(result)
        if isinstance(result, Answer):
            return success(result.result, result.description)
        return self._finish(call, result)

    async def _finish(self, call: Call, result: Awaitable[Result]) -> Response:
        try:
            answer = await result
        except ApiError as error:
            return self._refused(call, error)
        if isinstance(answer, Answer):
            return success(answer.result, answer.description)
        return success(answer)

    def _refused(self, call: Call, error: ApiError) -> Response:
        if call.method in SENDING:
            count_refusal(call, error)
        return failure(error)

    # --- faults --------------------------------------------------------------------------------

    async def _misbehave(self, fault: Fault, call: Call) -> Response:
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        needs_effect = fault.after_effect or fault.kind in ("slow", "cut_after", "truncate")
        response = None
        if needs_effect:
            done = self._execute(call)
            response = done if isinstance(done, Response) else await done
        if response is not None and fault.kind == "slow":
            return response
        if response is not None and fault.kind == "truncate":
            response.send_only = len(response.encode(True)) - max(1, len(response.body) // 2)
            return response
        if fault.kind in ("cut_before", "cut_after"):
            return cut()
        return _false_answer(fault, call)

    async def execute_from_webhook(self, bot: Bot, arguments: args.Arguments) -> None:
        """Run a call that came as the answer to a webhook; its result goes nowhere."""
        method = arguments.get("method", "").lower()
        if method not in METHODS or method.startswith("get") or method in _NOT_IN_WEBHOOK_ANSWERS:
            return
        answer = self._call(bot, method, arguments)
        if not isinstance(answer, Response):
            await answer


def _false_answer(fault: Fault, call: Call) -> Response:
    if fault.kind == "flood":
        if call.method in SENDING and not fault.after_effect:
            row = call.bot.roster.find(call.arguments.integer("chat_id"))
            count_outcome(call.bot, row, "flood")
        return failure(too_many(fault.retry_after))
    name = _NAMES.get(fault.status, b"Error")
    if fault.kind == "html":
        page = _HTML % (fault.status, name, fault.status, name)
        return Response(fault.status, page, content_type=b"text/html")
    if fault.kind == "empty":
        return Response(fault.status)
    error = ApiError(fault.status, fault.description or name.decode())
    error.migrate_to_chat_id = fault.migrate_to_chat_id or None
    return failure(error)
