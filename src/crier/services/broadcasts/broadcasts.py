"""Launching and steering the broadcasts of ads: roles and states; the work is in `launch` and
`control`.

The ad's row is locked before its status is read, so two launches of one ad come one after the
other and the second finds it launched. Only `cancel` reads it unlocked: `control.cancel` locks the
broadcast itself, in two transactions. Whatever makes something go out holds the caller's account
first (`account_state.hold`), so that a deactivation leaves nothing behind it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.domain import targeting as targetings
from crier.domain.ad_state import AdStatus, AdStep
from crier.domain.targeting import Targeting
from crier.services import account_state, audit, quotas, workspace
from crier.services.ads import ads, content
from crier.services.broadcasts import control, launch, separation
from crier.services.broadcasts.control import Again
from crier.services.caller import Caller
from crier.services.errors import ConflictError
from crier.settings import Settings
from crier.storage.models.ads import Advertisement, Broadcast, Delivery


@dataclass(frozen=True, kw_only=True)
class Order:
    """How somebody wants an ad broadcast."""

    bot_ids: Sequence[int] | None = None
    scheduled_for: datetime | None = None
    at_once: bool = False
    """Now, whatever time the ad itself names."""
    policy: str = "at_most_once"


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a launch reaches through which bots, and in which time."""

    per_bot: launch.PerBot
    estimated_seconds: int
    excluded: Sequence[launch.Excluded] = ()
    refused: str | None = None
    """Why the caller may not launch it."""

    @property
    def audience(self) -> int:
        return sum(audience for _, audience in self.per_bot)


def preview(
    session: Session,
    caller: Caller,
    settings: Settings,
    ad_id: int | None,
    targeting: dict[str, Any] | None,
    bot_ids: Sequence[int] | None = None,
) -> Forecast:
    """Return what a launch at this moment with these bots (see `launch.wanted_bots`) would do.

    Without an ad it is one that was not saved; of a sample only the size is then that of a launch.

    Raises:
        NotFoundError: no such ad, or a named bot is not the caller's.
    """
    if ad_id is None:
        rule = targetings.parse(targeting or {})
        return _forecast(session, caller, settings, bot_ids, rule, 0, {"options": {}})
    ad = ads.get(session, caller, ad_id)
    rule = targetings.parse(ad.targeting if targeting is None else targeting)
    message = {"options": ad.options}
    found = _forecast(session, caller, settings, bot_ids, rule, ad.id, message)
    return replace(found, refused=separation.why_not(workspace.get(session), ad, caller.user_id))


def start(
    session: Session, caller: Caller, settings: Settings, ad_id: int, order: Order
) -> tuple[Broadcast, Forecast]:
    """Launch an ad, now or at its time.

    Raises:
        NotFoundError: no such ad, or a named bot is not the caller's.
        ConflictError: the ad's status forbids it, somebody else has to launch it, a bot does not
            run, nobody to send to, the quota of schedules is reached.
        InvalidError: the time lies in the past, or the content may not be sent (any more).
    """
    account_state.hold(session, caller.organisation_id)
    ad = ads.get(session, caller, ad_id, lock=True)
    ads.check(ad, AdStep.BROADCAST)
    if ad.status == AdStatus.DRAFT and ad.user_id != caller.organisation_id:
        raise ConflictError(
            "broadcast is not allowed: this ad is somebody else's draft; allowed: submit"
        )
    refused = separation.why_not(workspace.held(session), ad, caller.user_id)
    if refused is not None:
        raise ConflictError(refused)
    ads.check_future(order.scheduled_for)
    content.check(session, ad, allow=settings.fetch_allow)
    when = order.scheduled_for or (None if order.at_once else ad.scheduled_for)
    broadcast = launch.launch(
        session,
        ad=ad,
        scope=_scope(caller),
        bot_ids=order.bot_ids,
        scheduled_for=when if when and when > datetime.now(UTC) else None,
        policy=order.policy,
        message=content.snapshot(session, ad, public_url=settings.public_url),
        late_after_s=_late_after_s(ad),
        priority=ad.options.get("priority", 1),
    )
    if broadcast.status == "scheduled":
        quotas.check(session, broadcast.user_id, "schedules")
    _keep(caller, ad)
    forecast = _forecast_of(session, caller, settings, broadcast)
    details = {"broadcast_id": broadcast.id, "audience": broadcast.audience}
    audit.record(session, caller, "ad.broadcast", "ad", ad.id, details)
    return broadcast, forecast


def pause(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """Pause the running broadcast.

    Raises:
        NotFoundError: there is no such ad in scope.
        ConflictError: the ad is in another state.
    """
    return _steer(session, caller, ad_id, AdStep.PAUSE, control.pause)


def resume(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """Let the paused broadcast go on.

    Raises:
        NotFoundError: there is no such ad in scope.
        ConflictError: the ad is in another state.
    """
    account_state.hold(session, caller.organisation_id)
    return _steer(session, caller, ad_id, AdStep.RESUME, control.resume)


def cancel(session: Session, caller: Caller, ad_id: int) -> Advertisement:
    """End the open broadcast, or its schedule.

    Raises:
        NotFoundError: there is no such ad in scope.
        ConflictError: the ad is in another state.
    """
    ad = ads.get(session, caller, ad_id)
    ads.check(ad, AdStep.CANCEL)
    control.cancel(session, ad)
    return _recorded(session, caller, ad, AdStep.CANCEL)


def plan_retry(
    session: Session, caller: Caller, ad_id: int, broadcast_id: int | None, states: Sequence[str]
) -> Again:
    """Return what `retry` would do at this moment.

    Raises:
        ServiceError: as `retry` does, but where nobody is retried.
    """
    ad = ads.get(session, caller, ad_id, lock=True)
    if broadcast_id is None:
        ads.check(ad, AdStep.RETRY)
    return control.plan_retry(session, ad, broadcast_id, states, caller.owner)


def retry(
    session: Session, caller: Caller, ad_id: int, broadcast_id: int | None, states: Sequence[str]
) -> tuple[Advertisement, Again]:
    """Send again to exactly the recipients of these outcomes, through bots in the caller's scope.

    Raises:
        NotFoundError: no such ad or broadcast. InvalidError: other states.
        ConflictError: a broadcast is open, or nobody is to be sent to again.
    """
    account_state.hold(session, caller.organisation_id)
    ad = ads.get(session, caller, ad_id, lock=True)
    if broadcast_id is None:
        ads.check(ad, AdStep.RETRY)
    again = control.retry(session, ad, broadcast_id, states, caller.owner)
    _recorded(session, caller, ad, AdStep.RETRY, states=list(states), **again._asdict())
    return ad, again


def _steer(
    session: Session,
    caller: Caller,
    ad_id: int,
    step: AdStep,
    act: Callable[[Session, Advertisement], None],
) -> Advertisement:
    ad = ads.get(session, caller, ad_id, lock=True)
    ads.check(ad, step)
    act(session, ad)
    return _recorded(session, caller, ad, step)


def _recorded(
    session: Session, caller: Caller, ad: Advertisement, step: AdStep, **details: Any
) -> Advertisement:
    """Write a step to the audit log and return the ad as it is after it."""
    session.flush()
    session.refresh(ad)
    audit.record(session, caller, f"ad.{step}", "ad", ad.id, details)
    return ad


def _keep(caller: Caller, ad: Advertisement) -> None:
    """Let an operator who launches what another organisation keeps have it kept from then on."""
    if caller.role == "operator" and ad.operator_id not in (None, caller.organisation_id):
        ad.approved_by, ad.operator_id = separation.approver_of(ad), caller.organisation_id


def _late_after_s(ad: Advertisement) -> int | None:
    minutes: int | None = ad.options.get("late_minutes")
    return None if minutes is None else minutes * 60


def _scope(caller: Caller) -> launch.Scope:
    admin = caller.role == "admin"
    return launch.Scope(caller.organisation_id, caller.user_id, anybodys=admin)


def _forecast(
    session: Session,
    caller: Caller,
    settings: Settings,
    bot_ids: Sequence[int] | None,
    rule: Targeting,
    ad_id: int,
    message: dict[str, Any],
) -> Forecast:
    wanted = launch.wanted_bots(bot_ids, rule)
    usable, excluded = launch.choose_bots(session, _scope(caller), wanted)
    found = launch.preview(session, bot_ids=usable, targeting=rule, salt=ad_id)
    per_bot = [(bot_id, audience) for bot_id, audience in found if audience]
    nobody = [
        launch.Excluded(bot_id, _why_nobody(rule)) for bot_id, audience in found if not audience
    ]
    paid = launch.paid_budgets(message, [audience for _, audience in per_bot])
    seconds = launch.estimate_seconds(session, per_bot, settings.send_rate, paid=paid)
    left_out = sorted([*excluded, *nobody])
    return Forecast(per_bot=per_bot, estimated_seconds=seconds, excluded=left_out)


def _why_nobody(rule: Targeting) -> str:
    if rule.dedupe_across_bots:
        return "nobody who matches the targeting is reached best through it"
    return "no active subscriber of it matches the targeting"


def _forecast_of(
    session: Session, caller: Caller, settings: Settings, broadcast: Broadcast
) -> Forecast:
    """Return what a launched broadcast has, or what a scheduled one would have now."""
    if broadcast.status == "scheduled":
        rule = targetings.parse(broadcast.targeting)
        asked = broadcast.bot_ids, rule, broadcast.ad_id, broadcast.message
        return _forecast(session, caller, settings, *asked)
    parts = sa.select(Delivery.bot_id, Delivery.audience, Delivery.paid_budget)
    rows = session.execute(parts.where(Delivery.broadcast_id == broadcast.id)).all()
    per_bot, paid = [(row.bot_id, row.audience) for row in rows], [row.paid_budget for row in rows]
    rate = settings.send_rate
    seconds = launch.estimate_seconds(session, per_bot, rate, broadcast.id, paid=paid)
    return Forecast(per_bot=per_bot, estimated_seconds=seconds)
