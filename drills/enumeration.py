"""Drill 17: no form tells who is registered. Run: ``python -m drills.enumeration --samples 2000``.

Each form is filled in for a subject that is known and for one that is not, in random order, over HTTP through the whole
system. The answers must be the same bytes but for ids and dates, and the time they take must not tell them apart: the
area under the curve of the best threshold (the rank sum of the two samples) stays at or under ``--auc``.

The last line is one JSON object; the exit status is 0 if all of it held.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from chassis.clock import set_file_clock
from deploy.local.names import ROOT
from deploy.local.programs import Program, system
from deploy.local.settings import GATEWAY, NO_RATE_LIMITS, Settings
from deploy.local.stack import Stack
from drills.enumeration_forms import FORMS, Outsider, Seen

WARM_UP: Final = 20
#: Limits count by the hour at most where addresses and names are many: after so many samples an hour goes by. Linking
#: is limited by person besides.
SAMPLES_AN_HOUR: Final = {"link": 8}
MAX_AN_HOUR: Final = 40
#: The processes look at the clock's file four times a second.
CLOCK_SEEN: Final = 0.3
AUC: Final = 0.55


def programs(settings: Settings) -> list[Program]:
    """Everything, with a gateway behind a proxy: callers come from many addresses."""
    return [
        Program(GATEWAY, program.argv, program.env | {"HTTP_PROXY_HOPS": "1"}, program.health_url)
        if program.name == GATEWAY
        else program
        for program in system(settings)
    ]


def area_under_curve(known: Sequence[float], unknown: Sequence[float]) -> float:
    """How well the best threshold tells two samples apart: 0.5 not at all, 1.0 always. Ties count half."""
    ordered = sorted([(value, 1) for value in known] + [(value, 0) for value in unknown])
    ranks = 0.0
    place = 0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        middle = (place + end + 1) / 2
        ranks += middle * sum(kind for _, kind in ordered[place:end])
        place = end
    pairs = len(known) * len(unknown)
    area = (ranks - len(known) * (len(known) + 1) / 2) / pairs
    return max(area, 1 - area)


class Drill:
    """One run against a stack."""

    def __init__(self, stack: Stack, seed: int) -> None:
        self._stack = stack
        self._dice = random.Random(seed)
        self.outsider = Outsider(stack, self._dice)

    def form(self, name: str, samples: int) -> dict[str, Any]:
        """Fill a form in so many times; what was seen of it."""
        fill: Callable[[Outsider, bool], Seen] = FORMS[name]
        times: dict[bool, list[float]] = {True: [], False: []}
        answers: dict[bool, set[str]] = {True: set(), False: set()}
        kinds = [True, False] * ((samples + WARM_UP) // 2)
        self._dice.shuffle(kinds)
        for number, known in enumerate(kinds):
            if number % SAMPLES_AN_HOUR.get(name, MAX_AN_HOUR) == 0:
                self._an_hour_later()
            seen = fill(self.outsider, known)
            answers[known].add(seen.answer)
            if number >= WARM_UP:
                times[known].append(seen.seconds)
        return {
            "auc": round(area_under_curve(times[True], times[False]), 4),
            "same_bytes": answers[True] == answers[False] and len(answers[True]) == 1,
            "answers": sorted(answers[True] | answers[False]),
            "median_ms": {
                "known": round(sorted(times[True])[len(times[True]) // 2] * 1000, 2),
                "unknown": round(sorted(times[False])[len(times[False]) // 2] * 1000, 2),
            },
        }

    def _an_hour_later(self) -> None:
        self.outsider.moment += timedelta(hours=1, minutes=1)
        set_file_clock(str(self._stack.settings.clock_file), self.outsider.moment)
        time.sleep(CLOCK_SEEN)
        # The first request after the pause is slower than the rest: it is nobody's sample.
        self.outsider.knock()


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--samples", type=int, default=2_000, help="of each form")
    parser.add_argument("--forms", nargs="+", choices=sorted(FORMS), default=sorted(FORMS))
    parser.add_argument("--auc", type=float, default=AUC)
    parser.add_argument(
        "--again", type=int, default=0, help="repeat a form that is above, with twice the samples"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, default=ROOT / ".local" / "drills-enumeration")
    options = parser.parse_args(arguments)
    found: dict[str, Any] = {}
    os.environ.update(NO_RATE_LIMITS)
    with Stack(options.home, system=programs) as stack:
        drill = Drill(stack, options.seed)
        drill.outsider.settle()
        for name in options.forms:
            found[name] = drill.form(name, options.samples)
            for more in range(options.again):
                if found[name]["auc"] > options.auc:
                    found[name] = drill.form(name, options.samples * 2 ** (more + 1))
            print(f"{name:10} AUC {found[name]['auc']:.3f}  {found[name]['median_ms']}", flush=True)
        set_file_clock(str(stack.settings.clock_file), None)
    faults = [f"{name}: AUC {form['auc']}" for name, form in found.items() if form["auc"] > options.auc]
    faults += [
        f"{name}: the answers differ: {form['answers']}"
        for name, form in found.items()
        if not form["same_bytes"]
    ]
    figures = {"samples": options.samples, "forms": {name: form["auc"] for name, form in found.items()}}
    print(json.dumps({"drill": "enumeration", "ok": not faults, "faults": faults} | figures))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
