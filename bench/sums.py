"""What a dashboard of two years reads: sums of 500 bots, by PostgreSQL's own clock.

    python -m bench.sums [--calls 15]

Makes the sums alone, not the rows that they are of: a minute where `bench.large` takes many. The
least time of all calls and the buffers say something on a machine that does other things, too.
"""

import argparse
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql

from bench.platform import durable_cluster
from crier.analytics import activity
from crier.domain.span import Span
from crier.storage import queries
from tests.support.postgres import superusers

FILL = """
INSERT INTO bots (id, user_id, bot_token, token_fingerprint, token_hint, telegram_id,
    bot_name, public_key)
SELECT n, 1, 'x', n::text::bytea, 'x', n, 'x', n::text FROM generate_series(1, 500) AS n;
INSERT INTO bot_days_seen SELECT b, current_date - d, 3
FROM generate_series(1, 500) AS b, generate_series(0, 729) AS d
WHERE hashint8(b * 1000 + d) % 3 <> 0 ORDER BY hashint8(b * 1000 + d);
INSERT INTO bot_months_seen SELECT bot_id, date_trunc('month', day)::date, sum(chats)
FROM bot_days_seen GROUP BY 1, 2;
INSERT INTO owner_hours (user_id, at, messages_in)
SELECT u, date_trunc('hour', now()) - h * interval '1 hour', 5
FROM generate_series(1, 17520) AS h, generate_series(0, 1) AS u;
INSERT INTO active_people SELECT u, 0, 'day', current_date - d, 5
FROM generate_series(0, 729) AS d, generate_series(0, 500) AS u;
"""


def statements(now: datetime) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is measured: a statement and its parameters, by what it is for."""
    start, texts = now - timedelta(days=729), queries.load("activity").texts
    days = activity.starts(Span(start, now), "day", ZoneInfo("UTC"))
    hours = {"hour_starts": [start], "hour_ends": [now], "minute_starts": [], "minute_ends": []}
    source = f"WITH source AS ({texts['owner_hours']} UNION ALL {texts['minutes']}) "
    period = {"owner": 0, "bot_id": 0, "grain": "day", "first": days[0].date(), "last": now.date()}
    return {
        "numbers of now, active people among them": (
            queries.load("analytics").texts["counts"],
            {"owner": None, "start": start},
        ),
        "hours of everybody by day": (
            source + texts["series_days"],
            {**hours, "owner": 0, "bot_ids": None, "starts": days},
        ),
        "different people by day": (texts["active_people"], period),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=15)
    calls = parser.parse_args().calls
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with (
        durable_cluster() as cluster,
        cluster.database() as url,
        psycopg.connect(superusers(url), autocommit=True) as connection,
    ):
        connection.execute("SET session_replication_role = replica")
        connection.execute(FILL)
        connection.execute("VACUUM ANALYZE")
        for name, (text, given) in statements(now).items():
            explained = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) ") + sql.SQL(text)
            plans = [
                "\n".join(row[0] for row in connection.execute(explained, given))
                for _ in range(calls)
            ]
            took = min(float(re.findall(r"Execution Time: ([\d.]+)", plan)[0]) for plan in plans)
            buffers = re.findall(r"Buffers: shared hit=(\d+)", plans[-1])[0]
            print(f"{name:<44}{took:>8.1f} ms{buffers:>8} buffers", flush=True)


if __name__ == "__main__":
    main()
