"""Error reports to Sentry, where `CRIER_SENTRY_DSN` is set; scrubbed before they go.

An event says which release, environment and program it is of, the ids that are bound to it
(`context.py`), of a person the number of the account and nothing else, and its kind
(`faults.py`), by which Sentry groups.
"""

import logging
from typing import Any

from crier.observability import context, faults, tracing
from crier.observability.redact import scrub_value
from crier.version import release


def start(dsn: str | None, *, program: str, environment: str, transport: Any = None) -> None:
    """Send errors from now on; without a DSN nothing is ever sent."""
    if not dsn:
        return
    # Half a second and 20 MB that only those pay who use it.
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        release=release(),
        environment=environment,
        include_local_variables=False,  # they hold tokens
        max_request_body_size="never",
        before_send=_clean,
        before_breadcrumb=lambda crumb, _: scrub_value(crumb),
        integrations=[LoggingIntegration(level=logging.INFO, event_level=logging.ERROR)],
        auto_enabling_integrations=False,
    )
    sentry_sdk.set_tag("program", program)


def _clean(event: Any, hint: Any) -> Any:
    fields = {**tracing.ids(), **context.current()}
    event.setdefault("tags", {}).update(
        {name: value for name, value in fields.items() if isinstance(value, str | int)}
    )
    if "user_id" in fields:
        event["user"] = {"id": str(fields["user_id"])}
    for part in ("request", "server_name", "modules"):
        event.pop(part, None)
    record = hint.get("log_record")
    error = (hint.get("exc_info") or (None, None))[1]
    kind = faults.kind_of_record(record) if record else faults.kind_of("", error)
    event["fingerprint"] = [kind]
    return scrub_value(event)
