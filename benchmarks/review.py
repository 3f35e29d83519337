"""The monthly review of a loyalty programme (LY-3). Run: ``python -m benchmarks.review [--accounts N] [--rounds K]``.

In every round: the service's own review, the plain GROUP BY of a row an account and month (the floor), and an ORM on
a sample of the members, on fresh copies of the same database. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from typing import Any, Final

from benchmarks import support
from benchmarks.peers import review_world as world
from benchmarks.scratch import Scratch, scratch
from chassis.clock import SystemClock
from contracts.periods import previous_period
from services.loyalty.configuration import loyalty_tools
from services.loyalty.domain.awards import first_counted, last_ended

OURS, ORM = "benchmarks.peers.review_ours", "benchmarks.peers.review_orm"
REACH: Final = {"group_by": ["<=", 0.45], "orm": [">=", 100]}
SAMPLE: Final = 10_000
PATIENCE: Final = 3600.0


class Benchmark:
    """Its database and what was measured in it."""

    def __init__(self, made: Scratch, accounts: int) -> None:
        tools = loyalty_tools(world.CONFIG)
        self._scratch, self._accounts = made, accounts
        self._sample = min(SAMPLE, accounts)
        self._programme = tools.programmes[world.PROVIDER]
        # The only one that the service reviews now.
        self._period = last_ended(tools.day(world.PROVIDER, SystemClock().now()))
        self._first = first_counted(self._period, self._programme.window_periods)
        before = previous_period(self._period)
        self._base = world.fill(made, accounts, self._programme, self._period, before)
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.levels: dict[str, int] = {}
        self.found: dict[str, Any] = {}
        counts = "(select count(*) from points_award), (select count(*) from month_points)"
        [(self.journal, self.months)] = made.ask(self._base, f"select {counts}")

    def round(self) -> None:
        """All three."""
        with self._scratch.copy(self._base) as copy:
            floor = self._run(OURS, copy, role="group_by", period=self._period)
            self.found = self._run(OURS, copy, role="ours", period=self._period)
            self.levels = world.check(self._scratch, copy, self._programme, self._first)
        if not floor["members"] == self.found["members"] == self._accounts:
            raise AssertionError(f"not all were counted: {floor}, {self.found}")
        with self._scratch.copy(self._base) as copy:
            orm = self._run(ORM, copy, first=self._first, accounts=self._sample)
            if self._sample == self._accounts:
                world.check(self._scratch, copy, self._programme, self._first)
        self.seconds["ours"].append(self.found["seconds"])
        self.seconds["group_by"].append(floor["seconds"])
        self.seconds["group_by_journal"].append(floor["journal"])
        self.seconds["orm"].append(orm["seconds"] * self._accounts / self._sample)

    def _run(self, module: str, database: str, **given: Any) -> dict[str, Any]:
        with support.Child(module, url=self._scratch.url(database), **given) as child:
            return child.report(PATIENCE)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=20_000, help="1500000 for the full size")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with support.nodes() as stack, scratch(stack) as made:
        benchmark = Benchmark(made, options.accounts)
        for number in range(1, options.rounds + 1):
            benchmark.round()
            line = "  ".join(f"{name} {found[-1]:.3f} s" for name, found in benchmark.seconds.items())
            print(f"round {number} {line}", flush=True)
    seconds = benchmark.seconds
    ratios = {
        "group_by": support.paired(seconds["ours"], seconds["group_by"]),
        "orm": support.paired(seconds["orm"], seconds["ours"]),
    }
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    figures = {
        "accounts": options.accounts,
        "rounds": options.rounds,
        "journal_rows": benchmark.journal,
        "month_rows": benchmark.months,
        "changed": benchmark.found["changed"],
        "levels_changed": benchmark.found["levels_changed"],
        "levels": benchmark.levels,
        "orm_sample": min(SAMPLE, options.accounts),
        "seconds": {name: round(median, 4) for name, median in medians.items()},
        "accounts_per_s": {name: round(options.accounts / median) for name, median in medians.items()},
    }
    support.finish("review", ratios, REACH, figures)


if __name__ == "__main__":
    main()
