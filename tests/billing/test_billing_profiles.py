"""What a supplier's profile says of bills is read as it is meant, or refused (BL-2)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chassis.configuration import ConfigurationError
from deploy.local.names import ROOT
from services.billing.configuration import billing_tools

NAME = "uralenergosbyt.toml"


@pytest.fixture
def providers(tmp_path: Path) -> Path:
    folder = tmp_path / "providers"
    shutil.copytree(ROOT / "providers", folder)
    return folder


@pytest.mark.parametrize(
    ("right", "misspelt"),
    [
        ("early_day = 1 }", "earlyday = 1 }"),
        ("pay_day = 10", "pay_dya = 10"),
        ("bill_day = 1,", "bill_days = 1,"),
        ('vat = "22", prices', 'vta = "22", prices'),
        ("{ from = 2026-01-01, vat", "{ form = 2026-01-01, vat"),
    ],
)
def test_bl2_a_misspelt_key_of_deadlines_or_versions_is_named(
    providers: Path, right: str, misspelt: str
) -> None:
    text = (providers / NAME).read_text(encoding="utf-8")
    assert right in text
    (providers / NAME).write_text(text.replace(right, misspelt, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="uralenergosbyt"):
        billing_tools({"providers_dir": str(providers)})


def test_bl2_the_profiles_that_come_with_it_are_read(providers: Path) -> None:
    assert "uralenergosbyt" in billing_tools({"providers_dir": str(providers)}).rules
