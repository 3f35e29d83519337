"""A bill run (BL-4). Run: ``python -m benchmarks.bill_run [--accounts N] [--months K] [--rounds K]``.

In every round: the service's own run, the writing of the very rows that it made (the floor), and an ORM on a sample
of the accounts, each on a fresh copy of the same database. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from benchmarks import support
from benchmarks.peers import bill_run_world as world
from benchmarks.scratch import Scratch, scratch
from contracts.periods import parse_period
from services.billing.configuration import billing_tools

OURS, FLOOR, ORM = (f"benchmarks.peers.bill_run_{name}" for name in ("ours", "floor", "orm"))
REACH: Final = {"floor": ["<=", 1.15], "orm": [">=", 190]}
SAMPLE: Final = 2_000
PATIENCE: Final = 6 * 3600.0
ROWS = support.WORK / "bill_run"


class Benchmark:
    """Its databases and what was measured in them."""

    def __init__(self, made: Scratch, accounts: int, months: int) -> None:
        self._scratch = made
        self._accounts = accounts
        self._sample = min(SAMPLE, accounts)
        self._billing, self._metering = world.fill(made, accounts, months)
        self.seconds: dict[str, list[float]] = defaultdict(list)
        rules = billing_tools(world.CONFIG).rules[world.PROVIDER]
        version = rules.tariffs[world.TARIFF].on(parse_period(world.PERIOD))
        self._rules = version.prices, version.vat, rules.norms["electricity"]
        self.charged = Decimal(0)

    def profile(self, path: Path) -> None:
        """Our run once more, under cProfile; it does not count."""
        with self._scratch.copy(self._billing) as copy:
            self._run(OURS, copy, metering=self._scratch.url(self._metering), profile=str(path.resolve()))

    def round(self) -> None:
        """All three."""
        with self._scratch.copy(self._billing) as copy:
            for name, seconds in self._run(OURS, copy, metering=self._scratch.url(self._metering)).items():
                self.seconds["ours" if name == "seconds" else name].append(seconds)
            self.charged = world.check(self._scratch, copy, self._metering, *self._rules)
            self._run(FLOOR, copy, role="dump", folder=str(ROWS))
        with self._scratch.copy(self._billing) as copy:
            self._keep("floor", self._run(FLOOR, copy, role="load", folder=str(ROWS)))
            if world.check(self._scratch, copy, self._metering, *self._rules) != self.charged:
                raise AssertionError("the floor wrote something else")
        with self._scratch.copy(self._billing) as copy:
            found = self._run(ORM, copy, metering=self._scratch.url(self._metering), accounts=self._sample)
            self._keep("orm", {"seconds": found["seconds"] * self._accounts / self._sample})

    def _keep(self, name: str, found: dict[str, Any]) -> None:
        self.seconds[name].append(found["seconds"])

    def _run(self, module: str, database: str, **given: Any) -> dict[str, Any]:
        url = "url" if module == FLOOR else "billing"
        with support.Child(module, None, **{url: self._scratch.url(database)}, **given) as child:
            return child.report(PATIENCE)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=20_000, help="1500000 for the full size")
    parser.add_argument("--months", type=int, default=0, help="of earlier bills in the database")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", type=Path, help="write cProfile's figures of one more run there")
    options = parser.parse_args()
    with support.nodes() as stack, scratch(stack) as made:
        # Only now: the folder belongs to whoever has the nodes.
        shutil.rmtree(ROWS, ignore_errors=True)
        ROWS.mkdir(parents=True)
        benchmark = Benchmark(made, options.accounts, options.months)
        for number in range(1, options.rounds + 1):
            benchmark.round()
            print(f"round {number} " + _line(benchmark.seconds), flush=True)
        if options.profile:
            benchmark.profile(options.profile)
        shutil.rmtree(ROWS)
    seconds = benchmark.seconds
    ratios = {
        "floor": support.paired(seconds["ours"], seconds["floor"]),
        "orm": support.paired(seconds["orm"], seconds["ours"]),
    }
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    figures = {
        "accounts": options.accounts,
        "months_before": options.months,
        "rounds": options.rounds,
        "charged": str(benchmark.charged),
        "orm_sample": min(SAMPLE, options.accounts),
        "seconds": {name: round(median, 3) for name, median in medians.items()},
        "accounts_per_s": {
            name: round(options.accounts / medians[name]) for name in ("ours", "floor", "orm")
        },
    }
    support.finish("bill_run", ratios, REACH, figures)


def _line(seconds: dict[str, list[float]]) -> str:
    return "  ".join(f"{name} {found[-1]:.2f} s" for name, found in seconds.items())


if __name__ == "__main__":
    main()
