"""Templates of the files that a server gets: `@name@` in them is filled in.

`deploy/nginx/start.sh` fills the same ones of nginx in, for containers.
"""

import re
from collections.abc import Mapping
from importlib import resources


def filled(name: str, values: Mapping[str, str]) -> str:
    """Return a template of this package, as `nginx/site.conf`, with its values filled in.

    Raises:
        KeyError: it has a name that is not among the values.
    """
    text = (resources.files("crier.install") / name).read_text(encoding="utf-8")
    return re.sub(r"@(\w+)@", lambda found: values[found[1]], text)
