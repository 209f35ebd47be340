"""Which Crier this is."""

from importlib import metadata, resources


def version() -> str:
    """Return the version, with the commit that a wheel was built from: `0.1.0 (1a2b3c4d5e6f)`."""
    number, commit = _parts()
    return f"{number} ({commit})" if commit else number


def number() -> str:
    """Return the version alone: `0.1.0`."""
    return _parts()[0]


def release() -> str:
    """Return the same in the form that Sentry sorts releases by: `crier@0.1.0+1a2b3c4d5e6f`."""
    number, commit = _parts()
    return f"crier@{number}+{commit}" if commit else f"crier@{number}"


def _parts() -> tuple[str, str | None]:
    commit = resources.files("crier") / "commit.txt"
    return metadata.version("crier"), (
        commit.read_text(encoding="utf-8") if commit.is_file() else None
    )
