"""Calls of JSON APIs on this machine, without an HTTP library that would log its URLs."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from crier.stack.errors import StackError


class JsonApi:
    """One server; `token`, once set, goes along as the bearer token."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self.token: str | None = None

    def call(self, verb: str, path: str, body: object = None) -> Any:
        """Return the answer's JSON; None where there is none.

        Raises:
            StackError: no answer, or one that is no success.
        """
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            connection.request(verb, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise StackError(f"{verb} {path} got no answer ({type(error).__name__})") from None
        finally:
            connection.close()
        if not 200 <= answer.status < 300:
            raise StackError(f"{verb} {path} gave {answer.status}: {_detail(text)}")
        return json.loads(text) if text else None


def _detail(text: bytes) -> str:
    try:
        answer = json.loads(text)
        return str(answer.get("detail") or answer.get("error"))
    except (ValueError, AttributeError):
        return "no reason given"
