"""Visitors of the platform who read and write all the time, while something is done to it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException

from tests.support.nginx import Answer

Ask = Callable[[str, str, object], Answer]
"""One visitor's way to make a request: its verb, its path and its body."""


class Load:
    """One thread for each visitor; `answers` counts what was not good by what it was."""

    def __init__(self, visitors: Sequence[Ask]) -> None:
        self._visitors = visitors
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.answers: Counter[str] = Counter()
        self.made: set[int] = set()
        """The ads that the platform said were created."""

    @contextmanager
    def running(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._visit, args=[ask]) for ask in self._visitors]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _visit(self, ask: Ask) -> None:
        body = {"title": "Fair", "content": "Open."}
        while not self._stop.is_set():
            self._ask(ask, "GET", "/api/bots", None, 200)
            self._ask(ask, "POST", "/api/ads/create", body, 201)
            self._ask(ask, "GET", "/bots", None, 200)

    def _ask(self, ask: Ask, verb: str, path: str, body: object, expected: int) -> None:
        try:
            answer = ask(verb, path, body)
            said = "good" if answer.status == expected else f"{verb} {path}: {answer.status}"
        except (OSError, HTTPException) as error:
            said = f"{verb} {path}: {error!r}"
        with self._lock:
            self.answers[said] += 1
            if said == "good" and verb == "POST":
                self.made.add(answer.json["id"])
