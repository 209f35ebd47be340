"""Backups of a whole installation, and their way back (docs/decisions/0039-backups.md).

What holds the promises:

- A backup is one instant of the database: `pg_dump` works in the snapshot in which its rows are
  counted. Uploads are files that never change; one that is removed meanwhile is left out.
- A file that is there is whole: it gets its name when its last byte is on disk (in S3: when the
  upload is completed), and only then counts as the newest backup.
- What was cut short or changed is refused: the stream is sealed by age piece by piece, with a mark
  on the last; a restore reads a backup to its end before it changes anything.
- A restored platform sends nothing by itself: the database is not usable (it has no version of its
  schema) until the transaction that pauses what was running commits.
"""
