"""PgBouncer before the tests' PostgreSQL."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from crier.settings import APPLICATION_ROLE
from crier.stack import ownership
from tests.support import servers
from tests.support.ports import free_port
from tests.support.postgres import Cluster

PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


@contextmanager
def running_pooler(cluster: Cluster, database_url: str, **settings: str) -> Iterator[str]:
    """URL of the same database through PgBouncer, as the application's role."""
    program = shutil.which("pgbouncer", path=PATH)
    assert program, "install pgbouncer (Debian: apt-get install pgbouncer)"
    database, port = urlsplit(database_url).path.strip("/"), free_port()
    given = {"listen_addr": "127.0.0.1", "listen_port": str(port), "auth_type": "any", **settings}
    given["unix_socket_dir"] = ""
    with tempfile.TemporaryDirectory(prefix="crier-pooler-") as folder:
        Path(folder).chmod(0o755)
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(
            f"[databases]\n{database} = host={cluster.sockets} user={APPLICATION_ROLE}\n"
            "[pgbouncer]\n" + "".join(f"{name} = {value}\n" for name, value in given.items())
        )
        url = f"postgresql://{APPLICATION_ROLE}@127.0.0.1:{port}/{database}"
        log = Path(folder) / "log"
        with servers.running(
            [program, str(file)], log, lambda: _answers(url), account=ownership.APPLICATION
        ):
            yield url


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
