"""Ask PyPI's advisory database about every locked package: `make check`.

Fails for a known weakness. Where the database cannot be asked (no network, a mirror without it) it
says so and passes: a check of the code must not depend on a service that may be away.
"""

import json
import subprocess
import sys

# Weaknesses that do not concern us: id → why. None today.
EXCEPTIONS: dict[str, str] = {}


def main() -> int:
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"]
    command += ["--disable-pip", "--require-hashes", "--desc", "off"]
    for name in ("main", "node"):
        command += ["-r", f"requirements/{name}.txt"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (asked.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"audit: the advisory database could not be asked ({reason[:160]})")
        return 0
    unknown = sorted(package["name"] for package in packages if "skip_reason" in package)
    if len(unknown) == len(packages):
        print("audit: the advisory database could not be asked (it knows none of our packages)")
        return 0
    if unknown:
        print(f"audit: nothing is known of {len(unknown)} packages: {', '.join(unknown)}")
    found = [
        f"{package['name']} {package['version']}: {weakness['id']}, fixed in "
        f"{', '.join(weakness['fix_versions']) or 'no version'}"
        for package in packages
        for weakness in package.get("vulns", [])
        if weakness["id"] not in EXCEPTIONS
    ]
    print("\n".join(f"audit: {line}" for line in found) or "audit: no known weakness")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
