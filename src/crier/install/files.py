"""What a server gets: files and links by their path, as text."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from crier import setting_values
from crier.errors import SettingsError
from crier.install.errors import InstallError
from crier.install.templates import filled
from crier.settings import Settings
from crier.stack import programs

Runner = Literal["systemd", "supervisor"]
ENVIRONMENT: Final = "/etc/crier/crier.env"
LOCATIONS: Final = "/etc/nginx/snippets/crier.conf"
UNIT: Final = "/etc/systemd/system/crier.service"
TABLE: Final = "/etc/supervisor/conf.d/crier.conf"
SITE: Final = "/etc/nginx/sites-available/crier"
FOLDERS: Final = ("/etc/crier/maintenance", "/var/log/crier")
_DEFAULTS: Final = {
    "CRIER_DATA_DIR": "/var/lib/crier",
    "CRIER_TRUSTED_PROXIES": "127.0.0.1",
    "CRIER_REGISTRATION": "closed",
    "DEMO": "0",
}
_OURS: Final = ("CRIER_", "OTEL_")
_SECRET_MODE, _MODE = 0o600, 0o644


@dataclass(frozen=True)
class TextFile:
    """One to be written; `is_kept` is one that is its reader's from then on."""

    text: str
    mode: int = _MODE
    is_kept: bool = False


@dataclass(frozen=True)
class Wanted:
    """All that there is to be; `start` is what a person does then."""

    files: Mapping[str, TextFile]
    links: Mapping[str, str]
    start: tuple[str, ...]


def wanted(given: Mapping[str, str], runner: Runner, tls: str | None, root: Path) -> Wanted:
    """Return what these settings and this way to run Crier ask for, on the server in a folder.

    Raises:
        SettingsError: a setting is wrong.
        InstallError: one is missing, or does not go with this way.
    """
    environment = environment_of(given)
    settings = Settings.from_environment(environment)
    if settings.public_url is None:
        raise SettingsError(["CRIER_PUBLIC_URL is missing: where people will open Crier"])
    files = {
        ENVIRONMENT: TextFile(_as_text(environment), _SECRET_MODE, is_kept=True),
        "/etc/logrotate.d/crier": TextFile(filled("server/logrotate", {})),
    }
    if runner == "systemd":
        values = {"crier": shlex.join(programs.crier()).replace("%", "%%")}
        files[UNIT] = TextFile(filled("server/crier.service", values))
        start = ("systemctl daemon-reload", "systemctl enable --now crier")
    else:
        files[TABLE] = TextFile(_table(settings))
        start = ("crier migrate, as the owner of the tables", "supervisorctl update")
    nginx, links, steps = _nginx(settings, tls, root)
    return Wanted({**files, **nginx}, links, (*start, *steps))


def environment_of(given: Mapping[str, str]) -> dict[str, str]:
    """Return the settings among these variables, and what a server has that does not say so."""
    ours = {name: value for name, value in given.items() if name.startswith(_OURS)}
    return {**_DEFAULTS, **ours}


def read_environment(text: str) -> dict[str, str]:
    """Return what `crier.env` holds."""
    words = shlex.split(text, comments=True)
    return dict(word.split("=", 1) for word in words if "=" in word)


def _as_text(environment: Mapping[str, str]) -> str:
    """Return the variables as both systemd and a shell read them."""
    lines = ["# Settings of Crier, which `crier install` wrote once and does not change any more."]
    for name, value in sorted(environment.items()):
        if "'" in value or "\n" in value:
            raise InstallError(f"{name} holds a quote or a line end: give it as {name}_FILE")
        lines.append(f"{name}='{value}'")
    return "\n".join([*lines, ""])


def _table(settings: Settings) -> str:
    if settings.embedded_database or settings.embedded_redis:
        raise InstallError(
            "Supervisor runs the API and the workers alone: name CRIER_DATABASE_URL and "
            "CRIER_REDIS_URL, or take --with systemd, which runs everything"
        )
    command = shlex.join(programs.crier())
    if set(command) & set('%"'):
        raise InstallError(f"Supervisor cannot take the path {command}: move Crier to another")
    return filled("server/supervisor.conf", {"crier": command, "workers": str(settings.workers)})


def _nginx(
    settings: Settings, tls: str | None, root: Path
) -> tuple[dict[str, TextFile], dict[str, str], tuple[str, ...]]:
    parts = urlsplit(settings.public_url or "")
    if parts.scheme != "https":
        raise InstallError("CRIER_PUBLIC_URL is not https, which nginx is to serve")
    host = parts.hostname or ""
    bind = settings.http_url.removeprefix("http://")
    values = {
        "path": setting_values.below(settings.public_url),
        "host": host,
        "default": "",
        "log": "/var/log/crier/nginx.log",
        "cache": "/var/cache/crier-nginx",
        "acme": "/var/www/html",
        "tls": tls or f"/etc/letsencrypt/live/{host}",
        "pages": "/etc/crier/maintenance",
        "locations": LOCATIONS,
        "bind": bind,
    }
    made = {
        "/etc/nginx/conf.d/crier.conf": ("nginx/http.conf", "server/upstream.conf"),
        LOCATIONS: ("nginx/locations.conf",),
        "/etc/crier/maintenance/page.html": ("nginx/page.html",),
    }
    reload = "nginx -t && systemctl reload nginx"
    links: dict[str, str] = {}
    steps: tuple[str, ...]
    if values["path"]:
        steps = (f"put `include snippets/crier.conf;` into nginx's server of {host}", reload)
    else:
        made[SITE] = ("nginx/site.conf",)
        if below_root(root, f"{values['tls']}/fullchain.pem").exists():
            links["/etc/nginx/sites-enabled/crier"] = SITE
            steps = (reload,)
        else:  # nginx would start no more
            get = f"certbot certonly --webroot -w {values['acme']} -d {host}"
            steps = (f"get a certificate ({get})", "crier install again, which opens the site")
    files = {
        path: TextFile("".join(filled(name, values) for name in names))
        for path, names in made.items()
    }
    return files, links, steps


def below_root(root: Path, path: str) -> Path:
    """Return where a path of the server is, if the server is this folder."""
    return root / os.path.relpath(path, "/")
