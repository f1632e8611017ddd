"""The other forms of a model: loaded from their bytes they answer as the Keras model does, or none is there."""

import json
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from sporeprint_export import other_forms
from sporeprint_export.answers import Answers, read_answers
from sporeprint_export.bundle import read_bundle
from sporeprint_export.form_tflite import open_interpreter, tflite_answers, write_tflite
from sporeprint_export.other_forms import parse_forms, write_forms
from sporeprint_training.backbones import build_backbone
from sporeprint_training.calibrate import softmax
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.models import assemble, build_head
from sporeprint_training.run import read_run
from sporeprint_training.run_photos import read_photos
from sporeprint_training.weights import find_weights

ALL = ("saved-model", "tflite", "keras")


@pytest.fixture(scope="module")
def manifest(exported):
    return exported[2].manifest


@pytest.fixture(scope="module")
def answers(exported, network):
    run = read_run(exported[0])
    return read_answers(run, read_photos(run), network)


@pytest.fixture(scope="module")
def written(network, manifest, answers, tmp_path_factory):
    """All forms of the small network, and how far each is from it."""
    folder = tmp_path_factory.mktemp("written") / "forms"
    return folder, write_forms(folder, ALL, network, manifest, answers)


def contents(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_server_gets_logits_and_calibrated_scores_for_any_number_of_photos(written, answers):
    signature = tf.saved_model.load(str(written[0] / "saved_model")).signatures["serving_default"]
    for count in (1, 3):
        found = signature(image=tf.constant(answers.images[:count], tf.float32))
        assert set(found) == {"logits", "scores"}
        np.testing.assert_allclose(found["logits"], answers.logits[:count], atol=1e-4)
        np.testing.assert_allclose(found["scores"], softmax(answers.logits[:count], 1.5), atol=1e-4)


def test_a_server_finds_the_names_and_the_model_definition_in_the_saved_model(written, manifest):
    assets = written[0] / "saved_model" / "assets"
    assert (assets / "classes.txt").read_text().splitlines() == [item.scientific_name for item in manifest.classes]
    assert (assets / "manifest.json").read_bytes() == manifest.to_json()


def test_an_app_gets_the_same_names_for_one_photo(written, answers):
    logits, scores = tflite_answers(written[0] / "model.tflite", answers.images)
    np.testing.assert_allclose(logits, answers.logits, atol=0.02)
    np.testing.assert_allclose(scores, softmax(logits, 1.5), atol=1e-4)
    names = (written[0] / "classes.txt").read_text().splitlines()
    assert (len(names), names[0]) == (logits.shape[1], "Amanita virosa")


def test_the_keras_file_gives_the_runs_logits(written, answers):
    model = keras.saving.load_model(written[0] / "model.keras", compile=False)
    np.testing.assert_allclose(model(answers.images.astype(np.float32)), answers.logits, atol=1e-4)


def test_the_figures_are_kept_beside_the_forms(written, manifest):
    folder, found = written
    kept = json.loads((folder / "forms.json").read_bytes())
    assert kept["model"] == manifest.id
    for form, parity in found.items():
        assert kept["forms"][form]["parity"] == parity.as_dict()
    assert kept["forms"]["tflite"]["bytes"] == (folder / "model.tflite").stat().st_size
    assert found["saved-model"].max_abs_dp < 1e-4
    assert 0 < found["tflite"].max_abs_dp < 0.02
    assert found["keras"].n == 6


def test_an_apps_weights_are_half_precision(written):
    tensors = open_interpreter(written[0] / "model.tflite").get_tensor_details()
    half = [tensor for tensor in tensors if tensor["dtype"] == np.float16]
    assert sorted(tuple(tensor["shape"]) for tensor in half if len(tensor["shape"]) == 2) == [(4, 24)]
    assert len([tensor for tensor in half if len(tensor["shape"]) == 4]) >= 6
    assert not [tensor for tensor in tensors if tensor["dtype"] == np.int8]


def test_the_same_model_gives_the_same_tflite_file(written, network, manifest, tmp_path):
    write_tflite(network, manifest, tmp_path / "again.tflite")
    assert (tmp_path / "again.tflite").read_bytes() == (written[0] / "model.tflite").read_bytes()


def test_only_what_was_asked_for_is_written(network, manifest, answers, tmp_path):
    assert set(write_forms(tmp_path / "forms", ["keras"], network, manifest, answers)) == {"keras"}
    assert contents(tmp_path / "forms") == {"model.keras", "classes.txt", "forms.json"}


def test_a_bundle_with_forms_in_it_is_the_same_bundle(exported, written, tmp_path):
    bundle = tmp_path / "bundle"
    shutil.copytree(exported[1], bundle)
    shutil.copytree(written[0], bundle / "forms")
    assert read_bundle(bundle).manifest == exported[2].manifest


@pytest.mark.parametrize("form", ALL)
def test_a_form_of_another_model_is_refused_and_the_old_forms_stay(form, make_network, manifest, answers, tmp_path):
    folder = tmp_path / "forms"
    folder.mkdir()
    (folder / "forms.json").write_text("old")
    with pytest.raises(StepFailed, match=rf"The {form} form answers as the Keras model does.*, limit 0"):
        write_forms(folder, [form], make_network(seed=1), manifest, answers)
    assert contents(tmp_path) == {"forms/forms.json"}
    assert (folder / "forms.json").read_text() == "old"


def test_scores_that_are_not_the_calibrated_logits_are_refused(network, manifest, answers, tmp_path, monkeypatch):
    def uncalibrated(path, images):
        return answers.logits, softmax(answers.logits, 1.0)

    monkeypatch.setitem(other_forms._READERS, "tflite", uncalibrated)
    with pytest.raises(StepFailed, match="its own calibrated logits"):
        write_forms(tmp_path / "forms", ["tflite"], network, manifest, answers)
    assert contents(tmp_path) == set()


def test_answers_that_are_no_numbers_are_refused(network, manifest, answers, tmp_path, monkeypatch):
    monkeypatch.setitem(
        other_forms._READERS, "saved-model", lambda path, images: (answers.logits * np.nan, answers.logits)
    )
    with pytest.raises(StepFailed, match="must be finite"):
        write_forms(tmp_path / "forms", ["saved-model"], network, manifest, answers)


def test_an_operation_that_tensorflow_lite_lacks_is_said(manifest, answers, tmp_path):
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.Conv2D(4, 3, activation="relu")(image)
    x = keras.layers.Lambda(lambda x: tf.math.igamma(x + 1.0, x + 2.0))(x)
    model = keras.Model(image, keras.layers.Dense(4)(keras.layers.GlobalAveragePooling2D()(x)))
    with pytest.raises(StepFailed, match=r"Igamma.*Leave tflite out of --also"):
        write_forms(tmp_path / "forms", ["tflite"], model, manifest, answers)
    assert contents(tmp_path) == set()


def test_a_folder_of_somebodys_own_is_not_replaced(network, manifest, answers, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="output folder"):
        write_forms(tmp_path, ["keras"], network, manifest, answers)


def test_also_takes_the_three_names_in_any_order_and_once():
    assert parse_forms(" keras,tflite,,keras") == ("tflite", "keras")
    with pytest.raises(BadInput, match=r"saved-model, tflite, keras.*Received: onnx"):
        parse_forms("keras,onnx")


@pytest.mark.slow
@pytest.mark.real_data
def test_a_hub_module_has_all_forms(real_data, manifest, tmp_path):
    weights = real_data / "weights" / "hub_inat_insect_mobilenet_v2"
    config = ModelConfig(base="inception_v3_inaturalist", weights=str(weights))
    keras.utils.set_random_seed(0)
    model = assemble(build_backbone(config, find_weights(config), None), build_head(1280, 4, 0.2))
    spec = InputSpec(size=224)
    folders = sorted((real_data / "fungi20").iterdir())
    images = np.stack([read_input(next(iter(sorted(folder.glob("*.jpg")))), spec) for folder in folders])
    logits = model.predict_on_batch(images.astype(np.float32))
    answers = Answers((), images, logits.argmax(axis=1), logits, images[:1], images[:1], logits[:1])
    found = write_forms(tmp_path / "forms", ALL, model, manifest.model_copy(update={"input": spec}), answers)
    assert found["saved-model"].max_abs_dp < 1e-4
    assert found["keras"].max_abs_dp < 1e-4
    assert found["tflite"].agreement == 1.0
    sizes = json.loads((tmp_path / "forms" / "forms.json").read_bytes())["forms"]
    assert sizes["tflite"]["bytes"] < 0.55 * sizes["keras"]["bytes"]
