"""The download's benchmark: the same photos by every way, and a rerun that asks for nothing."""

from download_benchmark.measure import BARE, WAYS, measure_downloads
from download_benchmark.server import draw_photo


def test_every_way_is_timed_in_every_round_and_a_rerun_transfers_nothing():
    measured = measure_downloads(photos=40, concurrency=4, rounds=2)
    assert set(measured.seconds) == {BARE, *WAYS}
    for way in (BARE, *WAYS):
        assert len(measured.seconds[way]) == 2
        assert measured.rate(way) == 40 / (sum(measured.seconds[way]) / 2)
    assert measured.share(BARE) == 1
    assert (measured.rerun_requests, measured.rerun_bytes) == (0, 0)


def test_drawn_photos_are_small_and_follow_from_their_number():
    assert draw_photo(1) == draw_photo(1) != draw_photo(2)
    assert 10_000 < len(draw_photo(1)) < 30_000
