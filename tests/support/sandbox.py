"""A handle on a sandbox process: starts it on a free port, drives its control API, stops it.

    with Sandbox.start() as sandbox:
        bot = sandbox.create_bot()
        sandbox.add_people(bot.id, 5000, blocked_share=0.1)
        ...  # point the product at sandbox.url
        assert sandbox.received_other_than(bot.id, 1) == []

Blocking calls over one keep-alive connection, one at a time. The fixture `sandbox` (in
tests/conftest.py) gives an empty world to each test.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

START_LIMIT_S = 20.0
STOP_LIMIT_S = 5.0

Json = dict[str, Any]


class ControlError(AssertionError):
    """The control API refused; the text is its reason."""


class SandboxBot(NamedTuple):
    """One simulated bot."""

    id: int
    token: str
    username: str


class Received(NamedTuple):
    """What one chat got from one bot."""

    chat_id: int
    accepted: int
    status: str
    attempts: int
    flood: int
    forbidden: int
    duplicates: int


class Sandbox:
    """A running sandbox. `url` is the Bot API's root, `port` its port."""

    def __init__(self, url: str, process: subprocess.Popen[str] | None = None) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    # --- life ----------------------------------------------------------------------------------

    @classmethod
    def start(cls, *options: str, port: int = 0) -> Sandbox:
        """Start `python -m crier.sandbox` with `options` and wait for its ready line."""
        command = [sys.executable, "-m", "crier.sandbox", "--port", str(port), *options]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        watchdog = threading.Timer(START_LIMIT_S, process.kill)
        watchdog.start()
        assert process.stdout is not None
        line = process.stdout.readline()
        watchdog.cancel()
        if not line.startswith("sandbox ready on "):
            process.wait()
            assert process.stderr is not None
            with process.stdout, process.stderr:
                raise RuntimeError(f"the sandbox did not start: {process.stderr.read().strip()}")
        return cls(line.removeprefix("sandbox ready on ").strip(), process)

    @classmethod
    def connect(cls, url: str) -> Sandbox:
        """A handle of its own connection on a sandbox that runs already; `disconnect` it."""
        return cls(url)

    def disconnect(self) -> None:
        self._connection.close()

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None, "this handle did not start the sandbox"
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def cpu_s(self) -> float:
        """CPU time that its process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        """SIGTERM, and the exit code. What it wrote to stderr fails the test: it had a bug."""
        self._connection.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=STOP_LIMIT_S)
        assert not errors, f"the sandbox reported: {errors}"
        return self.process.returncode

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        self._connection.close()
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # --- calls ---------------------------------------------------------------------------------

    def control(self, verb: str, path: str, body: object = None) -> Any:
        """One call of the control API; `path` comes after `/control`. Raises ControlError."""
        status, answer = self._request(verb, f"/control{path}", body)
        if status != 200:
            raise ControlError(f"{verb} /control{path}: {status} {answer.get('error')}")
        return answer

    def call(self, token: str, method: str, **arguments: object) -> Json:
        """One Bot API call; the whole answer, good or bad."""
        answer: Json = self._request("POST", f"/bot{token}/{method}", arguments)[1]
        return answer

    def _request(self, verb: str, path: str, body: object) -> tuple[int, Any]:
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with self._lock:
            try:
                self._connection.request(verb, path, data, headers)
            except BrokenPipeError:  # the sandbox closed it meanwhile; nothing was taken
                self._connection.close()
                self._connection.request(verb, path, data, headers)
            try:
                response = self._connection.getresponse()
            except (OSError, http.client.HTTPException):
                self._connection.close()  # one fault is not to fail every later test
                raise
            text = response.read()
        return response.status, json.loads(text) if text else {}

    # --- bots ----------------------------------------------------------------------------------

    def create_bot(
        self,
        token: str = "",
        username: str = "",
        first_name: str = "",
        stars: int = 0,
        games: Sequence[Json] = (),
    ) -> SandboxBot:
        new: Json = {"token": token, "username": username, "first_name": first_name, "stars": stars}
        new["games"] = list(games)
        return _bots(self.control("POST", "/bots", {"bots": [new]}))[0]

    def create_bots(self, count: int) -> list[SandboxBot]:
        return _bots(self.control("POST", "/bots", {"count": count}))

    def bots(self) -> list[SandboxBot]:
        return _bots(self.control("GET", "/bots"))

    def bot(self, bot_id: int) -> Json:
        """Everything the sandbox shows of a bot: totals, methods, commands, is_polling, ..."""
        shown: Json = self.control("GET", f"/bots/{bot_id}")
        return shown

    def change_bot(self, bot_id: int, **changes: object) -> Json:
        """`first_name=`, `stars=`, `limits={...}` (None: the common ones)."""
        shown: Json = self.control("PATCH", f"/bots/{bot_id}", changes)
        return shown

    def revoke(self, bot_id: int, *, new_token: bool = False) -> SandboxBot:
        """Make the token worthless; with `new_token` the bot gets another one."""
        shown = self.control("POST", f"/bots/{bot_id}/revoke", {"new_token": new_token})
        return _bots({"bots": [shown]})[0]

    def ban(self, bot_id: int, seconds: float) -> None:
        self.control("POST", f"/bots/{bot_id}/ban", {"seconds": seconds})

    # --- people and groups -----------------------------------------------------------------------

    def add_people(self, bot_id: int, count: int, **options: object) -> range:
        """Make `count` people of a bot; the range of their ids.

        Options: first_id, status, blocked_share, deleted_share, seen_share, languages, seed.
        """
        body = {"count": count, **options}
        made = self.control("POST", f"/bots/{bot_id}/people", body)
        return range(made["first_id"], made["last_id"] + 1)

    def add_person(self, bot_id: int, person_id: int, **options: object) -> int:
        """One described person: first_name, last_name, username, language_code, status, photo."""
        people = {"people": [{"id": person_id, **options}]}
        self.control("POST", f"/bots/{bot_id}/people", people)
        return person_id

    def add_group(self, bot_id: int, title: str = "Group", **options: object) -> int:
        """A group that the bot is in: type, username, id, status, denied, is_update.

        Also is_forum, creator, members, requests, and the bot's own rights.
        """
        group: int = self.control("POST", f"/bots/{bot_id}/groups", {"title": title, **options})[
            "id"
        ]
        return group

    def set_status(self, bot_id: int, status: str, *chats: int, is_update: bool = True) -> None:
        """started, blocked, deleted, seen; in groups member, administrator, kicked, left, gone."""
        body = {"status": status, "chats": list(chats), "is_update": is_update}
        self.control("POST", f"/bots/{bot_id}/status", body)

    def block(self, bot_id: int, *people: int) -> None:
        self.set_status(bot_id, "blocked", *people)

    def unblock(self, bot_id: int, *people: int) -> None:
        self.set_status(bot_id, "started", *people)

    def delete_account(self, bot_id: int, *people: int) -> None:
        self.set_status(bot_id, "deleted", *people)

    def migrate(self, bot_id: int, group_id: int) -> int:
        """A basic group becomes a supergroup; its new id."""
        moved: int = self.control("POST", f"/bots/{bot_id}/migrate", {"chat": group_id})["id"]
        return moved

    # --- what people do ------------------------------------------------------------------------

    def write(self, bot_id: int, sender: int, text: str, **options: object) -> int:
        """A message of a person; its message id. Options: chat, content, kind."""
        sent: int = self.control(
            "POST", f"/bots/{bot_id}/messages", {"from": sender, "text": text, **options}
        )["first_id"]
        return sent

    def write_many(self, bot_id: int, count: int, text: str = "message {n}") -> int:
        """`count` messages by the bot's people in turn; how many of them were queued."""
        body = {"count": count, "text": text}
        queued: int = self.control("POST", f"/bots/{bot_id}/messages", body)["queued"]
        return queued

    def press(self, bot_id: int, sender: int, **options: object) -> Json:
        """A press on a button: message_id, data, button, chat. Gives callback_query_id, data."""
        body = {"from": sender, **options}
        pressed: Json = self.control("POST", f"/bots/{bot_id}/callbacks", body)
        return pressed

    def push_updates(self, bot_id: int, *updates: Json) -> list[int]:
        """Raw updates, each {"kind": ..., "payload": {...}}; their ids."""
        body = {"updates": list(updates)}
        ids: list[int] = self.control("POST", f"/bots/{bot_id}/updates", body)["update_ids"]
        return ids

    # --- faults and limits -----------------------------------------------------------------------

    def set_limits(self, **limits: float) -> Json:
        """bot_rate, bot_burst, chat_rate, chat_burst, group_per_minute, absorb_s, ban_s, ..."""
        changed: Json = self.control("PATCH", "/limits", limits)
        return changed

    def add_fault(self, kind: str, **options: object) -> int:
        """flood, error, html, empty, slow, cut_before, cut_after, truncate; the fault's id.

        Options: bot, methods, chats, count, duration_s, probability, status, description,
        retry_after, migrate_to_chat_id, delay_s, after_effect.
        """
        fault: int = self.control("POST", "/faults", {"kind": kind, **options})["id"]
        return fault

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def reset(self, what: str = "all") -> None:
        """`all`: an empty world; `counters`: same world, nothing counted, no faults."""
        self.control("POST", "/reset", {"what": what})

    # --- what was counted ------------------------------------------------------------------------

    def totals(self, bot_id: int | None = None) -> dict[str, int]:
        """Totals of a bot, or of all."""
        if bot_id is not None:
            return dict(self.bot(bot_id)["totals"])
        return dict(self.control("GET", "/totals")["all"])

    def chat(self, bot_id: int, chat_id: int) -> Json:
        """Status and counters of one chat."""
        shown: Json = self.control("GET", f"/bots/{bot_id}/chats/{chat_id}")
        return shown

    def received(self, bot_id: int, query: str = "") -> Iterator[Received]:
        """Counters of all chats, page by page; `query` as in the control API (`accepted=0`)."""
        after: int | None = 0
        while after is not None:
            path = f"/bots/{bot_id}/received?after={after}&limit=20000&{query}"
            page = self.control("GET", path)
            yield from (Received(*line) for line in page["chats"])
            after = page["next"]

    def received_other_than(self, bot_id: int, times: int, status: str = "started") -> list[int]:
        """Chats of `status` that did not get exactly `times` messages."""
        query = f"not={times}&status={status}"
        return [line.chat_id for line in self.received(bot_id, query)]

    def outbox(self, bot_id: int, chat_id: int = 0, *, incoming: bool = False) -> list[Json]:
        """Messages still known in full, oldest first."""
        query = f"chat={chat_id}&limit=100000&incoming={int(incoming)}"
        path = f"/bots/{bot_id}/outbox?{query}"
        return [item["message"] for item in self.control("GET", path)["messages"]]

    def texts(self, bot_id: int) -> list[Json]:
        """The last 1,000 different texts: text, accepted, duplicates."""
        texts: list[Json] = self.control("GET", f"/bots/{bot_id}/texts")["texts"]
        return texts


def _bots(shown: Json) -> list[SandboxBot]:
    return [SandboxBot(bot["id"], bot["token"], bot["username"]) for bot in shown["bots"]]
