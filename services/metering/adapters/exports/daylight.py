"""Daylight saving as ESPI writes it: two rules of 32 bits, made from the time zone's own changes in a year."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

# No rule: the clock does not change.
NEVER: Final = 0xFFFFFFFF
LAST_WEEKDAY: Final = 7


class DstRules(NamedTuple):
    """``offset`` seconds of standard time from UTC, ``dst_offset`` what is added in summer, and when."""

    offset: int
    dst_offset: int
    start: int
    end: int


def dst_rules(zone: tzinfo, year: int) -> DstRules:
    """The rules of a year. A zone whose clock does not change twice has none, and the offset of the year's end."""
    changes = _changes(zone, year)
    if len(changes) != 2:
        return DstRules(_offset(datetime(year, 12, 31, tzinfo=UTC), zone), 0, NEVER, NEVER)
    forward, back = sorted(changes, key=lambda moment: _gain(moment, zone), reverse=True)
    standard = _offset(back, zone)
    return DstRules(standard, _offset(forward, zone) - standard, _rule(forward, zone), _rule(back, zone))


def _changes(zone: tzinfo, year: int) -> list[datetime]:
    """The first hours (UTC) with another offset than the hour before."""
    moment, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found = []
    while moment < end:
        after = moment + timedelta(days=1)
        if _offset(moment, zone) != _offset(after, zone):
            hour = moment
            while _offset(hour, zone) == _offset(moment, zone):
                hour += timedelta(minutes=30)
            found.append(hour)
        moment = after
    return found


def _offset(moment: datetime, zone: tzinfo) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _gain(moment: datetime, zone: tzinfo) -> int:
    return _offset(moment, zone) - _offset(moment - timedelta(minutes=30), zone)


def _rule(moment: datetime, zone: tzinfo) -> int:
    """What the clock on the wall showed when it was changed."""
    wall = moment + timedelta(seconds=_offset(moment - timedelta(minutes=30), zone))
    days = calendar.monthrange(wall.year, wall.month)[1]
    if wall.day > days - 7:
        which = LAST_WEEKDAY << 25 | wall.isoweekday() << 17
    else:
        # The weekday on or after a day: 8 for the second Sunday.
        which = 1 << 25 | ((wall.day - 1) // 7 * 7 + 1) << 20 | wall.isoweekday() << 17
    return wall.month << 28 | which | wall.hour << 12 | wall.minute * 60
