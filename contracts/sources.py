"""Where a reading came from (MT-3), as codes; their names stand in contracts/wording."""

from __future__ import annotations

from typing import Final

CABINET, AUTOMATED, OPERATOR, WEB_FORM, ESTIMATE, CONTROL, OPENING = (
    "cabinet", "ami", "operator", "web_form", "estimate", "control", "opening",
)  # fmt: skip

#: Sent by customers themselves.
PEOPLE: Final = (CABINET, WEB_FORM)
ALL: Final = (CABINET, AUTOMATED, OPERATOR, WEB_FORM, ESTIMATE, CONTROL, OPENING)
