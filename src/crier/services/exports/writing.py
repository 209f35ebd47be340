"""Writes an export as a file, in a process of its own (`jobs/export_process.py`).

Each attempt has a file of its own, and the row names that of the attempt that counts (`file_id`):
every statement of an attempt asks for it. So an attempt whose worker was taken for dead, or whose
export was deleted, finds no row and ends (`StoppedError`), and at most one attempt finishes. The
file is a row of `export_files` before its first byte is written; whatever no export names is
removed with its bytes by `clean`. An attempt that finds itself stopped removes its own file: it may
have written it after `clean` looked.
"""

import logging
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from crier.analytics import datasets, formats, parquet
from crier.analytics.datasets import Row, Selection
from crier.analytics.formats import Format
from crier.errors import CrierError
from crier.services.errors import ServiceError
from crier.services.exports import orders
from crier.settings import Settings
from crier.storage import engine
from crier.storage.models.records import Export
from crier.storage.uploads import ChunkStream, Uploads, UploadsError

SQL: Final = orders.SQL
BEGIN, COUNT = SQL.query("begin"), SQL.query("count")
PROGRESS, FINISH = SQL.query("progress"), SQL.query("finish")
NOTE, FAIL = SQL.query("note"), SQL.query("fail")
EXPIRE, FORGET_FILE = SQL.query("expire"), SQL.query("forget_file")


class _File(NamedTuple):
    id: uuid.UUID
    name: str


UNNAMED_FILES = SQL.query("unnamed_files", _File)
ATTEMPTS: Final = 5
TELL_S: Final = 1.0
"""How often an attempt says how far it is, and looks whether it still counts."""
_LOOK_ROWS: Final = 500
_BATCH: Final = 500
log = logging.getLogger(__name__)


class StoppedError(CrierError):
    """The export was deleted, or another attempt took over."""


class UnwritableError(CrierError):
    """The export cannot be written, however often it is tried; the text is for its creator."""


class ExportAttempt(NamedTuple):
    """What is to be written, and where."""

    export_id: int
    file: _File
    format: Format
    wanted: Selection
    max_bytes: int


class Writer:
    """Writes exports, and removes their files."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        storage: Uploads,
        *,
        keep_days: int,
        account_bytes: int,
    ) -> None:
        """`account_bytes` is what the finished exports of one account may take together."""
        self._sessions, self._storage = sessions, storage
        self._keep_days, self._account_bytes = keep_days, account_bytes

    @classmethod
    def of(cls, settings: Settings, sessions: sessionmaker[Session], storage: Uploads) -> "Writer":
        """Return one that keeps to the settings."""
        days, most = settings.keep_exports_days, settings.exports_max_bytes
        return cls(sessions, storage, keep_days=days, account_bytes=most)

    def write(self, export_id: int) -> None:
        """Write an export, from its first row on, if it is still to be written.

        Raises:
            CrierError, SQLAlchemyError: it was not written; another attempt may do.
        """
        with self._sessions.begin() as session:
            attempt = self._begin(session, export_id)
        if attempt is None:
            return
        try:
            self._write(attempt)
        except StoppedError as error:
            log.info("export_stopped", extra={"export_id": export_id, "reason": str(error)})
            self._remove(attempt.file)
        except UnwritableError as error:
            with self._sessions.begin() as session:
                self._fail(session, export_id, str(error))
        except CrierError as error:
            with self._sessions.begin() as session:
                engine.run(session, NOTE(reason=str(error), **_fence(attempt)))
            raise

    def clean(self) -> int:
        """Forget what has expired, and remove files that no export names; return how many.

        Where the storage does not answer, what is left waits for the next time.
        """
        with self._sessions.begin() as session:
            engine.run(session, EXPIRE())
        removed = 0
        while True:
            with self._sessions() as session:
                files = engine.rows(session, UNNAMED_FILES(limit=_BATCH))
            for file in files:
                if not self._remove(file):
                    return removed
                removed += 1
            if not files:
                return removed

    def _begin(self, session: Session, export_id: int) -> ExportAttempt | None:
        """Return the next attempt; None where there is nothing to do, or it cannot be done."""
        still_open = Export.status.in_(("waiting", "running"))
        statement = sa.select(Export).where(Export.id == export_id, still_open)
        export = session.scalar(statement.with_for_update())
        if export is None:
            return None
        try:
            wanted, max_bytes = self._allowed(session, export)
        except (UnwritableError, ServiceError) as error:
            self._fail(session, export_id, str(error))
            return None
        name = f"crier-{export.dataset}-{datetime.now(UTC):%Y%m%d-%H%M%S}.{export.format}"
        file = _File(uuid.uuid4(), name)
        engine.run(session, BEGIN(id=export_id, file_id=file.id, name=file.name))
        return ExportAttempt(export_id, file, orders.order_of(export).format, wanted, max_bytes)

    def _allowed(self, session: Session, export: Export) -> tuple[Selection, int]:
        """Return what the creator may read now, and how many bytes the file may take."""
        found = orders.creator_of(session, export)
        if found is None:
            raise UnwritableError(
                f"the account that asked for it is no active {export.role} any more"
            )
        if export.attempts >= ATTEMPTS:
            last = f": {export.reason}" if export.reason else ""
            raise UnwritableError(f"none of {ATTEMPTS} attempts came to its end{last}")
        if export.format == "parquet" and not parquet.is_installed():
            raise UnwritableError("Parquet is not installed on a worker: install `crier[parquet]`")
        (held,) = engine.rows(session, orders.HOLDINGS(user_id=export.user_id))
        wanted = orders.selected(session, found[0], orders.order_of(export))
        return wanted, self._account_bytes - held.bytes

    def _write(self, attempt: ExportAttempt) -> None:
        with self._sessions.begin() as session:
            total = datasets.total(session, attempt.wanted)
            engine.run(session, COUNT(total=total, **_fence(attempt)))
        progress = _Progress(self._sessions, attempt)
        rows = progress.counted(datasets.rows(self._sessions, attempt.wanted))
        columns = datasets.COLUMNS[attempt.wanted.dataset]
        chunks = formats.write(attempt.format, columns, rows)
        stream = ChunkStream(_limited(chunks, attempt.max_bytes))
        try:
            self._storage.write(*attempt.file, stream.whole)
        except UploadsError:
            if stream.error is not None:
                raise stream.error from None
            raise
        whole = FINISH(
            rows=progress.rows,
            size=stream.size,
            sha256=stream.sha256,
            keep_days=self._keep_days,
            **_fence(attempt),
        )
        with self._sessions.begin() as session:
            _still(engine.run(session, whole))
        log.info("export_finished", extra={"export_id": attempt.export_id, "rows": progress.rows})

    def _fail(self, session: Session, export_id: int, reason: str) -> None:
        engine.run(session, FAIL(id=export_id, reason=reason, keep_days=self._keep_days))
        log.info("export_failed", extra={"export_id": export_id, "reason": reason})

    def _remove(self, file: _File) -> bool:
        """Remove a file and its row; False where the storage did not."""
        try:
            self._storage.remove(*file)
        except UploadsError as error:
            log.error("export_not_removed", extra={"error": str(error)})
            return False
        with self._sessions.begin() as session:
            engine.run(session, FORGET_FILE(id=file.id))
        return True


class _Progress:
    """Counts rows on their way, and tells how many there are."""

    def __init__(self, sessions: sessionmaker[Session], attempt: ExportAttempt) -> None:
        self._sessions, self._attempt = sessions, attempt
        self._told = time.monotonic()
        self.rows = 0

    def counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the same rows.

        Raises:
            StoppedError: the attempt no longer counts.
        """
        for row in rows:
            self.rows += 1
            if self.rows % _LOOK_ROWS == 0 and time.monotonic() - self._told >= TELL_S:
                self._tell()
            yield row

    def _tell(self) -> None:
        with self._sessions.begin() as session:
            _still(engine.run(session, PROGRESS(rows=self.rows, **_fence(self._attempt))))
        self._told = time.monotonic()


def _fence(attempt: ExportAttempt) -> dict[str, int | uuid.UUID]:
    return {"id": attempt.export_id, "file_id": attempt.file.id}


def _still(touched: int) -> None:
    if not touched:
        raise StoppedError("it was deleted, or another attempt took over")


def _limited(chunks: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise UnwritableError(
                f"the account has room for {max(0, max_bytes):,} bytes more: delete other exports, "
                "or narrow this one"
            )
        yield chunk
