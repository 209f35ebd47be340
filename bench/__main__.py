"""Every bench in order, or those that are named: `python -m bench [--quick] [PART …]`.

Parts are the modules of this folder that stand in `PARTS`; each runs in a process of its own and
takes options of its own (`python -m bench.broadcast --help`). `--quick` runs them short.
"""

import argparse
import importlib.util
import platform
import subprocess
import sys
from pathlib import Path

PARTS = {
    "broadcast": "--messages 2500 --rounds 1",
    "overhead": "--messages 100000 --rounds 2",
    "limits": "--bots 50 --seconds 8",
    "size": "--people 10000 100000 --rounds 2",
    "fleet": "--bots 200 --updates 4000 --seconds 8",
    "api": "--seconds 2",
    "streams": "--seconds 3",
    "large": "--only small --calls 5 --check",
    "audience": "--people 20000 --bots 50 --only everybody once",
    "beside": "--small --messages 20000 --bots 10 --rounds 1",
    "sums": "--calls 5",
    "attack": "--seconds 5 --bots 4",
    "transport": "--messages 10000 --rounds 1",
    "pacing": "--seconds 5",
    "sandbox_load": "--seconds 3",
}
"""By name: the options that make it short."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="short runs: figures are rougher")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"there is no part {min(unknown)!r}; there are {', '.join(PARTS)}")
    print(f"{_cpu()}, {platform.system()}, Python {platform.python_version()}")
    failed = [name for name in options.parts or PARTS if not _run(name, options.quick)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _run(name: str, quick: bool) -> bool:
    command = [sys.executable, "-m", f"bench.{name}", *(PARTS[name].split() if quick else ())]
    print(f"\n{_promise(name)}\n$ python {' '.join(command[1:])}", flush=True)
    return subprocess.run(command).returncode == 0


def _promise(name: str) -> str:
    """What the part measures: the first line of its docstring."""
    found = importlib.util.find_spec(f"bench.{name}")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).read_text().split('"""')[1].splitlines()[0]


def _cpu() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    names = [line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line]
    return f"{len(names) or '?'} × {names[0] if names else platform.processor()}"


if __name__ == "__main__":
    main()
