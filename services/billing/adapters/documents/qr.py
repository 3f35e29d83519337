"""A QR code as a vector drawing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from services.billing.adapters.documents.qr_code import encode

QUIET_ZONE: Final = 4

_DARK_RUN: Final = re.compile(b"1+")


@dataclass(frozen=True, slots=True)
class QrDrawing:
    """``modules`` is the width in modules, quiet zone included."""

    svg: str
    modules: int


def draw_qr(text: str) -> QrDrawing:
    """Encode UTF-8 at error level M, and draw it black on nothing with the quiet zone around."""
    code = encode(text.encode())
    stride = code.side + 1  # every line has its end
    strokes = [f"M{QUIET_ZONE} {QUIET_ZONE}.5"]
    # One path of horizontal strokes, each placed from the end of the last: the shortest way to say it, and a
    # single path has no seams between its lines, whatever the resolution.
    x = y = 0
    for run in _DARK_RUN.finditer(code.rows):
        start, end = run.span()
        row, column = divmod(start, stride)
        strokes.append(f"m{column - x} {row - y}h{end - start}")
        x, y = column + end - start, row
    side = code.side + 2 * QUIET_ZONE
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<path stroke="#000" d="{"".join(strokes)}"/></svg>'
    )
    return QrDrawing(svg, side)
