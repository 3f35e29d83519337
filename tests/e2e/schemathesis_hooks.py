"""What Schemathesis holds our answers against besides its own checks: loaded by it (SCHEMATHESIS_HOOKS).

A request that fits the interface's description is taken, or refused with a code that its operation declares: a wrong
code, a password that breaks the rules, a tax number. ``validation_failed`` is for what does not fit.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import schemathesis
from hypothesis import strategies as st

#: Faults that no schema can tell of: days beside each other, letters of names, what configuration knows.
BESIDE_THE_SCHEMA = {
    ("/birth_date", "out_of_range"),
    ("/csv", "one_of"),
    ("/day", "out_of_range"),
    ("/compare", "not_comparable"),
    ("/consents/*/document", "invalid_format"),
    ("/document", "invalid_format"),
    ("/first_day", "out_of_range"),
    ("/last_day", "before_first_day"),
    ("/last_day", "out_of_range"),
    ("/last_day", "too_many_days"),
    ("/name", "invalid_format"),
    ("/parts", "duplicate"),
    ("/patronymic", "invalid_format"),
    ("/ratio", "out_of_range"),
    ("/return_url", "not_allowed"),
    ("/surname", "invalid_format"),
    ("/target", "one_of"),
    ("/values/*", "invalid_type"),
}

#: A place in a list, or a key of the slots of a day.
PLACE = re.compile(r"(?<=^/values/).*|(?<=/)[0-9]+", re.DOTALL)
#: To JSON Schema 1.0 is an integer; to us a number of things has no point.
WHOLE_FLOAT = "got `float`."

# Its own strategy makes days of all years, and the description names those that anything here is about.
schemathesis.openapi.format("date", st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str))


@schemathesis.check
def what_fits_is_taken_or_refused_with_its_code(ctx: Any, response: Any, case: Any) -> None:
    """See above."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 422:
        return
    problem = json.loads(response.content)
    if problem["code"] != "validation_failed":
        return
    strange = [
        one
        for one in problem["errors"]
        if (PLACE.sub("*", one["pointer"]), one["code"]) not in BESIDE_THE_SCHEMA
        and not one["detail"].endswith(WHOLE_FLOAT)
    ]
    if strange:
        raise AssertionError(f"fits the description, and is refused: {strange}")
