"""OBIS codes of head ends (IEC 62056-61): medium, channel, and what is measured.

``1-0:1.8.0*255`` is medium 1, channel 0, code 1.8.0. The medium and channel may be left out (the reduced code), and the
suffix, which names no earlier billing period; any other value of these is not taken.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

#: Medium by resource; 0 is what a reduced code says: nothing.
MEDIA: Final = {"electricity": 1, "heating": 6, "cold_water": 8, "hot_water": 9}
NOT_SAID: Final = 0

_CODE: Final = re.compile(r"(?:(\d{1,2})-0:)?(\d{1,3}\.\d{1,3}\.\d{1,3})(?:\*255)?", re.ASCII)

#: Interval channels by OBIS C.D.E: active energy taken from the network, and fed into it.
IMPORT_CHANNEL: Final = "1.29.0"
EXPORT_CHANNEL: Final = "2.29.0"
INTERVAL_CHANNELS: Final = frozenset({IMPORT_CHANNEL, EXPORT_CHANNEL})


class Obis(NamedTuple):
    """What a code says: ``code`` is C.D.E."""

    medium: int
    code: str


@lru_cache(maxsize=4096)
def read_obis(text: str) -> Obis | None:
    """None for what is no code of channel 0 and no earlier period."""
    found = _CODE.fullmatch(text)
    if found is None:
        return None
    medium = int(found[1]) if found[1] is not None else NOT_SAID
    if found[1] is not None and medium not in MEDIA.values():
        return None
    return Obis(medium, found[2])
