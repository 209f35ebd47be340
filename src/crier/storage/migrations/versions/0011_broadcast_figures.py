"""Keep the sums of each broadcast, which dashboards had added up from a row for each bot.

`broadcast_sums` has a row for each broadcast that has ended, made by the step that ends it and
removed by a retry; `broadcast_clicks` counts on for ever. Triggers keep both, so that they are
true whichever version of a program takes the step. The view `broadcast_figures` adds up the
deliveries of those that run.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

_OUTCOMES = ("audience", "sent", "blocked", "failed", "unknown", "skipped")
_CLICKS = ("clicks", "unique_clicks", "machine_clicks")
_SUMS = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in _OUTCOMES)
_GAINS = ", ".join(f"sum(sign * {name}) AS {name}" for name in _CLICKS)
_ADDED = ", ".join(f"{name} = c.{name} + excluded.{name}" for name in _CLICKS)

# Rows are taken in order of broadcasts, so that two statements never wait for each other.
_ADD = f"""
    INSERT INTO broadcast_clicks AS c (broadcast_id, {", ".join(_CLICKS)})
    SELECT d.broadcast_id, {_GAINS}
    FROM ({{changed}}) AS changed JOIN deliveries d ON d.id = changed.delivery_id
    GROUP BY 1 ORDER BY 1
    ON CONFLICT (broadcast_id) DO UPDATE SET {_ADDED};
"""  # noqa: S608 (our own words)  # nosec B608
_BOTH = "SELECT 1 AS sign, a.* FROM after a UNION ALL SELECT -1, b.* FROM before b"
_TABLES = f"""
CREATE TABLE broadcast_sums (
    broadcast_id bigint PRIMARY KEY REFERENCES broadcasts ON DELETE CASCADE,
    {", ".join(f"{name} bigint NOT NULL" for name in _OUTCOMES)});
CREATE TABLE broadcast_clicks (
    broadcast_id bigint PRIMARY KEY REFERENCES broadcasts ON DELETE CASCADE,
    {", ".join(f"{name} bigint NOT NULL DEFAULT 0" for name in _CLICKS)});
CREATE VIEW broadcast_figures AS
SELECT b.id AS broadcast_id,
       {", ".join(f"coalesce(s.{name}, running.{name}) AS {name}" for name in _OUTCOMES)},
       {", ".join(f"coalesce(c.{name}, 0) AS {name}" for name in _CLICKS)}
FROM broadcasts b
LEFT JOIN broadcast_sums s ON s.broadcast_id = b.id
LEFT JOIN broadcast_clicks c ON c.broadcast_id = b.id
LEFT JOIN LATERAL (
    SELECT {_SUMS} FROM deliveries d WHERE d.broadcast_id = b.id AND s.broadcast_id IS NULL
) AS running ON true;
"""  # noqa: S608 (our own words)  # nosec B608
_TRIGGERS = f"""
CREATE FUNCTION broadcasts_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM broadcast_sums WHERE broadcast_id = NEW.id;
    IF NEW.status IN ('completed', 'cancelled', 'failed') THEN
        INSERT INTO broadcast_sums (broadcast_id, {", ".join(_OUTCOMES)})
        SELECT NEW.id, {_SUMS} FROM deliveries WHERE broadcast_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER broadcasts_ended AFTER UPDATE OF status ON broadcasts
    FOR EACH ROW WHEN (OLD.status <> NEW.status) EXECUTE FUNCTION broadcasts_ended();
CREATE FUNCTION clicks_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_ADD.format(changed="SELECT 1 AS sign, a.* FROM after a")}
    RETURN NULL;
END $$;
CREATE TRIGGER clicks_inserted AFTER INSERT ON click_counters
    REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION clicks_inserted();
CREATE FUNCTION clicks_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_ADD.format(changed=_BOTH)}
    RETURN NULL;
END $$;
CREATE TRIGGER clicks_updated AFTER UPDATE ON click_counters
    REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION clicks_updated();
"""  # noqa: S608 (our own words)  # nosec B608
_FILL = f"""
INSERT INTO broadcast_sums (broadcast_id, {", ".join(_OUTCOMES)})
SELECT b.id, {_SUMS.replace("(sum(", "(sum(d.")}
FROM broadcasts b LEFT JOIN deliveries d ON d.broadcast_id = b.id
WHERE b.status IN ('completed', 'cancelled', 'failed') GROUP BY b.id;
INSERT INTO broadcast_clicks (broadcast_id, {", ".join(_CLICKS)})
SELECT d.broadcast_id, {", ".join(f"sum(c.{name})" for name in _CLICKS)}
FROM click_counters c JOIN deliveries d ON d.id = c.delivery_id GROUP BY 1;
"""  # noqa: S608 (our own words)  # nosec B608


def upgrade() -> None:
    op.execute("LOCK TABLE broadcasts, click_counters IN SHARE ROW EXCLUSIVE MODE")
    for statements in (_TABLES, _TRIGGERS, _FILL):
        op.execute(statements)


def downgrade() -> None:
    op.execute("DROP TRIGGER broadcasts_ended ON broadcasts")
    op.execute("DROP FUNCTION broadcasts_ended()")
    for name in ("inserted", "updated"):
        op.execute(f"DROP TRIGGER clicks_{name} ON click_counters")
        op.execute(f"DROP FUNCTION clicks_{name}()")
    op.execute("DROP VIEW broadcast_figures")
    op.execute("DROP TABLE broadcast_clicks, broadcast_sums")
