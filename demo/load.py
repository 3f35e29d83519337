"""Loads the demo once into a fresh system: staff, and a customer with three accounts of two suppliers.

ENDPOINTS_FILE tells where the system is, DEMO_FILE where to note who can sign in, IDENTITY_DATABASE_URL where the
first member of staff is put (there is nobody yet who could do it through the gateway).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from demo.browser import Browser, OutsideWorld
from demo.world import Home, account_register, meter_register

STAFF = {
    "operator": ("operator@cabinet.example", "Operator-2026x"),
    "accountant": ("accountant@cabinet.example", "Accountant-2026x"),
    "administrator": ("admin@cabinet.example", "Administrator-2026x"),
}
CUSTOMER = ("+79120000001", "Customer-2026x", "customer@mail.example")
HOMES = [
    Home(
        "uralenergosbyt", "0356067000", "115268446", "Иванов Иван Валерьевич", "Челябинск, ул. Труда, 17, кв. 5",
        "electricity", 1, True, {"1.8.0": Decimal("3589")},
    ),
    Home(
        "uralenergosbyt", "2626262000", "222222220", "Иванов Иван Валерьевич", "Миасс, СНТ «Ветеран», 48",
        "electricity", 2, False, {"1.8.1": Decimal("4036"), "1.8.2": Decimal("1820")},
    ),
    Home(
        "ustek-chelyabinsk", "7400120345", "300400500", "Иванов Иван Валерьевич", "Челябинск, ул. Труда, 17, кв. 5",
        "hot_water", 1, False, {"8.1.0": Decimal("312.5")}, tariffs="hot_water-1 heating-1",
    ),
]  # fmt: skip


def add_staff(database_url: str) -> None:
    """Put the members of staff in."""
    for role, (email, password) in STAFF.items():
        subprocess.run(
            [sys.executable, "-m", "services.identity.staff", "--email", email, "--role", role],
            input=password,
            text=True,
            check=True,
            env={**os.environ, "DATABASE_URL": database_url},
            stdout=subprocess.DEVNULL,
        )


def import_registers(gateway: str, homes: list[Home], installed: datetime) -> None:
    """Accounts and meters of the homes, by the administrator."""
    staff = Browser(gateway)
    staff.sign_in(*STAFF["administrator"])
    for provider in sorted({home.provider for home in homes}):
        mine = [home for home in homes if home.provider == provider]
        for path, csv in (
            ("/staff/account-registers", account_register(mine, installed.date())),
            ("/staff/meter-registers", meter_register(mine, installed.date())),
        ):
            report = staff.post(path, {"provider": provider, "csv": csv})
            if report["bad"]:
                raise RuntimeError(f"register refused: {report}")


def register(browser: Browser, world: OutsideWorld, phone: str, password: str, email: str | None) -> None:
    """Register by phone, confirm, and confirm an e-mail address."""
    begun = browser.post(
        "/registrations", {"phone": phone, "password": password, "agreement": "1", "language": "ru"}
    )
    browser.tokens = browser.post(
        f"/registrations/{begun['registration']}/confirmation", {"code": world.sms_code(phone)}
    )
    if email:
        browser.post("/me/email", {"email": email})
        browser.post("/me/email/confirmation", {"code": world.mail_code(email)})


def main() -> int:
    """Load; the exit status."""
    endpoints = json.loads(Path(os.environ["ENDPOINTS_FILE"]).read_text(encoding="utf-8"))
    gateway, world = endpoints["gateway"]["url"], OutsideWorld(endpoints["sandbox"]["url"])
    add_staff(os.environ["IDENTITY_DATABASE_URL"])
    import_registers(gateway, HOMES, datetime.now(UTC) - timedelta(days=70))
    customer = Browser(gateway)
    phone, password, email = CUSTOMER
    register(customer, world, phone, password, email)
    for home, name in zip(HOMES, ("Квартира", "Дача", "Квартира: тепло"), strict=True):
        customer.post(
            "/accounts",
            {"provider": home.provider, "number": home.number, "proof": home.serial, "name": name},
        )
    people = [{"role": "customer", "login": phone, "password": password}]
    people += [{"role": role, "login": email, "password": secret} for role, (email, secret) in STAFF.items()]
    Path(os.environ["DEMO_FILE"]).write_text(json.dumps({"sign_in": people}, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
