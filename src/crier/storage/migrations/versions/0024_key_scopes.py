"""API keys: scopes, the address of the last use, and which key replaces another."""

from alembic import op

revision = "0024"
down_revision = "0023"

_SCOPES = "'{read,ads,launch,bots,people,money}'"


def upgrade() -> None:
    # Keys from before there were scopes keep what they could do.
    op.execute(f"""
    ALTER TABLE api_keys
        ADD COLUMN scopes text[] NOT NULL DEFAULT {_SCOPES}
            CHECK (scopes <@ {_SCOPES}::text[] AND scopes <> '{{}}'),
        ADD COLUMN last_used_ip inet,
        ADD COLUMN replaced_by bigint REFERENCES api_keys (id)
    """)


def downgrade() -> None:
    op.execute(
        "ALTER TABLE api_keys DROP COLUMN scopes, DROP COLUMN last_used_ip, DROP COLUMN replaced_by"
    )
