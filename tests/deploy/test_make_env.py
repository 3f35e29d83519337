"""Secrets are made once, for the owner's eyes only, and never end in an image or a commit."""

from __future__ import annotations

import io
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.docker import make_env
from deploy.docker.make_env import complete, parse
from tests.deploy.compose_file import ROOT


def test_two_systems_have_nothing_in_common() -> None:
    one, other = parse(complete("")), parse(complete(""))
    assert one.keys() == other.keys()
    assert {name for name in one if one[name] == other[name]} == {"COMPOSE_PROFILES"}


def test_what_is_there_stays_and_what_is_missing_is_added() -> None:
    text = "# mine\nGATEWAY_PORT=9000\n" + complete("")
    assert complete(text) == text
    shortened = "".join(line for line in text.splitlines(keepends=True) if "SEAL_KEY" not in line)
    again = complete(shortened)
    assert again.startswith(shortened)
    assert parse(again).keys() == parse(text).keys()
    assert complete(again) == again


def test_a_new_private_key_brings_its_public_key() -> None:
    text = complete("")
    kept = "".join(line for line in text.splitlines(keepends=True) if "TOKEN_PRIVATE_KEY" not in line)
    old, new = parse(text), parse(complete(kept))
    assert old["TOKEN_PUBLIC_KEY"] != new["TOKEN_PUBLIC_KEY"]


def test_the_demo_can_be_switched_off() -> None:
    text = complete("").replace("COMPOSE_PROFILES='demo'", "COMPOSE_PROFILES=")
    assert complete(text) == text


def test_every_value_is_one_line_that_compose_takes_literally() -> None:
    for line in complete("").splitlines()[1:]:
        name, _, value = line.partition("=")
        assert name.isidentifier()
        assert value[0] == value[-1] == "'" and "'" not in value[1:-1] and "$" not in value


def test_the_file_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert make_env.main([str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_text()
    assert make_env.main([str(path)]) == 0
    assert path.read_text() == before


def test_it_can_work_through_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "GATEWAY_PORT=9000\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    assert make_env.main(["-"]) == 0
    made = capsys.readouterr().out
    assert made.startswith(text) and "TOKEN_PRIVATE_KEY='-----BEGIN" in made


def test_git_leaves_the_file_alone() -> None:
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert {"/.env", ".env"} & set(ignored), "add /.env to .gitignore: it is full of secrets"


def test_the_script_is_a_shell_script() -> None:
    script = ROOT / "deploy/docker/init.sh"
    subprocess.run(["sh", "-n", str(script)], check=True)
    text = script.read_text()
    assert "umask 077" in text and "python -m deploy.docker.make_env -" in text
