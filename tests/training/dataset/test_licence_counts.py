from __future__ import annotations

from sporeprint_training.dataset.licence_counts import MOST_LICENCES, count_licences


def test_photos_are_counted_by_licence():
    assert count_licences(["CC0-1.0", "", "CC0-1.0"]) == {"CC0-1.0": 2, "": 1}


def test_licences_in_free_text_do_not_make_the_record_long():
    texts = [f"ask person {number}" for number in range(500)]
    counts = count_licences(["CC0-1.0"] * 3 + ["other"] * 2 + texts)
    assert len(counts) == MOST_LICENCES
    assert counts["CC0-1.0"] == 3
    assert sum(counts.values()) == 505
    assert counts["other"] == 2 + 500 - (MOST_LICENCES - 2)
