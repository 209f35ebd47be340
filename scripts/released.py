"""Write down what this release asks of the database, for the tests of the next one's schema.

Statements that do not stand alone (parts that the code puts together) are left out. Run it as
`make released` when a release is made; see docs/decisions/0021-schema-changes.md.
"""

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parents[1]))

import psycopg

from tests.support import postgres, released


def main() -> None:
    """Write the file anew."""
    statements = dict(released.statements_of_code())
    with postgres.running_cluster() as cluster:
        cluster.make_template()
        with cluster.database() as url, psycopg.connect(url) as connection:
            refused = released.refusals(connection, statements)
            tables: dict[str, list[str]] = {}
            for table, column, _ in connection.execute(released.COLUMNS).fetchall():
                tables.setdefault(table, []).append(column)
    kept = {name: text for name, text in statements.items() if name not in refused}
    released.FILE.write_text(released.written(kept, tables))
    print(f"{len(kept)} statements; left out: {len(refused)}")
    for name, why in refused.items():
        print(f"  {name}: {why}")


main()
