"""A Parquet file written as a stream: rows in, bytes out, one row group in memory.

Row groups go out one after the other and the part that lists them comes last, so that nothing needs
to seek. Columns have the types of the database; texts are as they are, for programs read them. It
needs pyarrow, 170 MB of disk: it is an extra, `crier[parquet]`, and imported with the first file.
"""

from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Final

from crier.analytics.xlsx import Sink

GROUP_ROWS: Final = 5_000
"""Long texts included, a group is some 20 MB at most."""
_INTEGERS: Final = frozenset(
    (
        *("id", "bot_id", "user_id", "ad_id", "broadcast_id", "chat_id", "message_id", "link"),
        *("telegram_id", "error_code", "subscribers", "blocked", "gone", "unsubscribed"),
        *("broadcasts", "audience", "sent", "failed", "unknown", "skipped"),
        *("clicks", "unique_clicks"),
    )
)
_TIMES: Final = frozenset(
    (
        *("at", "created_at", "completed_at", "last_active", "sent_at", "clicked_at"),
        *("joined_at", "last_seen_at", "status_at"),
    )
)


def is_installed() -> bool:
    """Return whether Parquet files can be written here."""
    return find_spec("pyarrow") is not None


def write(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Give the file in chunks; the first comes before any row is read."""
    import pyarrow as pa  # an extra
    from pyarrow import parquet

    types = {name: pa.int64() for name in _INTEGERS}
    types |= {name: pa.timestamp("us", tz="UTC") for name in _TIMES}
    types |= {"price": pa.decimal128(10, 2), "ctr": pa.float64()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in columns])
    sink, group = Sink(), list[Sequence[Any]]()
    writer = parquet.ParquetWriter(sink, schema, compression="zstd")

    def flush() -> bytes:
        values = zip(*group, strict=True)
        arrays = [pa.array(v, f.type) for v, f in zip(values, schema, strict=True)]
        writer.write_batch(pa.record_batch(arrays, schema=schema))
        group.clear()
        return sink.taken()

    yield sink.taken()
    for row in rows:
        group.append(row)
        if len(group) == GROUP_ROWS:
            yield flush()
    if group:
        yield flush()
    writer.close()
    yield sink.taken()
