"""The slugs of tracked links under a ring of keys as it is now."""

from crier.domain.slug import Slugs
from crier.secrets.keyring import Keyring


def slugs_of(ring: Keyring) -> Slugs:
    """Return what signs with the newest key of `ring` and reads with all (see `domain/slug.py`)."""
    return Slugs([key.derive("slug") for key in ring.keys()])  # noqa: SIM118
