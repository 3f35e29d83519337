"""A small world for metering: the shipped profiles, a real database, a moment that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from chassis.database import Database, make_engine
from deploy.local.names import ROOT
from services.metering.configuration import metering_tools
from tests.metering.world import World


@pytest.fixture
def world(service_database: Callable[[str], str]) -> Iterator[World]:
    """Metering's own database, empty, on the 20th of November 2026."""
    engine = make_engine(service_database("metering"), 4)
    yield World(Database(engine), metering_tools({"providers_dir": str(ROOT / "providers")}))
    engine.dispose()
