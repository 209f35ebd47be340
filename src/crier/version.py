"""Which Crier this is."""

from importlib import metadata, resources


def version() -> str:
    """Return the version, with the commit that a wheel was built from: `0.1.0 (1a2b3c4d5e6f)`."""
    number = metadata.version("crier")
    commit = resources.files("crier") / "commit.txt"
    return f"{number} ({commit.read_text(encoding='utf-8')})" if commit.is_file() else number
