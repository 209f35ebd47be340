"""Until when the certificate of the public address is good, as clients see it."""

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

TIMEOUT_S: Final = 3.0


def expires_at(url: str) -> datetime | None:
    """Return when the certificate of an https address ends, whether or not it is trusted.

    Raises:
        OSError: nothing answers there with TLS.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        return None
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it is looked at, not used
    where = (parts.hostname, parts.port or 443)
    with (
        socket.create_connection(where, TIMEOUT_S) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as wrapped,
    ):
        shown = wrapped.getpeercert(binary_form=True)
    return None if shown is None else x509.load_der_x509_certificate(shown).not_valid_after_utc


class Watch:
    """Looks at the certificate at most every `kept_s`."""

    def __init__(self, url: str | None, kept_s: float) -> None:
        self._url, self._kept_s = url, kept_s
        self._looked_at = -kept_s
        self._end: datetime | None = None

    def families(self) -> Iterator[Metric]:
        """Yield when it ends; nothing where the address cannot be reached from here."""
        if self._url is None:
            return
        if time.monotonic() - self._looked_at >= self._kept_s:
            self._looked_at = time.monotonic()
            try:
                self._end = expires_at(self._url)
            except (OSError, ValueError):
                self._end = None
        if self._end is not None:
            yield GaugeMetricFamily(
                "crier_certificate_expiry_timestamp_seconds",
                "When the certificate of the public address ends",
                value=self._end.timestamp(),
            )
