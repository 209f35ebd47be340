"""A small HTTP server of the test's own: keeps what is posted, answers what the test says."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Post:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes
    answer_headers: dict[str, str] = field(default_factory=dict)
    """More headers for its answer."""


Answer = Callable[[Post], tuple[int, bytes]]


@dataclass
class Listener:
    """A running server at `url`; `answer` may be changed at any time."""

    answer: Answer
    url: str = ""
    posts: list[Post] = field(default_factory=list)


@contextmanager
def listening(answer: Answer = lambda post: (200, b"")) -> Iterator[Listener]:
    """Listen on a free port of loopback until the block ends."""
    listener = Listener(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            post = Post(self.path, headers, body)
            status, answered = listener.answer(post)
            listener.posts.append(post)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answered)))
            for name, value in post.answer_headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answered)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
