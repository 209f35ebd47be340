"""The models say what the migrations made."""

import importlib
import pkgutil

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from crier.storage import models
from crier.storage.engine import make_engine
from crier.storage.models.base import Base
from tests.support.postgres import owners


def differences(database_url: str) -> list[str]:
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    engine = make_engine(database_url, name="test")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": same_kind, "include_object": include}
        )
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    return [str(difference) for difference in found]


def include(item: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
    """Tables that have a model, and their columns; the rest is the business of the migrations."""
    return kind == "column" or (kind == "table" and name in Base.metadata.tables)


def same_kind(
    context: object, column: object, model_column: object, in_database: object, in_model: object
) -> bool | None:
    """False (no difference) for texts of any length; None lets Alembic compare."""
    texts = isinstance(in_database, sa.String) and isinstance(in_model, sa.String)
    return False if texts else None


def test_models_and_migrations_agree_on_every_column(database_url: str) -> None:
    assert differences(database_url) == []


def test_a_column_that_a_model_lacks_is_noticed(database_url: str) -> None:
    engine = make_engine(owners(database_url), name="test")
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE bots ADD COLUMN surprise integer"))
        connection.execute(sa.text("ALTER TABLE bots ALTER COLUMN generation TYPE bigint"))
    engine.dispose()
    text = " ".join(differences(database_url))
    assert "surprise" in text
    assert "generation" in text
