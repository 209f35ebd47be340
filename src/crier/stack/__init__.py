"""The whole platform on one machine: embedded parts, supervision, the demo. Imports settings only.

- `postgres`, `valkey`   the embedded parts
- `programs`             the program table, written as a Supervisor configuration
- `supervise`            Supervisor itself, with our rules for restarts and parents
- `control`              what a running Supervisor can be asked and told
- `leftovers`            which processes an earlier run left, and their end
- `up`                   `crier up`: everything above in order, in the foreground
- `demo`                 the sandbox's people, an ad, its broadcast and the proof of its figures
"""
