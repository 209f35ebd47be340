"""Find names in `src` that nothing in `src` uses: `make check`.

Code that only tests use is found too, because tests are not looked at. The product and the sandbox
share nothing, so that each is looked at alone: a name in one is no use of it in the other.
Exits with 1 where something is unused, or where an exception below is no longer needed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import vulture

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "crier"
CONFIDENCE = 60  # everything that vulture has a suspicion of

# What decorators hand to a framework, which calls it by its route, field, task or command.
DECORATORS = [
    *("@*.get", "@*.post", "@*.put", "@*.patch", "@*.delete"),
    *("@field_validator", "@model_validator"),
    *("@*.task", "@*.periodic", "@*.command", "@_by_the_clock"),
]


class Excepted(NamedTuple):
    """Names that something uses which vulture does not see."""

    files: str
    names: str
    why: str


FIELDS = "read as a whole: by their names, or when they are encoded"
EXCEPTIONS = [
    Excepted("api/schemas/*.py", r"\w+", FIELDS),
    Excepted("api/routes/config.py", "error_reports", FIELDS),
    Excepted("api/serve.py", "_ssp|_shd|_sso|_init_shared_socket", "Granian's own names"),
    Excepted("stack/stopping.py", "unraisablehook", "Python calls it"),
    Excepted("backup/pumped.py", "readable", "Python's buffered streams ask"),
    Excepted("api/http/web.py", "url_rule_class", "Flask makes routes of it"),
    Excepted("api/routes/health.py", "model_config", "pydantic reads it"),
    Excepted("analytics/recipients.py", "clicked_at", FIELDS),
    Excepted("analytics/pdf.py", "footer", "fpdf2 calls it at the end of each page"),
    Excepted("analytics/ads.py", r"skipped|machine_clicks", FIELDS),
    Excepted("analytics/activity.py", "unsubscribed", FIELDS),
    Excepted("analytics/origins.py", "joined|unsubscribed|clicked", FIELDS),
    Excepted("analytics/reports.py", r"\w+", FIELDS),
    Excepted("bots/reports.py", "active_users", FIELDS),
    Excepted("broadcasts/attempts.py", "timeline", FIELDS),
    Excepted("storage/reach.py", "search_path", FIELDS),
    Excepted("domain/message.py", "disable_notification|protect_content|late_minutes", FIELDS),
    Excepted("domain/link_checks.py", "host_unicode", FIELDS),
    Excepted("broadcasts/attempts.py", "skipped", FIELDS),
    Excepted("broadcasts/lists.py", r"\w+", FIELDS),
    Excepted("system/status.py", "latency_ms", FIELDS),
    Excepted("telegram/types.py", r"\w+", "named in _CONTENT and KINDS"),
    Excepted("sandbox/bot.py", r"\w+", FIELDS),
    Excepted("sandbox/*.py", "calls|attempts|duplicates|while_banned", "counts in `Totals`"),
    Excepted("methods/editing.py", "edited|deleted", "counts in `Totals`"),
    Excepted("domain/outcomes.py", "ACTIVE|UNSUBSCRIBED", "values that the database holds"),
    Excepted("storage/models/*.py", "[a-z_]+|Created", "columns, which SQL reads and writes"),
    Excepted("services/*/*.py", "review_note|error_at|used_by", "columns, which SQL reads"),
    Excepted("migrations/versions/*.py", "down_revision", "Alembic reads it"),
    Excepted("api/http/*.py", "claim_idempotency_key|rate_standing", "read from `flask.g` by name"),
    Excepted("api/http/web.py", "force|regex|part_isolating|request_class", "Flask's own names"),
    Excepted("api/app.py", "merge_slashes", "Flask's own name"),
    Excepted("sandbox/metrics.py", "collect", "prometheus_client calls it"),
    Excepted("observability/endpoint.py", "log_request", "wsgiref calls it"),
    Excepted("uploads/chunks.py", "readable|readinto", "io.BufferedReader asks for them"),
    Excepted("analytics/xlsx.py", "writable", "zipfile asks for it"),
    Excepted("ads/media_types.py", "MAX_IMAGE_PIXELS", "Pillow reads it"),
    Excepted("uploads/s3.py", "S3Credential", "in an annotation that is a string"),
    Excepted("*/connection.py", "connection_made|data_received", "asyncio calls them"),
    Excepted("*/connection.py", "on_body|on_message_complete", "httptools calls them"),
    Excepted("sandbox/http.py", "connection_(made|lost)|data_received|exc", "asyncio calls them"),
    Excepted("sandbox/http.py", r"on_\w+", "httptools calls them"),
    Excepted("stack/supervise.py", "backoff|test|environ_expansions|write_pidfile", "Supervisor's"),
    Excepted("stack/supervise.py", "make_rpc_interface", "Supervisor finds it by its name"),
]


def main() -> int:
    """Print what is unused and what is excepted for nothing."""
    needed: set[Excepted] = set()
    faults = []
    everything = sorted(SOURCE.rglob("*.py"))
    sandbox = [path for path in everything if (SOURCE / "sandbox") in path.parents]
    for part in ([path for path in everything if path not in sandbox], sandbox):
        for path, line, kind, name in unused(part):
            allowed = [e for e in EXCEPTIONS if path.match(e.files) and re.fullmatch(e.names, name)]
            needed.update(allowed)
            if not allowed:
                faults.append(f"{path.relative_to(ROOT)}:{line}: unused {kind} {name}")
    faults += [
        f"exception without need: {e.files} {e.names}" for e in EXCEPTIONS if e not in needed
    ]
    print("\n".join(f"unused: {fault}" for fault in faults) or "unused: nothing")
    return 1 if faults else 0


def unused(paths: list[Path]) -> Iterator[tuple[Path, int, str, str]]:
    """Yield file, line, kind and name of whatever no file of `paths` uses."""
    found = vulture.Vulture(ignore_decorators=DECORATORS)
    found.scavenge(paths)
    for item in found.get_unused_code(min_confidence=CONFIDENCE):
        yield Path(item.filename), item.first_lineno, item.typ, item.name


if __name__ == "__main__":
    sys.exit(main())
