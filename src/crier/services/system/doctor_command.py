"""`crier doctor`."""

import json
import sys

import click

from crier.services.system import doctor

_MARKS = {"ok": "ok", "warning": "warn", "error": "ERROR"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For machines: one object.")
def command(as_json: bool) -> None:
    """Examine this installation; each finding says how to mend it.

    The exit status is the worst finding: 0 ok, 1 a warning, 2 an error.
    """
    checks = []
    for check in doctor.examine():
        checks.append(check)
        if not as_json:
            click.echo(f"{_MARKS[check.state]:<6} {check.name:<15} {check.detail}")
            if check.mend:
                click.echo(f"{'':<22} → {check.mend}")
    worst = doctor.worst(checks)
    if as_json:
        found = {"worst": doctor.STATES[worst], "checks": [check._asdict() for check in checks]}
        click.echo(json.dumps(found, indent=2))
    sys.exit(worst)
