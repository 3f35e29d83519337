"""A small world for billing: the shipped profiles, a real database, a moment that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chassis.database import Database, make_engine
from deploy.local.names import ROOT
from services.billing.configuration import billing_tools
from tests.billing.world import World


@pytest.fixture
def world(service_database: Callable[[str], str]) -> Iterator[World]:
    """Billing's own database, empty, on the 2nd of December 2026."""
    engine = make_engine(service_database("billing"), 4)
    yield World(Database(engine), billing_tools({"providers_dir": str(ROOT / "providers")}))
    engine.dispose()
