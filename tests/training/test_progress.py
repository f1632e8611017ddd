"""The silent progress."""

from __future__ import annotations

from sporeprint_training.progress import SILENT


def test_the_silent_progress_takes_everything_and_says_nothing(capsys):
    with SILENT.step("Decoding", 3) as advance:
        advance(2)
        advance(1)
    assert capsys.readouterr() == ("", "")
