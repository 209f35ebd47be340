"""`python -m crier.sandbox`: the sandbox as a tool of its own."""

from crier.sandbox.command import command

if __name__ == "__main__":
    command(prog_name="python -m crier.sandbox")
