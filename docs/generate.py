"""Writes what is generated from the code: ``python -m docs.generate``; with ``--check`` it only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from docs.generate_ami_schema import generate_ami_schema
from docs.generate_asyncapi import generate_asyncapi
from docs.generate_openapi import generate_openapi

HERE = Path(__file__).resolve().parent
GENERATED: dict[str, Callable[[], str]] = {
    "ami.schema.json": generate_ami_schema,
    "asyncapi.yaml": generate_asyncapi,
    "openapi.yaml": generate_openapi,
}


def main(arguments: list[str]) -> int:
    """Command line; the exit status of ``--check`` is 1 if anything differs."""
    stale = []
    for name, generate in GENERATED.items():
        path, text = HERE / name, generate()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
            print(f"docs/{name} written")
    if stale and "--check" in arguments:
        print(f"not current: {', '.join(stale)}; run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
