"""The report on a broadcast as a document that people send on: the figures of its page, in English,
as the columns of the exports are.

It takes the statistics as they are read for the API, so that both always say the same, and what a
key may not see is missing in both.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.orm import Session

from crier.analytics.pdf import Color, PdfDocument
from crier.domain import markup
from crier.domain.markup import MarkupError
from crier.domain.markup.visible import visible
from crier.services.broadcasts import reports
from crier.services.caller import Caller
from crier.storage.models.ads import Advertisement

TEXT_MAX_CHARS: Final = 1200
BOTS_MAX, ERRORS_MAX, ATTEMPTS_MAX = 200, 50, 50
_NONE: Final = "–"
_COLORS: Final[dict[str, Color]] = {
    "sent": (14, 107, 60),
    "blocked": (138, 82, 0),
    "failed": (179, 38, 30),
    "unknown": (109, 40, 217),
    "skipped": (107, 116, 132),
    "pending": (204, 211, 222),
}
_OUTCOMES: Final = tuple(_COLORS)

Figures = Mapping[str, Any]


def write(
    session: Session, reader: Caller, ad: Advertisement, found: Figures, zone: ZoneInfo
) -> bytes:
    """Return the report as a PDF file.

    Args:
        session: in which the names of bots are read.
        reader: for whom it is: names of other people's bots and, for a key, money are left out.
        ad: what was sent.
        found: its statistics (`reports.statistics`).
        zone: in which times are written.
    """
    sees_money = reader.may("money.read")
    money = {name: found[name] if sees_money else None for name in ("price", "cpm")}
    figures: Figures = msgspec.to_builtins({**found, **money})
    names = reports.names_of_bots(session, reader, figures["per_bot"])
    now = datetime.now(zone)
    name = ad.title or f"Ad {ad.id}"
    document = PdfDocument(name, now)
    document.title(name, _about(figures, now, zone))
    _message(document, ad)
    _outcomes(document, figures)
    _results(document, figures, zone)
    _attempts(document, figures["attempts"], zone)
    _bots(document, figures["per_bot"], names)
    _errors(document, figures["errors"])
    return document.made()


def _about(figures: Figures, now: datetime, zone: ZoneInfo) -> str:
    number, status = figures["broadcast_id"], figures["status"].replace("_", " ")
    which = "Not sent yet" if number is None else f"Broadcast {number}"
    return f"{which}, {status}. As of {_moment(now.isoformat(), zone)} ({zone.key})."


def _message(document: PdfDocument, ad: Advertisement) -> None:
    try:
        plain = visible(markup.parse(ad.content, ad.parse_mode))
    except MarkupError:  # of an ad from before a rule was known
        plain = ad.content
    if plain:
        document.text(plain, TEXT_MAX_CHARS)


def _outcomes(document: PdfDocument, figures: Figures) -> None:
    document.heading("Outcome")
    document.bar([(one.capitalize(), figures[one], color) for one, color in _COLORS.items()])
    audience = figures["audience"]
    rows = [
        (outcome.capitalize(), _count(figures[outcome]), _percent(figures[outcome], audience))
        for outcome in _OUTCOMES
    ]
    rows.append(("Audience", _count(audience), _percent(audience, audience)))
    document.table(("Outcome", "People", "Share"), rows, (3, 1, 1), texts=1)
    if figures["reason"]:
        document.note(figures["reason"])


def _results(document: PdfDocument, figures: Figures, zone: ZoneInfo) -> None:
    document.heading("Result")
    rate = figures["ctr"]
    currency = figures["currency"]
    document.facts(
        [
            ("Began", _moment(figures["started_at"], zone)),
            ("Ended", _moment(figures["completed_at"], zone)),
            ("Took", _duration(figures["duration_seconds"])),
            ("Clicks", _count(figures["clicks"])),
            ("People who clicked", _count(figures["unique_clicks"])),
            ("Clicks by machines, left out", _count(figures["machine_clicks"])),
            ("Click rate, of sent", _NONE if rate is None else f"{rate:.1%}"),
            ("Price", _money(figures["price"], currency)),
            ("Price of 1,000 sent (CPM)", _money(figures["cpm"], currency)),
        ]
    )


def _attempts(document: PdfDocument, attempts: Sequence[Figures], zone: ZoneInfo) -> None:
    if len(attempts) < 2:
        return

    def row(attempt: Figures) -> list[str]:
        number = attempt["number"]
        name = "Launch" if number == 1 else f"Retry {number - 1}"
        counts = [_count(attempt[column]) for column in ("tried", *_OUTCOMES[:-1])]
        return [name, _moment(attempt["started_at"], zone), *counts]

    head = ["Attempt", "Began", "Tried", *(one.capitalize() for one in _OUTCOMES[:-1])]
    _table(document, "Attempts", head, attempts[:ATTEMPTS_MAX], row, (5, 8, 4, 4, 4, 4, 5, 5), 2)
    _left_out(document, len(attempts) - ATTEMPTS_MAX, "attempts")


def _bots(document: PdfDocument, parts: Sequence[Figures], names: Mapping[int, str]) -> None:
    columns = ("audience", *_OUTCOMES, "clicks")

    def row(part: Figures) -> list[str]:
        name = names.get(part["bot_id"], f"Bot {part['bot_id']}")
        return [name, *(_count(part[column]) for column in columns)]

    head = ["Bot", *(column.capitalize() for column in columns)]
    widths = (9, 5, 4, 5, 4, 5, 5, 5, 4)
    _table(document, "Bots", head, parts[:BOTS_MAX], row, widths, 1)
    _left_out(document, len(parts) - BOTS_MAX, "bots; the figures above count them")


def _errors(document: PdfDocument, errors: Sequence[Figures]) -> None:
    def row(error: Figures) -> list[str]:
        what = error["action"].replace("_", " ")
        return [str(error["code"] or _NONE), error["description"], what, _count(error["count"])]

    head = ["Code", "What Telegram said", "What Crier did", "Times"]
    _table(document, "Errors", head, errors[:ERRORS_MAX], row, (2, 11, 4, 2), 3)
    _left_out(document, len(errors) - ERRORS_MAX, "kinds of errors")


def _table(
    document: PdfDocument,
    title: str,
    head: Sequence[str],
    rows: Sequence[Figures],
    row: Callable[[Figures], list[str]],
    widths: Sequence[int],
    texts: int,
) -> None:
    if rows:
        document.heading(title)
        document.table(head, [row(one) for one in rows], widths, texts=texts)


def _left_out(document: PdfDocument, number: int, what: str) -> None:
    if number > 0:
        document.note(f"and {_count(number)} more {what}")


def _count(number: int) -> str:
    return f"{number:,}"


def _percent(number: int, whole: int) -> str:
    return f"{number / whole:.1%}" if whole else _NONE


def _money(amount: str | None, currency: str) -> str:
    """Return an amount of money with all digits that it has."""
    if amount is None:
        return _NONE
    return f"{Decimal(amount):,.2f} {currency}"


def _moment(at: str | None, zone: ZoneInfo) -> str:
    if at is None:
        return _NONE
    return f"{datetime.fromisoformat(at).astimezone(zone):%Y-%m-%d %H:%M}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return _NONE
    minutes, left = divmod(-int(-seconds // 1), 60)
    if minutes >= 60:
        return f"{minutes // 60:,} h {minutes % 60} min"
    return f"{minutes} min {left} s" if minutes else f"{left} s"
