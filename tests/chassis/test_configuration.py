"""Environment and provider profiles: all that is wrong is said at once, with its place."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from chassis.configuration import ConfigurationError, Environment
from chassis.configure import container_config
from chassis.profiles import ProfileFiles

CORE = """
[provider]
id = "{id}"
name = {{ ru = "Имя" }}
currency = "RUB"
time_zone = "Asia/Yekaterinburg"
resources = ["electricity"]
"""


class Prices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    price: Decimal
    since: date
    steps: list[Decimal] = []


@pytest.fixture
def profiles(tmp_path: Path) -> Callable[..., ProfileFiles]:
    """``profiles(name="text of the section")``; a text that is no section is the whole file."""

    def write(**files: str) -> ProfileFiles:
        for name, text in files.items():
            text = textwrap.dedent(text)
            whole = text if text.startswith("=") else CORE.format(id=name) + text
            (tmp_path / f"{name}.toml").write_text(whole.removeprefix("="), encoding="utf-8")
        return ProfileFiles(str(tmp_path))

    return write


def test_values_are_read_and_defaults_taken() -> None:
    env = Environment({"TEXT": "t", "COUNT": "3", "SECONDS": "1.5", "ON": "Yes", "OFF": "off", "EMPTY": ""})
    assert (env.text("TEXT"), env.text("EMPTY", "d"), env.text("NONE", "")) == ("t", "d", "")
    assert (env.integer("COUNT"), env.integer("NONE", 7), env.number("SECONDS")) == (3, 7, 1.5)
    assert (env.switch("ON"), env.switch("OFF", True), env.switch("NONE", True)) == (True, False, True)
    env.check()


def test_all_faults_are_reported_together() -> None:
    env = Environment({"COUNT": "many", "FLAG": "perhaps"})
    env.text("NAME"), env.integer("COUNT"), env.number("SECONDS"), env.switch("FLAG")
    with pytest.raises(ConfigurationError) as caught:
        env.check()
    assert str(caught.value).split("; ") == [
        "NAME is not set",
        "COUNT is not a whole number: 'many'",
        "SECONDS is not set",
        "FLAG is neither on nor off: 'perhaps'",
    ]


def test_a_pem_key_may_have_its_line_ends_escaped() -> None:
    env = Environment({"KEY": "-----BEGIN X-----\\nabc\\n-----END X-----", "PATH_": "c:\\new"})
    assert env.text("KEY").splitlines() == ["-----BEGIN X-----", "abc", "-----END X-----"]
    assert env.text("PATH_") == "c:\\new"


def test_a_container_without_a_database_needs_no_address_of_one() -> None:
    given = {"AMQP_URL": "amqp://x", "TOKEN_PUBLIC_KEY": "k", "SERVICE_KEY": "s"}
    env = Environment(given)
    assert "database" not in container_config(env, with_database=False)
    env.check()
    container_config(env)
    assert env.faults == ["DATABASE_URL is not set"]


def test_a_section_is_read_with_exact_decimals(profiles: Callable[..., ProfileFiles]) -> None:
    files = profiles(one='[prices]\nprice = "4.15"\nsince = 2026-01-01\nsteps = ["0.1", 2]')
    found = files.section("prices", Prices)
    files.check()
    assert found["one"] == Prices(
        price=Decimal("4.15"), since=date(2026, 1, 1), steps=[Decimal("0.1"), Decimal(2)]
    )
    assert files.core["one"].zone.key == "Asia/Yekaterinburg"


def test_everything_wrong_in_all_files_is_reported_with_file_and_place(
    profiles: Callable[..., ProfileFiles],
) -> None:
    files = profiles(
        broken="=this is no toml",
        misnamed='=[provider]\nid = "other"',
        missing="",
        typo='[prices]\nprise = "1"\nsince = 2026-01-01',
        floats='[prices]\nprice = 4.15\nsince = 2026-01-01\nsteps = ["1", 0.5]',
        wrong='[prices]\nprice = "x"\nsince = 2026-01-01',
        nowhere='=[provider]\nid = "nowhere"\nname = {}\ncurrency = "RUB"\ntime_zone = "Mars/Olympus"\n'
        'resources = []\n[prices]\nprice = "1"\nsince = 2026-01-01',
    )
    files.section("prices", Prices)
    with pytest.raises(ConfigurationError) as caught:
        files.check()
    text = str(caught.value)
    for part in (
        "broken.toml: ",
        "misnamed.toml: [provider] id must be 'misnamed'",
        "missing.toml: [prices] is missing",
        "typo.toml [prices]: ",
        "`prise`",
        "floats.toml [prices] price: write 4.15 in quotes",
        "floats.toml [prices] steps[1]: write 0.5 in quotes",
        "wrong.toml [prices]: ",
        "`$.price`",
        "nowhere.toml: unknown time zone 'Mars/Olympus'",
    ):
        assert part in text
    assert files.section("prices", Prices).keys() == {"nowhere"}


def test_a_float_in_the_core_is_reported_not_raised(profiles: Callable[..., ProfileFiles]) -> None:
    files = profiles(one="=[provider]\nid = 'one'\nname = {ru = 1.5}")
    assert any(fault.startswith("one.toml [provider] name.ru: write 1.5") for fault in files.faults)


def test_a_folder_without_profiles_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no provider profiles"):
        ProfileFiles(str(tmp_path)).check()


def test_the_profiles_of_this_repository_are_sound() -> None:
    files = ProfileFiles("providers")
    files.check()
    assert len(files.core) >= 2
