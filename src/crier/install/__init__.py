"""Crier on a plain server: files for systemd or Supervisor, nginx and logrotate, as templates."""
