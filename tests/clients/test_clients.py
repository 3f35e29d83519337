"""GW-6: programs are made from the interface's description, and compile under the strictest rules of their language."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from deploy.local.names import ROOT
from tests.support_code import clients


def test_gw6_the_linters_find_nothing(tmp_path: Path) -> None:
    rules = ("--ruleset", clients.HERE / "spectral.yaml", "--fail-severity", "hint")
    clients.tool("spectral", "lint", *rules, clients.DOCUMENT, cwd=tmp_path)
    judged = clients.tool(
        "redocly", "lint", "--config", clients.HERE / "redocly.yaml", clients.DOCUMENT, cwd=tmp_path
    )
    assert "warning" not in judged


def test_gw6_the_linters_find_what_is_wrong(tmp_path: Path) -> None:
    document = yaml.safe_load(clients.DOCUMENT.read_text(encoding="utf-8"))
    document["paths"]["/api/v1/history"]["get"]["operationId"] = "overview"
    broken = tmp_path / "broken.yaml"
    broken.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(clients.ToolFailed, match="operation-operationId-unique"):
        clients.tool("spectral", "lint", "--ruleset", clients.HERE / "spectral.yaml", broken, cwd=tmp_path)
    with pytest.raises(clients.ToolFailed, match="operation-operationId-unique"):
        clients.tool("redocly", "lint", "--config", clients.HERE / "redocly.yaml", broken, cwd=tmp_path)


def test_gw6_a_strict_typescript_client_compiles(tmp_path: Path) -> None:
    program = clients.make_typescript_client(tmp_path)
    clients.tool("tsc", "--project", ".", cwd=tmp_path)
    # The compiler knows the codes of an operation, and which kinds there are.
    for right, wrong, fault in (
        ('case "bill"', 'case "bil"', "TS2678"),
        ("item.details.total", "item.details.number", "TS2339"),
    ):
        text = program.read_text(encoding="utf-8")
        program.write_text(text.replace(right, wrong), encoding="utf-8")
        with pytest.raises(clients.ToolFailed, match=fault):
            clients.tool("tsc", "--project", ".", cwd=tmp_path)
        program.write_text(text, encoding="utf-8")


def test_gw6_a_python_client_passes_strict_mypy(tmp_path: Path) -> None:
    program = clients.make_python_client(tmp_path)
    mypy = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        f"--cache-dir={ROOT}/.local/mypy-clients",
    )
    clients.run(*mypy, program.name, "cabinet_client", cwd=tmp_path)
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace('item.kind == "bill"', 'item.kind == "bil"'), encoding="utf-8")
    with pytest.raises(clients.ToolFailed, match="comparison-overlap"):
        clients.run(*mypy, program.name, "cabinet_client", cwd=tmp_path)
