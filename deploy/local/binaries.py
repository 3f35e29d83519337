"""Finds the programs that the private nodes run; run by itself it prints which Debian packages are missing.

Standard library only, no import from this project: bootstrap.sh runs it before the environment stands.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path


class MissingProgram(RuntimeError):
    """A program that can't be found; the message says what to install."""


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb`, the newest version first."""
    for folder in _postgres_folders():
        if _runnable(folder / "postgres") and _runnable(folder / "initdb"):
            return folder
    raise MissingProgram("PostgreSQL's server is not installed (Debian, Ubuntu: apt-get install postgresql)")


def _postgres_folders() -> Iterator[Path]:
    yield from _newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    if config := shutil.which("pg_config"):  # a script on Debian, so it is asked only when needed
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def rabbitmq_server() -> Path:
    """RabbitMQ's own start script.

    Debian's `/usr/sbin/rabbitmq-server` is not it: that wrapper switches to the system user and the system
    node's folders. So the real one is looked for first, and PATH is asked only elsewhere.
    """
    candidates = [
        folder / "rabbitmq-server"
        for folder in _newest_first(Path("/usr/lib/rabbitmq/lib").glob("rabbitmq_server-*/sbin"))
    ]
    if not candidates and (found := shutil.which("rabbitmq-server")):
        candidates.append(Path(found).resolve())
    for script in candidates:
        if _runnable(script) and (script.parent / "rabbitmq-env").exists():
            return script
    raise MissingProgram("RabbitMQ is not installed (Debian, Ubuntu: apt-get install rabbitmq-server)")


def epmd() -> Path:
    """Erlang's port mapper, which comes with every Erlang."""
    candidates = [Path(found)] if (found := shutil.which("epmd")) else []
    for pattern in ("bin/epmd", "erts-*/bin/epmd"):
        candidates += _newest_first(Path("/usr/lib/erlang").glob(pattern))
    for program in candidates:
        if _runnable(program):
            return program
    raise MissingProgram("Erlang's epmd is not installed (Debian, Ubuntu: apt-get install erlang-base)")


def missing_packages() -> dict[str, str]:
    """Debian package -> why it is needed, for what can't be found."""
    missing = {}
    for package, find in (
        ("rabbitmq-server", rabbitmq_server),
        ("erlang-base", epmd),
        ("postgresql", postgres_bin),
    ):
        try:
            find()
        except MissingProgram as error:
            missing[package] = str(error)
    return missing


def _runnable(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)


def _newest_first(paths: Iterable[Path]) -> list[Path]:
    def version(path: Path) -> list[int]:
        return [int(number) for number in re.findall(r"\d+", str(path))]

    return sorted(paths, key=version, reverse=True)


if __name__ == "__main__":
    for name in missing_packages():
        print(name)
