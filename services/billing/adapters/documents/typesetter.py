"""Typst kept warm: templates beside this file, data in, PDF out.

A compiler that has seen a template sets the next document several times faster, but it serves one call at a
time ("Already borrowed"). So each call takes an idle one, or makes one if all are busy: there are never more
than calls at once. The compiler releases the interpreter's lock, so threads do run side by side.

Nothing here is fetched and nothing of the machine is read: only the fonts embedded in the package, only files
of this folder, no date but the document's.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import typst

_TEMPLATES: Final = Path(__file__).parent
_FONTS: Final = typst.Fonts(include_system_fonts=False)


class Typesetter:
    """Sets documents by one template."""

    def __init__(self, template: str) -> None:
        self._template = _TEMPLATES / template
        # A deque, because its pop and append are atomic in themselves. A lock or a queue would be eventlet's
        # green one in a patched process, and the real threads of a pool can't share that.
        self._idle: deque[typst.Compiler] = deque()

    def pdf(self, data: Mapping[str, Any], day: date) -> bytes:
        """Set ``data``, read by the template as JSON and never as markup, dated ``day`` at midnight."""
        try:
            compiler = self._idle.pop()
        except IndexError:
            compiler = typst.Compiler(
                self._template, root=_TEMPLATES, font_paths=_FONTS, ignore_system_fonts=True
            )
        pdf = compiler.compile(
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            timestamp=datetime.combine(day, time(), UTC),
        )
        # Not in a `finally`: a compiler that failed is let go, with whatever state it is in.
        self._idle.append(compiler)
        if not isinstance(pdf, bytes):
            raise TypeError("the compiler returned no PDF")
        return pdf


def ask(template: str, inputs: dict[str, str]) -> str:
    """Return the value of the one ``metadata`` of a template, as JSON."""
    return typst.query(
        _TEMPLATES / template,
        "metadata",
        field="value",
        one=True,
        root=_TEMPLATES,
        font_paths=_FONTS,
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
