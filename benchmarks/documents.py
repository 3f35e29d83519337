"""Bills a second on one core, QR code included. Run: ``python -m benchmarks.documents [--bills N]``.

Every bill is another account's, with other names, numbers and payment text, so that nothing but the form
itself is found in a cache. The process keeps to one core, because the compiler would use the others as well,
and the seconds are those that the core gave to it: on a shared machine it is taken away at times.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import time
from datetime import date
from decimal import Decimal
from typing import Final

from services.billing.adapters.documents import (
    BillDocument,
    ChargeRow,
    Loyalty,
    Provider,
    ReadingRow,
    Requisite,
    Totals,
    render_bill,
)
from services.billing.domain.payment_qr import Payee, payment_string, sum_in_kopecks

REACH: Final = {"bills_per_second_per_core": [">=", 50]}
WARM_UP: Final = 20
ROUNDS: Final = 5
CENT: Final = Decimal("0.01")
SURNAMES: Final = ("Иванова", "Петренко", "Сидоров", "Кузнецова", "Щукин", "Ахметзянова")
STREETS: Final = ("пр-т Ленина", "ул. Российская", "ул. Братьев Кашириных", "ул. Цвиллинга")


def keep_to_one_core() -> None:
    """Pin the process, before the compiler counts the cores and starts as many threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def sample(index: int) -> BillDocument:
    """Make the bill of one household: electricity in two zones, hot water, a recalculation and a penalty."""
    dice = random.Random(index)
    payee = Payee(
        "АО «Уралэнергосбыт»",
        "40702810900000012345",
        "ПАО «ЧЕЛЯБИНВЕСТБАНК»",
        "047501779",
        "30101810400000000779",
        "7453313477",
        "745301001",
    )
    period = date(2026, 11, 1)
    number, account = f"2026-11-{index:07d}", str(7_400_000_000 + index * 7919)
    meters = (
        ("Электроснабжение", "день", "кВт·ч", "Меркурий 206 № 38", Decimal("4.18"), 0, "ИКУС"),
        ("Электроснабжение", "ночь", "кВт·ч", "Меркурий 206 № 38", Decimal("2.05"), 0, "АСКУЭ"),
        ("Горячее водоснабжение", "", "м³", "СГВ-15 № 22", Decimal("347.763"), 3, "Квитанции"),
    )
    charges, readings = [], []
    for service, zone, unit, meter, tariff, decimals, source in meters:
        previous = Decimal(dice.randrange(1_000, 30_000)).scaleb(-decimals)
        consumption = Decimal(dice.randrange(90, 3_000)).scaleb(-decimals)
        amount = (consumption * tariff).quantize(CENT)
        vat = (amount * 22 / 122).quantize(CENT)
        current = previous + consumption
        charges.append(ChargeRow(service, amount, zone, previous, current, consumption, unit, tariff, vat))
        taken_on = date(2026, 11, dice.randrange(15, 26))
        readings.append(ReadingRow(f"{meter}{index:06d}", current, unit, taken_on, source, zone))
    correction = -Decimal(dice.randrange(100, 20_000)).scaleb(-2)
    charges.append(ChargeRow("Перерасчёт за октябрь 2026", correction, note="по контрольному показанию"))
    penalty = Decimal(dice.randrange(10, 5_000)).scaleb(-2)
    charges.append(ChargeRow("Пени", penalty, note="просрочка 37 дней"))

    charged = sum((row.amount for row in charges), Decimal(0))
    vat = sum((row.vat or Decimal(0) for row in charges), Decimal(0))
    opening = Decimal(dice.randrange(50_000, 900_000)).scaleb(-2)
    totals = Totals(opening, opening, charged, charged, vat)
    fields = {
        "Sum": sum_in_kopecks(charged),
        "Purpose": f"Оплата коммунальных услуг за 11.2026, л/с {account}",
        "PersAcc": account,
        "PaymPeriod": f"{period:%m%Y}",
        "TechCode": "02",
        "QuittId": number,
    }
    return BillDocument(
        language="ru",
        currency="RUB",
        number=number,
        issued_on=date(2026, 12, 1),
        period=period,
        due_on=date(2026, 12, 15),
        provider=Provider(
            payee.name,
            (
                Requisite("inn", payee.inn),
                Requisite("kpp", payee.kpp),
                Requisite("bank_account", payee.personal_acc),
                Requisite("bank", payee.bank_name),
                Requisite("bic", payee.bic),
                Requisite("corresp_account", payee.corresp_acc),
            ),
            ("454091, г. Челябинск, ул. Российская, 260", "8 800 000-00-00"),
        ),
        account_number=account,
        holder=f"{dice.choice(SURNAMES)} М. П.",
        address=f"454080, г. Челябинск, {dice.choice(STREETS)}, д. {index % 200 + 1}, кв. {index % 131 + 1}",
        charges=tuple(charges),
        readings=tuple(readings),
        totals=totals,
        loyalty=Loyalty("ответственный", dice.randrange(60)),
        payment_text=payment_string(payee, fields),
    )


def main() -> None:
    """Render, print what was measured, and the result as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bills", type=int, default=500, help="bills to render in all (default 500)")
    in_a_round = max(parser.parse_args().bills // ROUNDS, 1)
    keep_to_one_core()

    for index in range(WARM_UP):
        render_bill(sample(index))
    rates, size = [], 0
    for round_ in range(ROUNDS):
        first = WARM_UP + round_ * in_a_round
        documents = [sample(index) for index in range(first, first + in_a_round)]
        core, wall = time.process_time(), time.perf_counter()
        for document in documents:
            size += len(render_bill(document))
        core, wall = time.process_time() - core, time.perf_counter() - wall
        rates.append(in_a_round / core)
        print(f"round {round_ + 1}: {rates[-1]:.1f} bills/s of core, {in_a_round / wall:.1f} by the clock")
    rate = statistics.median(rates)
    print(f"median {rate:.1f} bills/s, {size / in_a_round / ROUNDS / 1000:.0f} KB each")
    ratios = {"bills_per_second_per_core": round(rate, 1)}
    print(json.dumps({"benchmark": "documents", "ratios": ratios, "reach": REACH}))


if __name__ == "__main__":
    main()
