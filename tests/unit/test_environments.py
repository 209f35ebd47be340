"""Every program's environment holds its own settings and nobody else's."""

import re
from pathlib import Path

from crier.settings import Settings
from crier.stack import environments

GIVEN = {
    "PATH": "/usr/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
    "AWS_SECRET_ACCESS_KEY": "a stranger's",
    "HTTPS_PROXY": "http://proxy:3128",
    "CRIER_DATABASE_URL": "postgresql://app@db/crier",
    "CRIER_DATABASE_MIGRATION_URL": "postgresql://owner@db/crier",
    "CRIER_REDIS_URL": "redis://cache",
    "CRIER_ADMIN_PASSWORD": "correct horse battery",
    "CRIER_JWT_KEYS": "j" * 40,
    "CRIER_TOKEN_KEYS": "t" * 40,
    "CRIER_S3_SECRET_KEY": "s" * 40,
    "CRIER_WORKERS": "3",
}

# What `crier up` reads itself, or gives programs by their command line.
UP_ONLY = {
    "CRIER_DATA_DIR",
    "CRIER_ADMIN_USERNAME",
    "CRIER_ADMIN_PASSWORD",
    "CRIER_WORKERS",
    "DEMO",
}


def environments_of(given: dict[str, str]) -> dict[str, dict[str, str]]:
    settings = Settings.from_environment({"CRIER_DATA_DIR": "/srv/crier"})
    return environments.of_programs(settings, given)


def test_each_setting_is_said_to_be_somebodys() -> None:
    package = Path(environments.__file__).parents[1]
    sources = [package / "settings.py", package / "setting_groups.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in sources)
    known = set(re.findall(r'"(CRIER_[A-Z0-9_]+|DEMO)"', source))
    given = {name for names in environments.PROGRAMS.values() for name in names}
    assert given | UP_ONLY == known
    assert not given & UP_ONLY


def test_api_and_workers_see_what_they_read_and_no_more() -> None:
    found = environments_of(GIVEN)
    assert found["api"].keys() - found["worker"].keys() == {"CRIER_JWT_KEYS", "CRIER_REDIS_URL"}
    for program in ("api", "worker"):
        assert {"CRIER_DATABASE_URL", "CRIER_TOKEN_KEYS", "HTTPS_PROXY"} <= found[program].keys()
        strangers = {"CRIER_DATABASE_MIGRATION_URL", "CRIER_ADMIN_PASSWORD", "HOME"}
        assert not strangers & found[program].keys()
        assert "AWS_SECRET_ACCESS_KEY" not in found[program]


def test_what_steers_traces_comes_to_those_who_record_them() -> None:
    given = {"OTEL_EXPORTER_OTLP_HEADERS": "key=secret", "OTEL_SERVICE_NAME": "crier"}
    found = environments_of({**GIVEN, **given})
    having = {name for name in found if given.items() <= found[name].items()}
    assert having == {"api", "worker"}
    others = [name for program in found.keys() - having for name in found[program]]
    assert not [name for name in others if name.startswith("OTEL_")]


def test_the_other_programs_see_no_setting() -> None:
    found = environments_of(GIVEN)
    for program in ("postgres", "valkey", "sandbox", ""):
        names = {name for name in found[program] if name.startswith(("CRIER_", "AWS_", "HTTP"))}
        assert names == {environments.MARK}
        assert found[program]["PATH"] == "/usr/bin"


def test_a_file_that_a_setting_names_is_read_for_its_program(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text("\ufeff" + "k" * 40 + "\n", encoding="utf-8")
    found = environments_of({"CRIER_JWT_KEYS_FILE": str(file), "CRIER_TOKEN_KEYS_FILE": str(file)})
    assert found["api"]["CRIER_JWT_KEYS"] == "k" * 40
    assert found["worker"]["CRIER_TOKEN_KEYS"] == "k" * 40
    assert "CRIER_JWT_KEYS" not in found["worker"]
    assert not [name for names in found.values() for name in names if name.endswith("_FILE")]
