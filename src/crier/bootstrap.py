"""What comes before the programs: `crier up` reaches what they need, and the database is prepared.

Each program is put together in one place of its own: the API in `api/app.py`, a worker in
`jobs/worker.py`, the programs of a machine in `stack/programs.py`.
"""

import secrets
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crier.errors import CrierError
from crier.secrets.vault import Vault
from crier.services.errors import InvalidError
from crier.services.people import accounts, passwords
from crier.settings import Settings
from crier.stack import up
from crier.storage import migrate, reach
from crier.storage.engine import make_engine, make_sessions


def run_platform(settings: Settings, say: Callable[[str], None]) -> None:
    """`crier up`: everything, in the foreground, until a signal.

    Raises:
        CrierError: it cannot start, or something could not be stopped.
    """
    reach.require_redis(settings, say)
    reach.require_uploads(settings, say)
    up.run(settings, say, lambda ready: prepare_database(ready, say))


def prepare_database(settings: Settings, say: Callable[[str], None]) -> up.Prepared:
    """Migrate the database, and make the admin of an empty one.

    Raises:
        CrierError: it cannot be reached or migrated, or CRIER_ADMIN_PASSWORD is easy to guess.
    """
    migrate_database(settings)
    reach.warn_of_superuser(settings, say)
    return make_admin(settings)


def migrate_database(settings: Settings) -> None:
    """Bring the schema up to date, and grant the application its rights on it.

    Raises:
        CrierError: the database cannot be reached or migrated.
    """
    reach.require_database(settings)
    migrate.upgrade(settings.migration_url, role=reach.application_role(settings))


def make_admin(settings: Settings) -> up.Prepared:
    """Make the admin of an empty database.

    Raises:
        CrierError: CRIER_ADMIN_PASSWORD is easy to guess.
    """
    engine = make_engine(settings.database_url, name="crier up", pool_size=1)
    try:
        with make_sessions(engine, Vault.of(settings).keys).begin() as session:
            is_empty = not session.scalar(_IN_USE)
            password = settings.admin_password or secrets.token_urlsafe(12)
            is_set = _set_admin(session, settings.admin_username, password, is_empty)
    except InvalidError as error:
        raise CrierError(f"CRIER_ADMIN_PASSWORD cannot be used ({error})") from None
    finally:
        engine.dispose()
    is_made_up = is_set and settings.admin_password is None
    known = password if is_made_up else settings.admin_password
    return up.Prepared(admin_password=known, is_made_up=is_made_up, is_empty=is_empty)


_IN_USE = sa.text("SELECT EXISTS (SELECT FROM bots) OR EXISTS (SELECT FROM advertisements)")


def _set_admin(session: Session, username: str, password: str, is_empty: bool) -> bool:
    """Give an empty database its admin; whether `password` is the admin's now.

    An admin that an earlier start made up but nobody has ever used gets a new password: the run may
    have been killed before it was shown.
    """
    if accounts.ensure_admin(session, username, password):
        return True
    user = accounts.find_by_name(session, username)
    if not is_empty or user is None or user.role != "admin" or user.last_login_at is not None:
        return False
    user.password_hash = passwords.hash_password(password)
    return True
