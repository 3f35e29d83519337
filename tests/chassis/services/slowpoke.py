"""A service that notes what it carries out in a file, to be stopped and killed by tests."""

from __future__ import annotations

import os
from typing import Any

import eventlet

from chassis.provided import Provided
from chassis.rpc.server import rpc


class SlowpokeService:
    """Has no database."""

    name = "slowpoke"
    has_database = False
    notes: str = Provided(lambda config: config["env"].text("NOTES"))

    @rpc
    def note(self, call: Any, text: str) -> str:
        """Write a line."""
        with open(self.notes, "a", encoding="utf-8") as file:
            file.write(text + "\n")
        return text

    @rpc
    def nap_and_note(self, call: Any, seconds: float, text: str) -> dict[str, Any]:
        """Take a while, then write a line."""
        eventlet.sleep(seconds)
        with open(self.notes, "a", encoding="utf-8") as file:
            file.write(text + "\n")
        return {"text": text, "pid": os.getpid()}
