from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from sporeprint_training import features
from sporeprint_training.artefact import sha256_file
from sporeprint_training.augmentation import Augmenter
from sporeprint_training.backbones import build_backbone
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.config_photos import AugmentationConfig
from sporeprint_training.features import photo_features
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.weights import find_weights

SPEC = InputSpec(size=32)


@pytest.fixture(scope="module")
def backbone():
    model = ModelConfig(base="compact")
    return build_backbone(model, find_weights(model), 32)


@pytest.fixture
def paths(tmp_path):
    draw = np.random.default_rng(0)
    files = [tmp_path / f"{index}.png" for index in range(4)]
    for path in files:
        Image.fromarray(draw.integers(0, 256, (32, 32, 3), np.uint8)).save(path)
    return files


@pytest.fixture
def compute(backbone, tmp_path):
    counts = []

    def run(paths, **options):
        counts.clear()
        shas = [sha256_file(path) if path.exists() else run.known[path] for path in paths]
        run.known = dict(zip(paths, shas, strict=True))
        return photo_features(backbone, paths, shas, SPEC, tmp_path / "cache", done=counts.append, **options)

    run.known, run.counts = {}, counts
    return run


def test_known_photos_are_not_computed_again(compute, paths):
    first = compute(paths)
    paths[2].unlink()
    np.testing.assert_array_equal(compute(paths), first)
    assert compute.counts == [4]


def test_only_new_photos_are_computed_and_the_order_is_the_callers(compute, paths):
    part = compute(paths[:2])
    whole = compute([paths[3], paths[1], paths[0]])
    assert compute.counts == [2, 1]
    np.testing.assert_array_equal(whole[1:], part[::-1])


def test_mirrored_features_are_those_of_the_flipped_photo(compute, paths, backbone):
    mirrored = compute(paths, mirrored=True)
    flipped = np.stack([np.asarray(Image.open(path))[:, ::-1] for path in paths]).astype(np.float32)
    np.testing.assert_allclose(mirrored, backbone.model(flipped, training=False).numpy(), atol=1e-5)
    assert not np.allclose(mirrored, compute(paths))


def test_another_input_geometry_has_its_own_features(backbone, paths, tmp_path):
    shas = [sha256_file(path) for path in paths]
    whole = photo_features(backbone, paths, shas, SPEC, tmp_path / "cache")
    centre = photo_features(backbone, paths, shas, InputSpec(size=32, crop_fraction=0.5), tmp_path / "cache")
    assert not np.allclose(whole, centre)


def test_an_interrupted_run_keeps_its_finished_parts(compute, paths, monkeypatch):
    monkeypatch.setattr(features, "PART_PHOTOS", 2)
    broken = paths[3].read_bytes()
    paths[3].write_bytes(broken[:60])
    with pytest.raises(Exception, match="decoded"):
        compute(paths)
    paths[3].write_bytes(broken)
    compute(paths)
    assert compute.counts[0] == 2


@pytest.fixture(scope="module")
def augmenter():
    return Augmenter(AugmentationConfig(noise=0.1), 32, seed=3)


def test_features_of_a_view_are_those_of_the_changed_photos(compute, paths, backbone, augmenter):
    pixels = np.stack([np.asarray(Image.open(path)) for path in paths])
    names = [sha256_file(path) for path in paths]
    found = [compute(paths, view=(augmenter, number)) for number in (0, 1)]
    for number, values in enumerate(found):
        changed = augmenter.view(pixels, names, number)
        np.testing.assert_allclose(values, backbone.model(changed, training=False).numpy(), atol=1e-4)
    assert not np.allclose(found[0], found[1])
    assert not np.allclose(found[0], compute(paths))


def test_a_views_features_are_kept_by_photo_configuration_and_seed(compute, paths, augmenter):
    first = compute(paths[:3], view=(augmenter, 0))
    whole = compute([paths[3], *paths[:3]], view=(augmenter, 0))
    assert compute.counts == [3, 1]
    np.testing.assert_array_equal(whole[1:], first)
    mixed = Augmenter(AugmentationConfig(noise=0.1, mixup=0.2, views=4), 32, seed=3)
    np.testing.assert_array_equal(compute(paths[:3], view=(mixed, 0)), first)
    assert compute.counts == [3]
    for other in (Augmenter(AugmentationConfig(noise=0.1), 32, seed=4), Augmenter(AugmentationConfig(), 32, seed=3)):
        assert not np.allclose(compute(paths[:3], view=(other, 0)), first)
        assert compute.counts == [0, 3]
