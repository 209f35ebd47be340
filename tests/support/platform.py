"""`crier up` with stand-ins for the product: `python -m tests.support.platform FILES`.

Everything but the API and the workers is the real thing. The API is a file server over the folder
FILES on the socket that `crier up` holds, in which `readyz` makes it ready; a worker sleeps, with a
child that does too; `broken` cannot start, and leaves a line in `tries` every time. Who is silent
for `SILENT_S` is ended.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from crier.cli import report_errors, say
from crier.settings import Settings
from crier.stack import programs, stopping, up, watchdog
from crier.stack.programs import Program

SILENT_S = 4.0
FILE_SERVER = str(Path(__file__).with_name("file_server.py"))


def stand_ins(settings: Settings, environment: Mapping[str, str]) -> list[Program]:
    files = sys.argv[1]
    sleeper = "trap 'exit 0' TERM; sleep 1000 & echo $! > $0/child; wait"
    broken = "date +%s.%N >> $0/tries; exit 3"
    return [
        Program(name="api", command=[sys.executable, FILE_SERVER, files], priority=40),
        Program(
            name="worker",
            command=["sh", "-c", sleeper, files],
            priority=50,
            many=True,
            count=settings.workers,
        ),
        Program(name="broken", command=["sh", "-c", broken, files], priority=60),
    ]


def prepare(_settings: Settings) -> up.Prepared:
    return up.Prepared(admin_password="made up today", is_made_up=True, is_empty=True)


def main() -> None:
    programs.product = stand_ins
    watchdog.SILENT_S = SILENT_S  # type: ignore[misc]
    stopping.listen()
    with report_errors():
        up.run(Settings.from_environment(), say, prepare)


if __name__ == "__main__":
    main()
