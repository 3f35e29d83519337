"""The table of layers in docs/architecture.md is what the code does."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from deploy.local.names import DOMAIN_SERVICES, ROOT

LAYERS = ("gateway", "services", "authorisation", "chassis", "contracts")


def _written() -> dict[str, set[str]]:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.partition("<!-- layers -->")[2].partition("<!-- /layers -->")[0]
    rows = re.findall(r"^\| `([a-z/*]+)` \| (.*) \|$", table, re.MULTILINE)
    return {name.removesuffix("/*"): set(re.findall(r"`([a-z]+)`", imports)) for name, imports in rows}


def _imported(path: Path) -> set[str]:
    """Our own packages that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found |= {name.split(".")[0] for name in names}
    return found & set(LAYERS)


def test_the_layers_import_what_the_table_says() -> None:
    done = {
        layer: {name for path in (ROOT / layer).rglob("*.py") for name in _imported(path)} - {layer}
        for layer in LAYERS
    }
    assert done == _written()


def test_every_service_stands_on_the_same_layers() -> None:
    for service in DOMAIN_SERVICES:
        folder = ROOT / "services" / service
        assert {name for path in folder.rglob("*.py") for name in _imported(path)} >= {
            "authorisation",
            "chassis",
        }
