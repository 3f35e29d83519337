"""``[identity]`` of the profiles is checked at start (ID-6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.configuration import Environment
from deploy.local.names import ROOT
from services.identity.configuration import IdentityTools, identity_tools
from services.identity.domain.proofs import FIELDS
from tests.support_code.tokens import Tokens

CORE = """
[provider]
id = "{id}"
name = {{ ru = "x", uk = "x", en = "x" }}
currency = "RUB"
time_zone = "Asia/Yekaterinburg"
resources = ["electricity"]

[identity]
account_number = '{pattern}'
account_number_hint = "10 digits"
account_number_check = "{check}"
proof = "{proof}"
proof_strength = "{strength}"
registration = "{registration}"
"""
GOOD = {
    "pattern": r"\d{10}",
    "check": "luhn",
    "proof": "last_payment",
    "strength": "weak",
    "registration": "email",
}


def load(folder: Path, tokens: Tokens) -> IdentityTools:
    settings = {
        "TOKEN_PRIVATE_KEY": tokens.private_key,
        "SEAL_KEY": tokens.seal_key,
        "CABINET_URL": "https://cabinet.example",
    }
    return identity_tools({"env": Environment(settings), "providers_dir": str(folder)})


def write(folder: Path, **changes: str) -> None:
    (folder / "some.toml").write_text(CORE.format(id="some", **GOOD | changes), encoding="utf-8")


def test_id6_every_shipped_profile_says_how_accounts_are_proven(tokens: Tokens) -> None:
    profiles = load(ROOT / "providers", tokens).profiles
    assert {profile.proof for profile in profiles.values()} == set(FIELDS)
    assert profiles["sverdlovenergosbyt"].proof_strength == "weak"


def test_id6_a_sound_profile_is_taken(tmp_path: Path, tokens: Tokens) -> None:
    write(tmp_path)
    assert load(tmp_path, tokens).profiles["some"].account_number_check == "luhn"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"proof": "birthday"}, "proof: 'birthday'"),
        ({"strength": "middling"}, "proof_strength: 'middling'"),
        ({"check": "mod97"}, "account_number_check: 'mod97'"),
        ({"registration": "fax"}, "registration: 'fax'"),
        ({"pattern": "[0-9"}, "account_number: "),
        ({"pattern": "[0-9A-Z]{15}"}, "account_number_check: letters"),
    ],
)
def test_id6_a_profile_that_makes_no_sense_stops_the_start(
    tmp_path: Path, tokens: Tokens, change: dict[str, str], fault: str
) -> None:
    write(tmp_path, **change)
    with pytest.raises(Exception, match=r"some.toml \[identity\]") as caught:
        load(tmp_path, tokens)
    assert fault in str(caught.value)
