"""What `create_app` has built for the views, found through the running app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import flask
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from sqlalchemy.orm import Session, sessionmaker

from crier.analytics.performance.sampler import Sampler
from crier.api.http.answers import Answers
from crier.api.http.limits import Limits
from crier.api.http.logins import Logins
from crier.api.http.streams import Streams
from crier.api.server.feed import Feed
from crier.observability.error_groups import ErrorGroups
from crier.observability.samples import Samples
from crier.secrets.keyring import Keyring
from crier.secrets.vault import Vault
from crier.services.people.openid_issuer import Issuer
from crier.services.system.figures import Figures
from crier.services.system.status import ComponentProbe
from crier.settings import Settings
from crier.storage.uploads import Uploads

NAME = "crier"


@dataclass(frozen=True, kw_only=True)
class Deps:
    """Built once by `create_app`; nothing here belongs to one request."""

    settings: Settings
    engine: sa.Engine
    sessions: sessionmaker[Session]
    vault: Vault
    issuers: Mapping[str, Issuer]
    """By what the API calls them."""
    """Of OpenID Connect."""
    uploads: Uploads
    signing: Keyring
    limits: Limits
    logins: Logins
    probe: ComponentProbe
    samples: Samples
    sampler: Sampler
    streams: Streams
    feed: Feed
    figures: Figures
    registry: CollectorRegistry
    """What `/metrics` shows beside the figures that the process counts by itself."""
    answers: Answers
    errors: ErrorGroups

    def close(self) -> None:
        """Let go of the database and of Redis."""
        self.engine.dispose()
        self.streams.close()
        self.figures.close()
        self.answers.close()
        self.errors.close()


def deps() -> Deps:
    """Return the running app's dependencies."""
    return cast("Deps", flask.current_app.extensions[NAME])
