"""The limit of the broker: client and server in C on librabbitmq (``rpc_c.c``), compiled where a compiler is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from benchmarks import support
from benchmarks.peers.payload import ANSWER, REQUEST, SERVICE, WARM_UP

SOURCE: Final = Path(__file__).with_suffix(".c")
PROGRAM: Final = support.WORK / "rpc_c"
QUEUE: Final = f"{SERVICE}_c"


def missing() -> str:
    """What is not there that this needs; empty if nothing."""
    for tool in ("cc", "pkg-config"):
        if shutil.which(tool) is None:
            return tool
    found = subprocess.run(["pkg-config", "--exists", "librabbitmq"], check=False)
    return "" if found.returncode == 0 else "librabbitmq-dev"


def build() -> None:
    """Compile it."""
    flags, folder = (
        subprocess.run(
            ["pkg-config", *asked, "librabbitmq"], check=True, capture_output=True, text=True
        ).stdout.split()
        for asked in (["--cflags", "--libs"], ["--variable=libdir"])
    )
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cc", "-O2", "-o", PROGRAM, SOURCE, *flags, f"-Wl,-rpath,{folder[0]}"], check=True)


def start(role: str, url: str, body: Any, *more: int) -> subprocess.Popen[str]:
    """The program, connected to the address."""
    parts = urlsplit(url)
    to = [parts.hostname, parts.port, parts.username, parts.password, parts.path[1:], QUEUE]
    argv = [str(PROGRAM), role, *(unquote(str(item)) for item in to), *map(str, more)]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    child.stdin.write(json.dumps(body))
    child.stdin.close()
    return child


def run(child: subprocess.Popen[str]) -> None:
    """Pass on what it says, until it ends."""
    assert child.stdout is not None
    for line in child.stdout:
        support.report(**json.loads(line))
    if child.wait():
        raise SystemExit(child.returncode)


if __name__ == "__main__":
    given = support.arguments()
    if given["role"] == "serve":
        run(start("serve", given["url"], ANSWER))
    else:
        run(
            start(
                "call",
                given["url"],
                REQUEST,
                given["sequential"],
                given["calls"],
                given["in_flight"],
                WARM_UP,
            )
        )
