"""/start is answered with the owner's welcome, where there is one."""

from crier.fleet.handlers.event import Book, Call, Event
from crier.fleet.handlers.reply import call


def answer(event: Event, book: Book) -> list[Call] | None:
    """The welcome; None leaves /start to the owner's commands."""
    if event.command != "start" or book.welcome is None:
        return None
    return [call(book.welcome, event)]
