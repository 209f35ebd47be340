"""A real S3 server for tests: `rclone serve s3`, which checks every signature.

Its buckets are folders, so that a test can look at what really lies there.
"""

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType

from crier.setting_groups import S3
from crier.storage.uploads.s3 import S3Uploads
from tests.support import servers
from tests.support.ports import free_port

BUCKET, ACCESS_KEY, SECRET_KEY = "crier-uploads", "CRIERKEY", "dSx7Vb0qT3fJm9LpWz2K"


class S3Server:
    """The server, on one port for as long as it is started and stopped."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._running = ExitStack()
        self.bucket = folder / "buckets" / BUCKET
        self.bucket.mkdir(parents=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a program that keeps its uploads here."""
        return {
            "CRIER_S3_URL": self.url,
            "CRIER_S3_BUCKET": BUCKET,
            "CRIER_S3_ACCESS_KEY": ACCESS_KEY,
            "CRIER_S3_SECRET_KEY": SECRET_KEY,
        }

    def uploads(
        self, changed: Mapping[str, str] = MappingProxyType({}), *, patience_s: float = 20.0
    ) -> S3Uploads:
        """Return the storage as a program has it, with these settings changed."""
        settings = {"url": self.url, "bucket": BUCKET, "region": "us-east-1"}
        keys = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
        return S3Uploads(S3(**{**settings, **keys, **changed}), patience_s)

    def start(self, *options: str) -> None:
        """Serve what the folder holds; returns when it answers. `options` are rclone's own."""
        program = shutil.which("rclone", path=str(Path(sys.executable).parent))
        assert program is not None, "rclone is not installed: make check installs it"
        command = [program, "serve", "s3", "--addr", f"127.0.0.1:{self._port}"]
        keys = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", "/dev/null", *options]
        place = str(self._folder / "buckets")
        log = self._folder / "log"
        self._running.enter_context(servers.running([*command, *keys, place], log, self._answers))

    def stop(self) -> None:
        """End it; its port answers nobody until `start`."""
        self._running.close()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """A server with one empty bucket."""
    folder = Path(tempfile.mkdtemp(prefix="crier-s3-"))
    server = S3Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
