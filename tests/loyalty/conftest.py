"""A small world for loyalty: two programmes of the tests' own, a real database, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chassis.database import Database, make_engine
from services.loyalty.configuration import LoyaltyTools, loyalty_tools
from tests.loyalty.world import PROGRAMME, PROVIDER, ZONES, World


@pytest.fixture
def tools(tmp_path: Path) -> LoyaltyTools:
    """Two providers with a programme, one without."""
    for name, zone in ZONES.items():
        rest = "enabled = false\n" if name == "plain" else PROGRAMME
        (tmp_path / f"{name}.toml").write_text(PROVIDER.format(id=name, zone=zone) + rest)
    return loyalty_tools({"providers_dir": str(tmp_path)})


@pytest.fixture
def world(service_database: Callable[[str], str], tools: LoyaltyTools) -> Iterator[World]:
    """Loyalty's own database, empty."""
    engine = make_engine(service_database("loyalty"), 4)
    yield World(Database(engine), tools)
    engine.dispose()
