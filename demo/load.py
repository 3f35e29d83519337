"""Loads the demo once into a fresh system: staff, and a customer with accounts of all five suppliers.

ENDPOINTS_FILE tells where the system is, DEMO_FILE where to note who can sign in, IDENTITY_DATABASE_URL where the
first member of staff is put (there is nobody yet who could do it through the gateway).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from demo.browser import Browser, OutsideWorld
from demo.world import Home, account_file, meter_file

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
    Home(
        "sverdlovenergosbyt", "6601234567", "400500600", "Иванов Иван Валерьевич", "Екатеринбург, ул. Мира, 12А, кв. 7",
        "cold_water", 1, False, {"8.0.0": Decimal("141.2")}, place=("12", "А", "7", ""), email="customer@mail.example",
    ),
    Home(
        "kyivenergo-heat", "300010000000001", "500600700", "Іванова Олена", "Київ, вул. Хрещатик, 1, кв. 2",
        "hot_water", 1, False, {"8.1.0": Decimal("98.4")}, tariffs="hot_water-1 heating-1",
        balance=Decimal("1840.55"), paid_on=date(2026, 9, 14), paid=Decimal("1512.30"),
    ),
    Home(
        "kyivenergo-power", "300020000000002", "600700800", "Іванова Олена", "Київ, вул. Хрещатик, 1, кв. 2",
        "electricity", 2, False, {"1.8.1": Decimal("1204"), "1.8.2": Decimal("640")},
        balance=Decimal("-126.40"), paid_on=date(2026, 9, 15), paid=Decimal("700.00"),
    ),
]  # fmt: skip


def add_staff(database_url: str) -> None:
    """Put the members of staff in."""
    for role, (email, password) in STAFF.items():
        _staff_command(database_url, "--email", email, "--role", role, password=password)


def enrol_staff(gateway: str, database_url: str) -> list[dict[str, str]]:
    """A second factor for each, as they would do it themselves; who can sign in, with the secrets of their apps."""
    people = []
    for role, (email, password) in STAFF.items():
        member = Browser(gateway)
        answer = member.post("/sessions", {"login": email, "password": password})
        if answer["kind"] == "challenge":  # enrolled by a load that did not get to its end
            _staff_command(database_url, "--email", email, "--reset-second-factor")
        member.sign_in(email, password)
        people.append(
            {"role": role, "login": email, "password": password, "second_factor": member.enrol(password)}
        )
    return people


def note_people(people: list[dict[str, str]], file: Path) -> None:
    """Who can sign in, for whoever reads the file."""
    file.write_text(json.dumps({"sign_in": people}, indent=1), encoding="utf-8")
    file.chmod(0o600)


def member_of_staff(people: list[dict[str, Any]], role: str) -> dict[str, Any]:
    """The one with the role. Raises LookupError if the demo was loaded before there were second factors."""
    found = [person for person in people if person["role"] == role and person.get("second_factor")]
    if not found:
        raise LookupError(f"no {role} with a second factor is noted: load the demo into fresh data")
    return found[0]


def _staff_command(database_url: str, *arguments: str, password: str = "") -> None:
    subprocess.run(
        [sys.executable, "-m", "services.identity.staff", *arguments],
        input=password,
        text=True,
        check=True,
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.DEVNULL,
    )


def import_files_of(staff: Browser, homes: list[Home], installed: datetime) -> None:
    """Accounts and meters of the homes, by the administrator, who is signed in."""
    for provider in sorted({home.provider for home in homes}):
        mine = [home for home in homes if home.provider == provider]
        for path, csv in (
            ("/staff/account-imports", account_file(mine, installed.date())),
            ("/staff/meter-imports", meter_file(mine, installed.date())),
        ):
            report = staff.post(path, {"provider": provider, "csv": csv}, once=True)
            if report["bad"]:
                raise RuntimeError(f"file refused: {report}")


def register(browser: Browser, world: OutsideWorld, phone: str, password: str, email: str | None) -> None:
    """Register by phone, confirm, and confirm an e-mail address."""
    begun = browser.post(
        "/registrations", {"phone": phone, "password": password, "agreement": "1", "language": "ru"}
    )
    browser.tokens = browser.post(
        f"/registrations/{begun['registration']}/confirmation", {"code": world.sms_code(phone)}
    )
    if email:
        browser.post("/me/email", {"email": email, "password": password})
        browser.post("/me/email/confirmation", {"code": world.mail_code(email)})


def main() -> int:
    """Load; the exit status."""
    endpoints = json.loads(Path(os.environ["ENDPOINTS_FILE"]).read_text(encoding="utf-8"))
    gateway, world = endpoints["gateway"]["url"], OutsideWorld(endpoints["sandbox"]["url"])
    database_url = os.environ["IDENTITY_DATABASE_URL"]
    add_staff(database_url)
    staff = enrol_staff(gateway, database_url)
    administrator = Browser(gateway)
    administrator.sign_in_as(member_of_staff(staff, "administrator"))
    import_files_of(administrator, HOMES, datetime.now(UTC) - timedelta(days=70))
    customer = Browser(gateway)
    phone, password, email = CUSTOMER
    register(customer, world, phone, password, email)
    names = ("Квартира", "Дача", "Квартира: тепло", "У родителей", "Київ: тепло", "Київ: світло")
    for home, name in zip(HOMES, names, strict=True):
        asked = {"provider": home.provider, "number": home.number, "proof": home.proof, "name": name}
        customer.post("/accounts", asked)
    note_people(
        [{"role": "customer", "login": phone, "password": password}, *staff], Path(os.environ["DEMO_FILE"])
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
