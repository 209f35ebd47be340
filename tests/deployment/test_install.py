"""`crier install` writes into a folder what nginx, systemd, logrotate and Supervisor then take."""

import http.client
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from crier.cli import crier
from tests.support import servers
from tests.support.certificate import make_certificate
from tests.support.ports import free_port
from tests.support.waiting import until

URL = "https://ads.example.com"
TLS = "/etc/letsencrypt/live/ads.example.com"
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A server with a certificate, and with somebody else's files."""
    folder = tmp_path / "root"
    tls = folder / TLS.lstrip("/")
    tls.mkdir(parents=True)
    made = make_certificate(tls, "ads.example.com")
    made.chain.rename(tls / "fullchain.pem")
    made.key.rename(tls / "privkey.pem")
    (folder / "etc" / "nginx" / "conf.d").mkdir(parents=True)
    (folder / "etc" / "nginx" / "conf.d" / "others.conf").write_text("# another's\n")
    return folder


def ask(root: Path, *arguments: str, says: str = "", **environment: str) -> Result:
    """Type a command, with these variables set alone, and answer its question."""
    given: dict[str, str | None] = {name: None for name in os.environ if "CRIER" in name}
    given |= {"CRIER_PUBLIC_URL": URL, "CRIER_SMTP_URL_FILE": "", **environment}
    command = [*arguments[:1], "--root", str(root), *arguments[1:]]
    return CliRunner().invoke(crier, command, input=says, env=given)


def tree(root: Path) -> dict[str, object]:
    """Return everything that is there, with its content and its mode."""
    return {
        str(path.relative_to(root)): (
            str(path.readlink())
            if path.is_symlink()
            else (path.read_text() if path.is_file() else None, path.stat().st_mode)
        )
        for path in root.rglob("*")
    }


@pytest.mark.parametrize("way", ["systemd", "supervisor"])
def test_it_shows_asks_writes_once_and_takes_away_what_it_wrote(root: Path, way: str) -> None:
    external = {"CRIER_DATABASE_URL": "postgresql://crier@db/crier", "CRIER_REDIS_URL": "redis://r"}
    command = ("install", "--with", way)
    before = tree(root)
    shown = ask(root, *command, "--dry-run", **external)
    assert "write   /etc/nginx/sites-available/crier" in shown.output
    assert "refused" not in ask(root, *command, says="n\n", **external).output
    assert tree(root) == before
    assert ask(root, *command, says="y\n", **external).exit_code == 0
    written = tree(root)
    assert len(written) > len(before) + 10
    secret = root / "etc/crier/crier.env"
    assert secret.stat().st_mode & 0o777 == 0o600
    again = ask(root, *command, "--yes", **external)
    assert again.output == "nothing to do\n"
    assert tree(root) == written
    assert ask(root, "uninstall", "--yes").exit_code == 0
    assert tree(root) == before


def test_what_somebody_changed_is_neither_overwritten_nor_removed(root: Path) -> None:
    assert ask(root, "install", "--yes").exit_code == 0
    site = root / "etc/nginx/sites-available/crier"
    site.write_text(f"{site.read_text()}# mine\n")
    kept = root / "etc/crier/crier.env"
    kept.write_text(kept.read_text().replace("DEMO='0'", "DEMO='0'\nCRIER_WORKERS='3'"))
    before = tree(root)
    refused = ask(root, "install", "--yes")
    assert "move it away" in str(refused.exception)
    assert tree(root) == before
    log = root / "var/log/crier/nginx.log"
    log.write_text("a line\n")
    gone = ask(root, "uninstall", "--yes")
    assert "changed since it was written" in gone.output
    assert site.exists()
    assert kept.exists()
    assert log.exists()
    assert not (root / "etc/systemd/system/crier.service").exists()


def test_a_file_of_somebody_elses_is_in_the_way(root: Path) -> None:
    (root / "etc/nginx/conf.d/crier.conf").write_text("# another's\n")
    before = tree(root)
    assert "move it away" in str(ask(root, "install", "--yes").exception)
    assert tree(root) == before


def test_no_site_is_opened_without_a_certificate(root: Path) -> None:
    """nginx would start no more, and take its other sites with it."""
    shutil.rmtree(root / "etc/letsencrypt")
    assert "certbot" in ask(root, "install", "--yes").output
    assert not (root / "etc/nginx/sites-enabled/crier").exists()


def test_a_setting_that_is_wrong_or_missing_is_named(root: Path) -> None:
    assert "CRIER_PUBLIC_URL" in str(ask(root, "install", CRIER_PUBLIC_URL="").exception)
    assert "https" in str(ask(root, "install", CRIER_PUBLIC_URL="http://a.example.com").exception)
    assert "--with systemd" in str(ask(root, "install", "--with", "supervisor").exception)
    assert "CRIER_SEND_RATE" in str(ask(root, "install", CRIER_SEND_RATE="fast").exception)


@pytest.mark.parametrize("below", ["", "/crier"])
def test_the_real_nginx_takes_the_site(root: Path, below: str) -> None:
    assert ask(root, "install", "--yes", CRIER_PUBLIC_URL=f"{URL}{below}").exit_code == 0
    (root / "var/cache").mkdir()
    for path in (root / "etc/nginx").rglob("*"):
        if path.is_file():
            path.write_text(here(root, path.read_text()))
    server = "server { listen 8443; include snippets/crier.conf; }" if below else ""
    (root / "etc/nginx/nginx.conf").write_text(
        f"pid {root}/nginx.pid; error_log {root}/error.log; events {{ }}\n"
        f"http {{ include {root}/etc/nginx/conf.d/*.conf;"
        f" include {root}/etc/nginx/sites-enabled/*; {server} }}\n"
    )
    enabled = root / "etc/nginx/sites-enabled/crier"
    if enabled.is_symlink():
        enabled.unlink()
        enabled.symlink_to(root / "etc/nginx/sites-available/crier")
    nginx = shutil.which("nginx", path=PATH)
    assert nginx, "install nginx (Debian: apt-get install nginx-light)"
    command = [nginx, "-t", "-c", f"{root}/etc/nginx/nginx.conf", "-e", f"{root}/error.log"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def here(root: Path, text: str) -> str:
    """Have the paths of a server lie in its folder, and ports that are free."""
    text = re.sub(r"(?<=[ =])/(etc|var)/", rf"{root}/\1/", text)
    return re.sub(r"listen (\[::\]:)?(80|443)\b", lambda found: f"listen {free_port()}", text)


def test_systemd_and_logrotate_take_their_files(root: Path) -> None:
    assert ask(root, "install", "--yes").exit_code == 0
    checks = {
        "systemd-analyze": ("verify", f"{root}/etc/systemd/system/crier.service"),
        "logrotate": ("-d", "-s", f"{root}/state", f"{root}/etc/logrotate.d/crier"),
    }
    for name, arguments in checks.items():
        program = shutil.which(name, path=PATH)
        assert program, f"install {name} (Debian: apt-get install systemd logrotate)"
        done = subprocess.run([program, *arguments], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "error" not in done.stderr.lower(), done.stderr
        assert "crier.service" not in done.stderr, done.stderr


def test_the_real_supervisor_runs_the_table(root: Path, database_url: str, valkey_url: str) -> None:
    port = free_port()
    settings = {
        "CRIER_DATABASE_URL": database_url,
        "CRIER_REDIS_URL": valkey_url,
        "CRIER_DATA_DIR": str(root / "data"),
        "CRIER_HTTP_BIND": f"127.0.0.1:{port}",
        "CRIER_TELEGRAM_API_URL": "http://127.0.0.1:9",
        "CRIER_WORKERS": "1",
    }
    done = ask(root, "install", "--with", "supervisor", "--yes", **settings)
    assert done.exit_code == 0, done.exception
    table = here(root, (root / "etc/supervisor/conf.d/crier.conf").read_text())
    configuration = root / "supervisord.conf"
    configuration.write_text(
        f"[supervisord]\nnodaemon=true\nlogfile={root}/supervisord.log\npidfile={root}/pid\n"
        f"user={'root' if os.geteuid() == 0 else os.environ.get('USER', '')}\n{table}"
    )
    command = [str(Path(sys.executable).with_name("supervisord")), "-c", str(configuration)]
    with (
        servers.running(command, root / "output", lambda: is_ready(port)),
        psycopg.connect(database_url, autocommit=True) as connection,
    ):
        workers = "SELECT id FROM workers"
        until(lambda: connection.execute(workers).fetchall(), 60, "the worker to begin")
    assert (root / "var/log/crier/crier-worker-0.log").is_file()


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
