"""`python -m crier` is the same as `crier`."""

from crier.cli import main

main()
