"""Error reports to Sentry, where `CRIER_SENTRY_DSN` is set; scrubbed before they go."""

import logging
from typing import Any

from crier.observability import context
from crier.observability.redact import scrub_value


def start(dsn: str | None, *, program: str, transport: Any = None) -> None:
    """Send errors from now on; without a DSN nothing is ever sent."""
    if not dsn:
        return
    # Half a second and 20 MB that only those pay who use it.
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        include_local_variables=False,  # they hold tokens
        max_request_body_size="never",
        server_name=program,
        before_send=_clean,
        before_breadcrumb=lambda crumb, _: scrub_value(crumb),
        integrations=[LoggingIntegration(level=logging.INFO, event_level=logging.ERROR)],
        auto_enabling_integrations=False,
    )


def _clean(event: Any, _: Any) -> Any:
    event.setdefault("tags", {}).update(
        {name: value for name, value in context.current().items() if isinstance(value, str | int)}
    )
    for part in ("request", "server_name", "modules"):
        event.pop(part, None)
    return scrub_value(event)
