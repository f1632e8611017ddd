"""When and where a photo was taken, read from text that people and programs filled in."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(?:[T ].*)?)?", re.ASCII)
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d*)?", re.ASCII)


@dataclass(frozen=True)
class Occasion:
    """The occasion of one photo."""

    observed_on: str = ""
    """`2021-10-03`, or `2021-10` where the day is not known; "" unknown."""
    latitude: float = math.nan
    """Degrees north in WGS84; NaN, with the longitude, when unknown."""
    longitude: float = math.nan
    """Degrees east, -180 to 180."""
    unusable: tuple[str, ...] = ()
    """What was stated and cannot be."""

    @property
    def known(self) -> bool:
        """Whether there is a date or a place."""
        return bool(self.observed_on) or math.isfinite(self.latitude)

    def identity(self) -> tuple[str, ...]:
        """What counts for the identity of a data set; empty when nothing is known."""
        return (self.observed_on, repr(self.latitude), repr(self.longitude)) if self.known else ()


NO_OCCASION = Occasion()


def read_occasion(observed_on: str, latitude: str, longitude: str) -> Occasion:
    """Read three fields; a value that cannot be counts as unknown and is named in `unusable`.

    Args:
        observed_on: an ISO date, with a time or not, or a year and month.
        latitude: decimal degrees with a point. One coordinate without the other is of no use, and 0/0, which broken
            tables are full of, is none.
        longitude: the same.
    """
    day, place = _day(observed_on.strip()), _place(latitude.strip(), longitude.strip())
    unusable = []
    if day is None:
        unusable.append(observed_on.strip())
    if place is None:
        unusable.append(f"{latitude.strip()}/{longitude.strip()}")
    return Occasion(day or "", *(place or (math.nan, math.nan)), tuple(unusable))


def _day(text: str) -> str | None:
    if not text:
        return ""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = found.groups()
    try:
        date(int(year), int(month), int(day or 1))
    except ValueError:
        return None
    return f"{year}-{month}-{day}" if day else f"{year}-{month}"


def _place(latitude: str, longitude: str) -> tuple[float, float] | None:
    if not latitude and not longitude:
        return math.nan, math.nan
    if not _DEGREES.fullmatch(latitude) or not _DEGREES.fullmatch(longitude):
        return None
    north, east = float(latitude), float(longitude)
    if abs(north) > 90 or abs(east) > 180 or north == east == 0:
        return None
    # Minus zero would give the same place another identity.
    return north + 0.0, east + 0.0
