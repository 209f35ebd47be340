"""One transaction a request: it begins at the first query and ends before the answer is sent.

`finish` commits where the answer is below 400; whatever raises or answers 4xx or 5xx is rolled
back.
"""

import contextlib
from collections.abc import Iterator

import flask
from sqlalchemy.orm import Session

from crier.api.http.deps import deps


def session() -> Session:
    """Return the session of this request."""
    found: Session | None = flask.g.get("session")
    if found is None:
        found = flask.g.session = deps().sessions()
    return found


def finish(*, commit: bool) -> None:
    """End the request's transaction, if it has one; its connection goes back to the pool."""
    found: Session | None = flask.g.get("session")
    if found is not None:
        if commit:
            found.commit()
        else:
            found.rollback()


@contextlib.contextmanager
def released() -> Iterator[None]:
    """Hold no transaction in the block (around a call to Telegram, or while a password is hashed).

    What was written before is undone, so write after it. An idempotency key is claimed again
    afterwards: where another request with it has finished meanwhile, its answer is given.
    """
    session().rollback()
    yield
    claim_again = flask.g.get("claim_idempotency_key")
    if claim_again is not None:
        claim_again()


@contextlib.contextmanager
def apart() -> Iterator[Session]:
    """Open a transaction for what stays although the answer is an error; the request's is
    undone."""
    finish(commit=False)
    yield session()
    finish(commit=True)


def close(_: BaseException | None = None) -> None:
    """Give everything back at the end of the request, whatever happened."""
    found: Session | None = flask.g.pop("session", None)
    if found is not None:
        found.close()
