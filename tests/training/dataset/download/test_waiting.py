"""How long to wait."""

from __future__ import annotations

import pytest

from sporeprint_training.dataset.download.waiting import backoff, retry_after

NOW = 1_445_412_480.0
"""Wed, 21 Oct 2015 07:28:00 GMT."""


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("120", 120), (" 7 ", 7), ("9" * 400, 999_999_999_999),
        ("Wed, 21 Oct 2015 07:29:30 GMT", 90), ("Wed, 21 Oct 2015 07:29:30", 90), ("Wed, 21 Oct 2015 07:00:00 GMT", 0),
        ("Wednesday, 21-Oct-15 07:28:05 GMT", 5),
        (None, None), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("²", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None), ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)  # fmt: skip
def test_what_a_server_asks_for_is_read_as_seconds_or_as_a_date(text, seconds):
    assert retry_after(text, NOW) == seconds


def test_pauses_double_up_to_the_longest_and_are_half_random():
    for attempt, whole in ((1, 2), (2, 4), (3, 8), (5, 20), (1000, 20)):
        pauses = [backoff(attempt, 2, 20) for _ in range(50)]
        assert whole / 2 <= min(pauses) <= max(pauses) <= whole
        assert len(set(pauses)) > 1
