"""`crier users …`: accounts on the command line, for administrators of the machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import cast

import click
from sqlalchemy.orm import Session

from crier.domain import names
from crier.domain.permissions import ROLES, Role
from crier.services import audit
from crier.services.errors import InvalidError, NotFoundError
from crier.services.people import (
    accounts,
    administration,
    identities,
    invitations,
    passwords,
    second_factors,
)
from crier.services.privacy import owners
from crier.services.system.commands import database_of
from crier.settings import Settings
from crier.storage.models.people import User

_ROLE = click.Choice(ROLES)
_REVIEW = click.option(
    "--review/--no-review", default=None, help="Of an operator: may review ads of advertisers."
)


@contextmanager
def _session() -> Iterator[Session]:
    with (
        database_of(Settings.from_environment()) as database,
        database.sessions.begin() as session,
    ):
        yield session


def _named(session: Session, username: str) -> User:
    user = accounts.find_by_name(session, username)
    if user is None:
        raise NotFoundError(f"there is no user {username}")
    return user


@click.group("users")
def users() -> None:
    """Add, invite and change accounts, and help people who cannot sign in."""


@users.command("list")
def list_users() -> None:
    """Show all accounts."""
    with _session() as session:
        found = accounts.search().order_by(User.id)
        for user in session.scalars(found):
            state = "" if user.is_active else "  deactivated"
            review = "  reviews" if user.may_review else ""
            seen = f"{user.last_login_at:%Y-%m-%d}" if user.last_login_at else "never"
            click.echo(f"{user.username:<50} {user.role:<10} {seen:<10}{review}{state}".rstrip())


@users.command("add")
@click.argument("username")
@click.option("--role", type=_ROLE, default="advertiser", show_default=True)
@_REVIEW
def add(username: str, role: str, review: bool | None) -> None:
    """Make an account USERNAME with a password that is printed once."""
    if not names.is_name(username):
        raise InvalidError(username="must be 3 to 50 letters, digits, _ . or -")
    password = passwords.make_up()
    with _session() as session:
        administration.create(
            session,
            audit.SYSTEM,
            username=username,
            password_hash=passwords.hash_password(password),
            role=cast("Role", role),
            may_review=review,
        )
    click.echo(f"{username} is {role}; the password is {password} (not shown again)")


@users.command("invite")
@click.option("--role", type=_ROLE, default="advertiser", show_default=True)
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True)
@_REVIEW
def invite(role: str, days: int, review: bool | None) -> None:
    """Print a link that makes one account."""
    end = datetime.now(UTC) + timedelta(days=days)
    with _session() as session:
        _, token = invitations.create(
            session, audit.SYSTEM, role=cast("Role", role), may_review=review, expires_at=end
        )
    url = Settings.from_environment().link("join", token)
    click.echo(f"{url} makes one account ({role}) until {end:%Y-%m-%d %H:%M} UTC (not shown again)")


@users.command("set-role")
@click.argument("username")
@click.argument("role", type=_ROLE)
@_REVIEW
def set_role(username: str, role: str, review: bool | None) -> None:
    """Give USERNAME another ROLE; what it may no longer run stops."""
    with _session() as session:
        user = _named(session, username)
        administration.update(
            session, audit.SYSTEM, user.id, role=cast("Role", role), may_review=review
        )
    click.echo(f"{username} is {role}")


@users.command("deactivate")
@click.argument("username")
def deactivate(username: str) -> None:
    """Switch an account off: its sign-ins and keys end, its bots and broadcasts stop."""
    _switch(username, is_active=False)


@users.command("activate")
@click.argument("username")
def activate(username: str) -> None:
    """Switch an account on again; nothing starts by itself."""
    _switch(username, is_active=True)


def _switch(username: str, *, is_active: bool) -> None:
    with _session() as session:
        user = _named(session, username)
        administration.update(session, audit.SYSTEM, user.id, is_active=is_active)
    click.echo(f"{username} is {'' if is_active else 'de'}activated")


@users.command("rename")
@click.argument("username")
@click.argument("new")
def rename(username: str, new: str) -> None:
    """Let USERNAME be called NEW from now on."""
    if not names.is_name(new):
        raise InvalidError(username="must be 3 to 50 letters, digits, _ . or -")
    with _session() as session:
        user = _named(session, username)
        administration.update(session, audit.SYSTEM, user.id, username=new)
    click.echo(f"{username} is called {new}")


@users.command("delete")
@click.argument("username")
@click.option("--yes", is_flag=True, help="Ask nothing.")
def delete(username: str, yes: bool) -> None:
    """Delete an account, its bots with all that they keep of people, and its unlaunched ads.

    Launched ads and all figures stay.
    """
    with _session() as session:
        has = owners.preview_account(session, _named(session, username).id)
    click.echo(
        f"With {username} go: bots: {has.bots}, their chats: {has.deletion.chats:,}, "
        f"messages: {has.deletion.messages:,}, ads that were never launched: {has.drafts}"
    )
    if not yes:
        click.confirm("This cannot be undone. Delete the account with all of that?", abort=True)
    with _session() as session:
        administration.delete(session, audit.SYSTEM, _named(session, username).id)
    click.echo(f"{username} is deleted; workers erase what its bots kept")


@users.command("remove-factors")
@click.argument("username")
def remove_factors(username: str) -> None:
    """Take all second factors away from USERNAME, who has lost them; their sign-ins end."""
    with _session() as session:
        second_factors.remove_all(session, audit.SYSTEM, _named(session, username).id)
    click.echo(f"{username} has no second factor any more")


@users.command("unlink")
@click.argument("username")
def unlink(username: str) -> None:
    """Unlink all identities of USERNAME at the issuer of OpenID Connect; their sign-ins end.

    Where sign-in by password is switched off, an admin without identities and passkeys still signs
    in by password.
    """
    with _session() as session:
        identities.unlink_all(session, audit.SYSTEM, _named(session, username).id)
    click.echo(f"{username} has no identity at the issuer any more")


@users.command("reset-password")
@click.argument("username")
def reset_password(username: str) -> None:
    """Give USERNAME a new password, printed once; their sign-ins end, and their API keys."""
    password = passwords.make_up()
    with _session() as session:
        user = _named(session, username)
        hashed = passwords.hash_password(password)
        administration.reset_password(session, audit.SYSTEM, user.id, hashed)
    click.echo(f"the password of {username} is {password} (not shown again)")
