"""The process that writes one export: `python -m crier.jobs.export_process ID NAME PARENT`.

NAME is what its connections to the database are called, PARENT the process id of its worker, with
which it ends.
"""

import logging
import os
import sys

from crier.errors import CrierError
from crier.observability import logs, parent
from crier.services.exports.writing import Writer
from crier.settings import Settings
from crier.storage import outage
from crier.storage.engine import make_engine, make_sessions
from crier.storage.uploads import uploads_of

NICE = 10
log = logging.getLogger(__name__)


def main() -> None:
    """Write the export; exit with status 1 where another attempt may do better."""
    export_id, connections, worker = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    parent.end_with(worker)
    os.nice(NICE)
    settings = Settings.from_environment()
    logs.configure(settings, program="worker")
    engine = make_engine(settings.database_url, name=connections, pool_size=2)
    writer = Writer.of(settings, make_sessions(engine), uploads_of(settings))
    try:
        writer.write(export_id)
    except (CrierError, *outage.AWAY_FROM_SESSIONS) as error:
        fields = {"export_id": export_id, "error": outage.words(error)}
        log.warning("export_attempt_failed", extra=fields)
        sys.exit(1)
    finally:
        engine.dispose()
        logging.shutdown()


if __name__ == "__main__":
    main()
