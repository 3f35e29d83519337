"""What one may write to support (SP-1)."""

from __future__ import annotations

from typing import Final

KINDS: Final = ("appeal", "complaint", "suggestion")
# Who answers (ID-10).
STAFF_ROLES: Final = ("operator", "administrator")
# Who wrote a message of a thread.
PERSON, STAFF = "person", "staff"
