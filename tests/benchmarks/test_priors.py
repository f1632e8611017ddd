"""Place and season priors on real dates and coordinates: small enough, and worth their bytes."""

import numpy as np
import pytest

from priors_benchmark.gains import season_gain
from priors_benchmark.observations import TAXA, read_dates, read_places
from priors_benchmark.ranges import drawn_ranges, everywhere
from priors_benchmark.sizes import placed_votes, season_sizes, worst_place
from sporeprint_export.transfer import compressed_bytes
from sporeprint_training.priors.file import encode_levels
from sporeprint_training.priors.fit import place_part

pytestmark = pytest.mark.real_data
LIMIT = 300_000


@pytest.fixture(scope="module")
def dated(real_data):
    """Mushroom Observer's 2,500 most frequent names."""
    return read_dates(real_data)


def test_seasons_of_2500_taxa_fit_whatever_their_months_are(dated):
    sizes = season_sizes(dated)
    assert [size.taxa for size in sizes] == [TAXA] * 2
    assert max(size.bytes for size in sizes) < 40_000 < LIMIT
    assert all(size.bytes_brotli < size.bytes for size in sizes)


def test_places_of_2500_taxa_fit_in_the_finest_cells(dated, real_data):
    places = read_places(real_data)
    assert len(places) == 1185
    counts = np.bincount(dated.label, minlength=TAXA)
    for placed in (drawn_ranges(places, counts), everywhere(places[::10], TAXA)):
        part = place_part(placed_votes(placed), np.arange(TAXA))
        data = encode_levels(part.levels.ravel().tolist(), *part.levels.shape)
        assert (part.degrees, part.levels.shape[0]) == (2.5, TAXA)
        assert compressed_bytes(data) <= len(data) < LIMIT


def test_places_of_2500_taxa_fit_when_nothing_repeats():
    worst = worst_place(TAXA)
    assert worst.bytes < LIMIT
    assert worst.degrees == 30


def test_months_tell_of_names_in_later_years(dated):
    gain = season_gain(dated, 2018)
    assert gain.n_held_out > 15_000
    assert gain.gain - 4 * gain.error > 0.3
    # Names that few photos were ever taken of are not pushed about for nothing.
    assert min(gain.by_count.values()) > 0.1
    # What is marked as unusual for the month seldom is what was found.
    assert gain.flagged < 0.015 < gain.flagged_pairs
    assert season_gain(dated, 2018, related=False).gain < gain.gain
