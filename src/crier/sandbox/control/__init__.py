"""The control API: everything a test does to the world besides being a bot. JSON in, JSON out."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl

import msgspec

from crier.sandbox.arguments import to_integer
from crier.sandbox.bot import Bot
from crier.sandbox.errors import ApiError
from crier.sandbox.http import Request, Response
from crier.sandbox.wire import Json, encode
from crier.sandbox.world import World

T = TypeVar("T")


class NotFoundError(Exception):
    """Answered by 404."""


class Order(NamedTuple):
    """One request of the control API."""

    world: World
    body: bytes
    query: dict[str, str]
    names: dict[str, str]

    def read(self, kind: type[T]) -> T:
        """Return the body as `kind`, an empty one as {}.

        Raises:
            msgspec.ValidationError: it is none.
        """
        return msgspec.json.decode(self.body or b"{}", type=kind)

    @property
    def bot(self) -> Bot:
        """Return the bot that the path names.

        Raises:
            NotFoundError: there is none.
        """
        bot_id = int(self.names["bot"])
        if bot_id not in self.world.bots:
            raise NotFoundError(f"there is no bot {bot_id}")
        return self.world.bots[bot_id]

    def integer(self, name: str, default: int) -> int:
        return to_integer(self.query[name]) if name in self.query else default


MAX_PROBLEM = 300  # characters of an error's text, which may quote what was sent
Action = Callable[[Order], object]  # an answer to encode, or an awaitable of one


class Control:
    """Routes `/control/...` to its actions."""

    def __init__(self, world: World, routes: list[tuple[str, str, Action]]) -> None:
        self._world = world
        self._routes = [
            (verb, re.compile(path.replace("{bot}", r"(?P<bot>\d{1,18})")), action)
            for verb, path, action in routes
        ]

    async def handle(self, request: Request) -> Response:
        expected = self._world.config.control_token
        given = request.headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        if expected and not hmac.compare_digest(given, expected.encode()):
            return _problem(401, "the control API needs the header Authorization: Bearer <token>")
        path, _, query = request.target.decode("latin-1").partition("?")
        action, names = self._find(request.method, path.rstrip("/"))
        if action is None:
            return _problem(404, f"no such control endpoint: {request.method} {path}")
        order = Order(self._world, request.body, dict(parse_qsl(query)), names)
        return await self._act(action, order, request.method)

    async def _act(self, action: Action, order: Order, verb: str) -> Response:
        try:
            result = action(order)
            if isinstance(result, Awaitable):
                result = await result
        except NotFoundError as error:
            return _problem(404, str(error))
        except (ValueError, msgspec.DecodeError) as error:
            return _problem(400, str(error))
        except ApiError as error:
            return _problem(400, error.description)
        if verb != "GET":
            self._world.touch(urgent=True)
        return Response(200, encode(result))

    def _find(self, verb: str, path: str) -> tuple[Action | None, dict[str, str]]:
        for wanted, pattern, action in self._routes:
            match = pattern.fullmatch(path)
            if match and wanted == verb:
                return action, match.groupdict()
        return None, {}


def _problem(status: int, text: str) -> Response:
    body: Json = {"error": text if len(text) <= MAX_PROBLEM else f"{text[: MAX_PROBLEM - 1]}…"}
    return Response(status, encode(body))
