"""``make demo``: plays the story against the running system, step by step, with the time that each step took."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from demo.story import Story

ENDPOINTS = Path(os.environ.get("ENDPOINTS_FILE", ".local/endpoints.json"))


def main() -> int:
    """The exit status: 0 if every step went well."""
    if not ENDPOINTS.exists():
        print(f"{ENDPOINTS} is not there: start the system with `make run` first.", file=sys.stderr)
        return 2
    story = Story(json.loads(ENDPOINTS.read_text(encoding="utf-8")))
    print(f"The story of {story.period}: accounts {story.home.number} and {story.dacha.number}\n")
    try:
        for number, name in enumerate(story.STEPS):
            step = getattr(story, name)
            began = time.monotonic()
            try:
                outcome = step()
            except Exception as error:
                print(f"FAILED {number} {name}: {error}")
                return 1
            print(f"{number}  {time.monotonic() - began:6.2f} s  {step.__doc__}\n             {outcome}")
    finally:
        story.end()
    print("\nThe story ended well.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
