"""Place and season priors on their way from the run into the bundle."""

import json
from array import array

import pytest

from sporeprint_export.bundle import read_bundle, read_priors
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.errors import BadInput
from sporeprint_training.priors.file import PlaceLevels, Priors, encode_priors
from sporeprint_training.priors.record import PlaceRecord, PriorsRecord, SeasonRecord
from sporeprint_training.run import read_run

COMMON = {"n": 90, "n_validation": 20, "gain": 0.1, "width": 0.5, "weight": 1.0}
RECORD = PriorsRecord(
    path="priors.bin",
    season=SeasonRecord(strength=0.8, **COMMON),
    place=PlaceRecord(strength=0.6, degrees=5.0, cells=2, **COMMON),
)
PRIORS = Priors(4, array("b", [*range(-15, 9), *[3] * 24]), PlaceLevels(5.0, (3, 9), array("b", [0] * 8)))
FILE = encode_priors(PRIORS)
FEWER = Priors(3, PRIORS.season[:36], PlaceLevels(5.0, (3, 9), array("b", [0] * 6)))


@pytest.fixture
def seasonal(make_run, network, converted_before):
    """Makes a run with the given description and file of priors."""

    def make(record=RECORD, data=FILE):
        folder = make_run(network)
        changed = read_run(folder).record.model_copy(update={"priors": record})
        (folder / "run.json").write_bytes(canonical_json(changed.model_dump(mode="json", by_alias=True)))
        if data is not None:
            (folder / "priors.bin").write_bytes(data)
        return folder

    return make


def test_the_bundle_has_the_runs_priors(seasonal, tmp_path):
    report = export_run(seasonal(), tmp_path / "bundle", ExportOptions(precision="float16"))
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.manifest.priors == RECORD
    assert read_priors(bundle) == PRIORS
    file = next(file for file in bundle.manifest.files if file.role == "priors")
    assert (file.path, file.sha256) == ("priors.bin", sha256_bytes(FILE))
    weights = sum(file.bytes for file in bundle.manifest.files if file.role in ("graph", "backbone", "head"))
    assert report.bytes > weights + len(FILE)
    card = (tmp_path / "bundle" / "card.md").read_text()
    assert "months of 90 observations, strength 0.8; places of 90 observations in 2 cells of 5°, strength 0.6" in card


def test_priors_that_do_not_help_stay_in_the_run(seasonal, tmp_path):
    idle = PriorsRecord(path=None, season=SeasonRecord(strength=0.0, **COMMON), place=None)
    export_run(seasonal(idle, data=None), tmp_path / "bundle", ExportOptions(precision="float16"))
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.manifest.priors is None
    assert read_priors(bundle) is None
    assert not (tmp_path / "bundle" / "priors.bin").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "priors.bin"),
        (b"", "too short"),
        (FILE[:-1], "too short"),
        (encode_priors(Priors(4, PRIORS.season, None)), "other parts"),
        (encode_priors(FEWER), "3 classes instead"),
    ],
)
def test_a_run_with_broken_priors_is_not_exported(seasonal, tmp_path, data, words):
    with pytest.raises(BadInput, match=words):
        export_run(seasonal(data=data), tmp_path / "bundle", ExportOptions(precision="float16"))
    assert not (tmp_path / "bundle").exists()


def test_a_record_with_a_strength_names_its_file(seasonal):
    folder = seasonal()
    content = json.loads((folder / "run.json").read_bytes())
    content["priors"]["path"] = None
    (folder / "run.json").write_bytes(canonical_json(content))
    with pytest.raises(BadInput, match="if and only if"):
        read_run(folder)
