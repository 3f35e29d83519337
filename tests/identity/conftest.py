"""Identity's own database, a clock that stands still, argon2 made cheap (one test has the real one)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher

from chassis.configuration import Environment
from chassis.database import Database, make_engine
from deploy.local.names import ROOT
from services.identity.adapters import secrets
from services.identity.configuration import identity_tools
from tests.identity.world import World
from tests.support_code.tokens import Tokens


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_hasher", hasher)
    monkeypatch.setattr(secrets, "_DUMMY", hasher.hash("Nobody's password 1"))


@pytest.fixture
def world(service_database: Callable[[str], str], tokens: Tokens, cheap_passwords: None) -> Iterator[World]:
    """Identity, empty."""
    settings = {
        "TOKEN_PRIVATE_KEY": tokens.private_key,
        "SEAL_KEY": tokens.seal_key,
        "CABINET_URL": "https://cabinet.example/",
    }
    tools = identity_tools({"env": Environment(settings), "providers_dir": str(ROOT / "providers")})
    engine = make_engine(service_database("identity"), 12)
    yield World(Database(engine), tools, tokens)
    engine.dispose()
