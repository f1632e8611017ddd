"""How long to wait: what servers ask for, pauses that grow, and the clock that tests replace."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import UTC
from email.utils import parsedate_to_datetime


class Clock:
    """Time as it passes."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    async def until(self, moment: float) -> None:
        """Wait until `now` has come to `moment`."""
        if moment > self.now():
            await asyncio.sleep(moment - self.now())


def retry_after(text: str | None, wall: float) -> float | None:
    """Seconds that a Retry-After header asks to wait, 0 or more; None without one that can be read.

    Source: RFC 9110, section 10.2.3: seconds, or a date.

    Args:
        text: the header's value.
        wall: now, seconds since 1970.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:12])
    try:
        moment = parsedate_to_datetime(text)
        # A date without a zone is in GMT, as all of HTTP's dates are.
        return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - wall)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def backoff(attempt: int, first: float, longest: float) -> float:
    """Seconds to wait after the `attempt`-th failure: doubling, half of it at random so that tries spread out."""
    pause = min(longest, first * 2.0 ** min(attempt - 1, 30))
    return pause * random.uniform(0.5, 1.0)
