"""Drill 15: Schemathesis over the whole interface of the running system, as a customer, as staff, as nobody.

It makes requests that fit the description and such that do not: no server error, no answer outside the description, no
invalid request taken, no valid one refused but with a code that is declared. Bounded by examples, not by time.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from demo.browser import Browser, OutsideWorld
from demo.load import import_files_of, member_of_staff, register
from demo.world import Home, fresh_number, fresh_phone, fresh_serial
from deploy.local.names import ROOT
from deploy.local.stack import Stack

#: They end the session of whoever asks, or change how they sign in: each has tests of its own.
ENDS_THE_SESSION = (
    "erase_me", "sign_out", "sign_out_everywhere", "sign_out_session", "change_password",
    "enrol_second_factor", "confirm_second_factor", "remove_second_factor",
    "disable_staff", "change_staff_roles", "reset_second_factor", "unlink_account",
)  # fmt: skip
#: Months that other tests bill and review.
SHARED = ("start_bill_run", "cancel_bill_run", "review_loyalty")
CONFIGURATION = """
[generation]
allow-x00 = false

[checks]
negative_data_rejection.expected-statuses = ["4xx"]
"""
#: Of theirs those that ask for more than one request, or for what ours replaces (schemathesis_hooks.py).
LEFT_OUT = (
    "ignored_auth", "use_after_free", "ensure_resource_availability", "object_level_authorization",
    "positive_data_acceptance",
)  # fmt: skip


def asks(system: Stack, folder: Path, token: str, examples: int) -> None:
    """One run; its report is told where anything was found."""
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    (folder / "hooks_of_the_cabinet.py").write_text(
        (ROOT / "tests" / "e2e" / "schemathesis_hooks.py").read_text(encoding="utf-8")
    )
    argv = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{system.endpoints['gateway']['url']}/api/v1/openapi.json",
        *([] if not token else ["-H", f"Authorization: Bearer {token}"]),
        *(part for name in (*ENDS_THE_SESSION, *SHARED) for part in ("--exclude-operation-id", name)),
        "--phases", "examples,coverage,fuzzing", "-n", str(examples), "--continue-on-failure",
        "--request-timeout", "20", "--checks", "all", "--exclude-checks", ",".join(LEFT_OUT),
        "--warnings", "off", "--seed", "1", "-w", "2",
    ]  # fmt: skip
    env = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks_of_the_cabinet", "PYTHONPATH": str(folder)}
    done = subprocess.run(argv, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]


@pytest.fixture(scope="module")
def tokens(system: Stack) -> dict[str, str]:
    """Of a customer with an account, a bill and readings; of an administrator; of nobody."""
    gateway = system.endpoints["gateway"]["url"]
    staff, customer = Browser(gateway), Browser(gateway)
    staff.sign_in_as(member_of_staff(system.endpoints["sign_in"], "administrator"))
    home = Home(
        "uralenergosbyt", fresh_number(), fresh_serial(), "Проверкин Пётр", "Миасс, ул. Лесная, 9", "electricity", 1,
        False, {"1.8.0": Decimal(1000)},
    )  # fmt: skip
    import_files_of(staff, [home], datetime.now(UTC) - timedelta(days=70))
    register(customer, OutsideWorld(system.endpoints["sandbox"]["url"]), fresh_phone(), "Checked-2026x", None)
    customer.post("/accounts", {"provider": home.provider, "number": home.number, "proof": home.proof})
    return {
        "customer": customer.tokens["access_token"],
        "staff": staff.tokens["access_token"],
        "nobody": "",
    }


@pytest.mark.parametrize(("who", "examples"), [("customer", 10), ("staff", 10), ("nobody", 3)])
def test_drill15_no_server_error_and_nothing_outside_the_description(
    system: Stack, tmp_path: Path, tokens: dict[str, str], who: str, examples: int
) -> None:
    asks(system, tmp_path, tokens[who], examples)
