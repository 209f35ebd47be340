"""The task `keep_house` is called `nightly_cleanup`: carry over its jobs and what deferred them.

The rows of `procrastinate_periodic_defers` keep two workers from deferring the same night twice. A
job that waits under the new name already makes the old one superfluous. Jobs that run keep their
name: their worker ends them by id.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

_JOBS = """
    WITH superfluous AS (
        DELETE FROM procrastinate_jobs old
        WHERE old.status = 'todo' AND old.task_name = '{old}' AND EXISTS (
            SELECT FROM procrastinate_jobs new
            WHERE new.status = 'todo' AND new.queueing_lock = '{new}')
        RETURNING old.id
    )
    UPDATE procrastinate_jobs SET task_name = '{new}', queueing_lock = '{new}'
    WHERE status = 'todo' AND task_name = '{old}' AND id NOT IN (SELECT id FROM superfluous)
"""
_TWICE = """
    DELETE FROM procrastinate_periodic_defers old USING procrastinate_periodic_defers new
    WHERE old.task_name = '{old}' AND new.task_name = '{new}'
      AND new.periodic_id = old.periodic_id AND new.defer_timestamp = old.defer_timestamp
"""
_DEFERS = "UPDATE procrastinate_periodic_defers SET task_name = '{new}' WHERE task_name = '{old}'"


def upgrade() -> None:
    _rename(old="keep_house", new="nightly_cleanup")


def downgrade() -> None:
    _rename(old="nightly_cleanup", new="keep_house")


def _rename(old: str, new: str) -> None:
    for statement in (_JOBS, _TWICE, _DEFERS):
        op.execute(statement.format(old=old, new=new))
