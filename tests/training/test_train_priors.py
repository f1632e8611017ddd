"""Dates and places in the photos' table end up as priors in the run."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sporeprint_training import compact
from sporeprint_training.dataset.ingest import IngestOptions, ingest
from sporeprint_training.priors.file import parse_priors
from sporeprint_training.priors.record import PRIORS_FILE
from sporeprint_training.train import train

MONTHS = {"Amanita muscaria": "10", "Boletus edulis": "05"}


@pytest.fixture(scope="module")
def dated(tmp_path_factory):
    """Two species that look the same and have different seasons."""
    folder = tmp_path_factory.mktemp("dated")
    draw = np.random.default_rng(0)
    rows = ["file,observation_url,observed_on,latitude,longitude"]
    for name, month in MONTHS.items():
        (folder / "photos" / name).mkdir(parents=True)
        for index in range(45):
            pixels = draw.integers(0, 256, (40, 40, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "photos" / name / f"{index}.png")
            rows.append(f"{name}/{index}.png,{name}-{index},2021-{month}-{index % 28 + 1:02d},,")
    (folder / "photos" / "observations.csv").write_text("\n".join(rows))
    ingest([folder / "photos"], folder / "dataset", IngestOptions(split_val=0.3, split_test=0.1))
    return folder / "dataset"


def test_a_season_that_tells_species_apart_is_in_the_run(dated, tmp_path, quick, monkeypatch):
    monkeypatch.setattr(compact, "BLOCKS", ((16, 2, False),))
    run = train(dated, tmp_path, quick(max_epochs=1))
    priors = run.record.priors
    assert priors.place is None
    assert (priors.season.n, priors.season.n_validation) == (54, 28)
    assert priors.season.strength > 0.5
    assert priors.season.gain > 0.3
    levels = parse_priors((run.folder / PRIORS_FILE).read_bytes(), priors, 2).season
    assert levels[9] > 0 > levels[12 + 9]
    assert levels[12 + 4] > 0 > levels[4]


def test_photos_without_dates_give_no_priors(coloured, tmp_path, quick, monkeypatch):
    monkeypatch.setattr(compact, "BLOCKS", ((16, 2, False),))
    run = train(coloured, tmp_path, quick(max_epochs=1))
    assert run.record.priors is None
    assert not (run.folder / PRIORS_FILE).exists()
