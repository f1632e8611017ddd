"""A bundle that can say "none of these": the features that phones compute, and what the classes' look like."""

import json

import keras
import numpy as np
import pytest

from sporeprint_export.bundle import read_bundle
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_export.replay import replay
from sporeprint_export.shards import read_graph
from sporeprint_training.errors import BadInput
from sporeprint_training.familiarity import FAMILIARITY_FILE, fit_familiarity
from sporeprint_training.run import read_run

pytestmark = pytest.mark.usefixtures("converted_before")


@pytest.fixture
def features(network, images):
    """What enters the head, for each picture."""
    return keras.Model(network.input, network.layers[-1].input).predict_on_batch(images.astype(np.float32))


@pytest.fixture
def run(make_run, network, features):
    """A run that knows what its classes look like."""
    folder = make_run(network)
    content = json.loads((folder / "run.json").read_bytes())
    content["thresholds"]["unknown"] = {"below": -2.0, "target": 0.05, "refused": 0.04, "n": 40}
    (folder / "run.json").write_text(json.dumps(content))
    write_familiarity(folder, features, len(content["classes"]))
    return folder


def write_familiarity(folder, features, classes):
    rows = np.arange(2 * classes)
    known = fit_familiarity(features[rows % len(features)], rows % classes, features, classes)
    (folder / FAMILIARITY_FILE).write_bytes(known.to_bytes())


def test_the_bundle_names_the_features_and_brings_what_they_are_compared_with(run, features, images, tmp_path):
    export_run(run, tmp_path / "bundle", ExportOptions(precision="float16"))
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.manifest.thresholds.unknown == read_run(run).record.thresholds.unknown
    (file,) = (file for file in bundle.manifest.files if file.role == "familiarity")
    assert (bundle.folder / file.path).read_bytes() == (run / FAMILIARITY_FILE).read_bytes()
    graph = read_graph((bundle.folder / "model.json").read_bytes(), lambda path: (bundle.folder / path).read_bytes())
    found = replay(graph, images, output=bundle.manifest.outputs.features)
    np.testing.assert_allclose(found, features, rtol=0.02, atol=0.02 * np.abs(features).max())


def test_a_familiarity_about_other_classes_is_refused(run, features, tmp_path):
    write_familiarity(run, features, 3)
    with pytest.raises(BadInput, match="about the classes"):
        export_run(run, tmp_path / "bundle", ExportOptions(precision="float16"))
    assert not (tmp_path / "bundle").exists()


def test_a_run_that_lost_its_familiarity_is_refused(run, tmp_path):
    (run / FAMILIARITY_FILE).unlink()
    with pytest.raises(BadInput, match=r"familiarity\.bin"):
        export_run(run, tmp_path / "bundle", ExportOptions(precision="float16"))
