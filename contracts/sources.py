"""Where a reading came from (MT-3), and how bills and screens name it."""

from __future__ import annotations

from typing import Final

CABINET, AUTOMATED, OPERATOR, WEB_FORM, ESTIMATE, CONTROL, OPENING = (
    "cabinet", "ami", "operator", "web_form", "estimate", "control", "opening",
)  # fmt: skip

#: Sent by customers themselves.
PEOPLE: Final = (CABINET, WEB_FORM)

# The supplier's own short names, as its customers know them.
SHORT_NAMES: Final = {
    CABINET: "ИКУС",
    AUTOMATED: "АСКУЭ",
    OPERATOR: "Квитанции",
    WEB_FORM: "Сайт",
    ESTIMATE: "Расчётное",
    CONTROL: "Контрольное",
    OPENING: "Начальное",
}
