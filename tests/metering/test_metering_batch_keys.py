"""What makes a batch the same batch: the key is short, the three that it stands for are not."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from chassis.database import Database, make_engine, psycopg2_url
from deploy.local.names import ROOT
from services.metering.store.ami_batches import batch_key, known_batches

MIGRATION = ROOT / "services/metering/migrations/versions/0006_batch_keys.py"
SENT = [
    ("ural", "hes-chel-1", "018f4e00-0000-7000-8000-000000000001"),
    ("ural", "hes-chel-1", "\N{CYRILLIC CAPITAL LETTER PE}\u20ac\\'\""),
    ("ural", "hes", "-chel-1batch"),
    ("uralhes", "", "-chel-1batch"),
]


def _migration() -> Any:
    spec = importlib.util.spec_from_file_location("batch_keys", MIGRATION)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mt8_batches_taken_before_the_short_key_are_known_by_it(scratch_database: str) -> None:
    engine = create_engine(psycopg2_url(scratch_database))
    with engine.begin() as connection:
        connection.execute(
            text(
                """create table ami_batch (provider text not null, head_end text not null, batch text not null,
                       receipt text not null, received_at timestamptz not null,
                       primary key (provider, head_end, batch))"""
            )
        )
        for number, (provider, head_end, batch) in enumerate(SENT):
            connection.execute(
                text("insert into ami_batch values (:provider, :head_end, :batch, :receipt, :at)"),
                {
                    "provider": provider, "head_end": head_end, "batch": batch,
                    "receipt": f'{{"batch": {number}}}', "at": datetime(2026, 11, 20, tzinfo=UTC),
                },
            )  # fmt: skip
        with Operations.context(MigrationContext.configure(connection)):
            _migration().upgrade()
    keys = [batch_key(*sent) for sent in SENT]
    engine.dispose()
    with Database(make_engine(scratch_database)).snapshot() as tx:
        assert known_batches(tx, [*keys, batch_key("ural", "hes", "other")]) == {
            key: f'{{"batch": {number}}}' for number, key in enumerate(keys)
        }


@pytest.mark.parametrize("other", [("ural", "hes-2", "b"), ("omsk", "hes-1", "b"), ("ural", "hes-1", "B")])
def test_mt8_another_sender_or_batch_has_another_key(other: tuple[str, str, str]) -> None:
    assert batch_key(*other) != batch_key("ural", "hes-1", "b")
