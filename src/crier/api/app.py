"""The application factory."""

from collections.abc import Callable
from typing import Final

import flask
import sqlalchemy as sa
from flask_openapi3 import APIBlueprint, Info
from prometheus_client import CollectorRegistry

from crier.analytics.performance.sampler import Sampler
from crier.api.http import (
    access,
    context,
    db,
    headers,
    idempotency,
    limits,
    observe,
    problems,
    tokens,
)
from crier.api.http.answers import Answers
from crier.api.http.deps import NAME, Deps
from crier.api.http.limits import Limits
from crier.api.http.logins import Logins
from crier.api.http.streams import Streams
from crier.api.http.web import App, IdConverter, PageConverter
from crier.api.routes import (
    ad_reports,
    ads,
    analytics,
    audit,
    auth,
    bot_reports,
    bots,
    broadcasts,
    chats,
    clicks,
    config,
    docs,
    error_groups,
    events,
    exports,
    factors,
    health,
    identities,
    invitations,
    logs,
    mail,
    notices,
    openid_sign_in,
    organisations,
    passkey_sign_in,
    passkeys,
    privacy,
    reauthentication,
    reviews,
    saved_views,
    security_events,
    sign_in,
    site,
    system,
    users,
    webhooks,
    workspace,
)
from crier.api.server import bridge
from crier.api.server.feed import Feed
from crier.observability import metrics
from crier.observability.error_groups import ErrorGroups
from crier.observability.sample_metrics import SampleMetrics
from crier.observability.samples import Samples
from crier.secrets.keyring import Keyring
from crier.secrets.vault import Vault
from crier.services.people.openid_issuer import Issuer
from crier.services.system.figures import Figures
from crier.services.system.status import ComponentProbe
from crier.settings import Settings
from crier.storage.engine import make_engine, make_sessions, time_statements
from crier.storage.pool_metrics import PoolMetrics, of_engine
from crier.storage.uploads import uploads_of
from crier.version import version

DESCRIPTION: Final = (
    "Runs a network of Telegram bots and sends advertising through them. Errors are "
    "`application/problem+json`; lists are `{items, next_cursor}`, newest first; times are "
    "RFC 3339 in UTC; money is a decimal string."
)
AREAS: Final[tuple[APIBlueprint, ...]] = (
    auth.blueprint,
    sign_in.blueprint,
    reauthentication.blueprint,
    factors.blueprint,
    passkeys.blueprint,
    passkey_sign_in.blueprint,
    openid_sign_in.blueprint,
    identities.blueprint,
    mail.blueprint,
    notices.blueprint,
    saved_views.blueprint,
    workspace.blueprint,
    users.blueprint,
    invitations.blueprint,
    organisations.blueprint,
    bots.blueprint,
    bot_reports.blueprint,
    chats.blueprint,
    privacy.blueprint,
    webhooks.blueprint,
    ads.blueprint,
    ad_reports.blueprint,
    broadcasts.blueprint,
    reviews.blueprint,
    clicks.blueprint,
    analytics.blueprint,
    exports.blueprint,
    system.blueprint,
    logs.blueprint,
    error_groups.blueprint,
    audit.blueprint,
    security_events.blueprint,
    events.blueprint,
    health.blueprint,
    config.blueprint,
)
PAGES: Final = (docs.blueprint, site.blueprint)


def create_app(
    settings: Settings, *, engine: sa.Engine | None = None, errors: ErrorGroups | None = None
) -> App:
    """Build the application; nothing is connected before the first request.

    `errors` counts those that browsers report: what counts the process's own.

    Raises:
        CrierError: a key ring is unfit, or a route does not say which roles may call it.
    """
    app = App(
        "crier.api",
        info=Info(title="Crier", version="1", description=DESCRIPTION),
        doc_ui=False,
        static_folder=None,
        validation_error_callback=problems.from_validation,
    )
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.converters.update(int=IdConverter, page=PageConverter)
    app.url_map.merge_slashes = False
    app.extensions[NAME] = _deps(settings, engine, errors)
    tokens.configure(app, settings)
    problems.register(app)
    app.register_error_handler(idempotency.Replay, idempotency.replay)
    app.before_request(context.believe_proxies)
    app.before_request(observe.begin)
    app.before_request(access.guard)
    app.teardown_request(db.close)
    app.teardown_request(observe.end)
    after: tuple[Callable[[flask.Response], flask.Response], ...]
    after = (observe.finish, headers.harden, context.add_request_id, limits.add_headers)
    for step in after:
        app.after_request(step)
    for area in AREAS:
        app.register_api(area)
    for pages in PAGES:
        app.register_blueprint(pages)
    access.check_declared(app)
    return app


def _deps(settings: Settings, engine: sa.Engine | None, errors: ErrorGroups | None) -> Deps:
    engine = engine or make_engine(
        settings.database_url, name="crier api", pool_size=bridge.THREADS // 2
    )
    samples = Samples("api")
    time_statements(engine, samples)
    counting = Limits(settings.redis_url, enabled=settings.api_limits, samples=samples)
    vault = Vault.of(settings)
    sessions = make_sessions(engine, vault.keys)
    reading = make_engine(
        settings.reading_url, name="crier api streams", pool_size=bridge.EXPORT_THREADS
    )
    figures = Figures(settings)
    pools = {"api": of_engine(engine), "api streams": of_engine(reading)}
    registry = CollectorRegistry()
    for collector in (SampleMetrics(samples), PoolMetrics(pools), figures):
        registry.register(collector)
    metrics.build_info.labels("api", version()).set(1)
    return Deps(
        settings=settings,
        engine=engine,
        sessions=sessions,
        vault=vault,
        issuers={rules.id: Issuer(settings, rules) for rules in settings.issuers},
        uploads=uploads_of(settings),
        signing=Keyring.signing(settings),
        limits=counting,
        logins=Logins(counting),
        probe=ComponentProbe(settings),
        samples=samples,
        sampler=Sampler(samples, sessions),
        streams=Streams(reading, settings.redis_url),
        feed=Feed(settings.database_url),
        figures=figures,
        registry=registry,
        answers=Answers(settings.redis_url),
        errors=errors or ErrorGroups(settings.database_url, program="api"),
    )
