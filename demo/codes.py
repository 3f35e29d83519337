"""What the authenticator apps of the demo's staff show now: ``python -m demo.codes``.

The apps' secrets are in ENDPOINTS_FILE (or DEMO_FILE), where the demo's loader noted them. Typed into an app of one's
own, a secret does instead of this.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from demo.authenticator import shown_code

FILES = (
    os.environ.get("DEMO_FILE", ""),
    os.environ.get("ENDPOINTS_FILE", ".local/endpoints.json"),
)


def lines(people: list[dict[str, Any]]) -> list[str]:
    """A line for each person with an app: role, secret, the code of this half minute."""
    return [
        f"  {person['role']:<17} {person['second_factor']}   now {shown_code(person['second_factor'])}"
        for person in people
        if person.get("second_factor")
    ]


def main() -> int:
    """Print; the exit status."""
    found = [Path(name) for name in FILES if name and Path(name).exists()]
    if not found:
        print("Nobody is noted: start the system with `make run` first.", file=sys.stderr)
        return 2
    print("\n".join(lines(json.loads(found[0].read_text(encoding="utf-8"))["sign_in"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
