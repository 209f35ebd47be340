"""The production server: Granian, whose network side is Rust (docs/decisions/0011-wsgi-server.md).

Idle and slow connections cost no thread: Granian reads headers, `crier.api.server.bridge` bodies,
and a thread answers a request that is whole.
"""

import atexit
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from crier import listening
from crier.observability import garbage, logs, parent, tracing
from crier.secrets.keyring import Keyring
from crier.secrets.vault import Vault
from crier.settings import Settings
from crier.storage import reach

if TYPE_CHECKING:
    from crier.api.server.bridge import Bridge

log = logging.getLogger(__name__)
_HEADER_MS = 10_000
_HEADER_BYTES = 64 * 1024
_CONNECTIONS = 16_384
_STOP_S = 15
_LAST_REQUESTS_S = 1.0  # for those of connections that were made before the socket refused


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered first.

    Where standard input is a socket that listens, it is served, and `CRIER_HTTP_BIND` is not.

    Raises:
        CrierError: a setting does not do.
    """
    logs.configure(settings, program="api")
    log.info("registration", extra={"note": settings.registration})
    # What may be wrong with the settings fails here, at once. The application itself is imported
    # only where it runs: it takes as long as everything else of the start.
    Keyring.signing(settings)
    Vault.of(settings)
    _Server(
        "crier.api.serve:make_app",
        factory=True,
        address=settings.http_host,
        port=settings.http_port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        workers=1,
        backlog=listening.BACKLOG,
        backpressure=_CONNECTIONS,
        loop=Loops.uvloop,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MS, max_buffer_size=_HEADER_BYTES),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.2,
        workers_kill_timeout=_STOP_S,
    ).serve()


class _Server(MPServer):
    """Granian on a socket that was open before it and stays open after it (what connects between
    two processes waits for the second), or on one of its own, which refuses before it ends."""

    _ssp: Any
    _shd: Any
    _sfd: Any

    def _init_shared_socket(self) -> None:
        self._is_held = listening.is_listener(0)
        self._ssp, self._sso = None, None
        # Another descriptor: a process that multiprocessing forks has another standard input.
        self._sfd = listening.given_or_opened(self.bind_addr, self.bind_port)
        self._shd = SocketHolder(self._sfd, False, listening.BACKLOG)  # type: ignore[call-arg]

    def shutdown(self, exit_code: int = 0) -> None:
        """End; a proxy before a socket of our own asks another API from now on."""
        if not self._is_held and sys.platform == "linux":
            listening.refuse(self._sfd)
            time.sleep(_LAST_REQUESTS_S)
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]


def make_app() -> "Bridge":
    """Return the application in the server's worker process, which ends with the one that started
    it."""
    parent.end_with()
    with garbage.frozen():
        from crier.api.app import create_app
        from crier.api.http import access, headers
        from crier.api.http.deps import NAME, Deps
        from crier.api.routes import analytics, clicks
        from crier.api.routes import logs as log_routes
        from crier.api.server.bridge import Bridge

    settings = Settings.from_environment()
    errors = logs.configure(settings, program="api")
    reach.note_uploads(settings)
    tracing.start(settings, program="api")
    atexit.register(tracing.stop)
    app = create_app(settings, errors=errors)
    deps: Deps = app.extensions[NAME]
    deps.sampler.start()
    atexit.register(deps.sampler.stop)
    return Bridge(
        app.wsgi_app,
        lambda method, path: access.body_limit(app, method, path),
        exports=(analytics.EXPORT, log_routes.EXPORT),
        quick={clicks.PREFIX: clicks.QuickClicks(app)},
        always=headers.always(settings),
        stopping=deps.feed.end,
    )
