"""The places that CONTRIBUTING names are there, and have what it says."""

from __future__ import annotations

import re

from deploy.local.names import ROOT

EXAMPLE = re.compile(r"^\| (?P<what>.+) \| `(?P<place>[^`]+)` \| `(?P<name>\w+)` \|$", re.MULTILINE)


def test_the_twenty_lines_are_at_their_places() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    examples = list(EXAMPLE.finditer(text))
    assert len(examples) == 20
    for example in examples:
        place = ROOT / example["place"]
        assert place.exists(), example["what"]
        defined = rf"^\s*(?:def |class |\[kinds\.)?{example['name']}\b"
        assert re.search(defined, place.read_text(encoding="utf-8"), re.MULTILINE), example["what"]


def test_every_place_that_the_documents_name_is_there() -> None:
    for document in ("CONTRIBUTING.md", "docs/architecture.md", "chassis/README.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        for named in re.findall(
            r"`((?:chassis|authorisation|contracts|gateway|services|docs|tests)/[\w/.-]+)`", text
        ):
            assert "<" in named or (ROOT / named).exists(), f"{document}: {named}"
