"""What augmentation does to pixels and labels, and that a run can take up where it was.

Much is asked of a picture whose colours say where they are: red grows to the right and green downwards, so that any
result tells which part of it is shown.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image, ImageEnhance, ImageOps

from sporeprint_training.augmentation import Augmenter, mosaic
from sporeprint_training.augmentation.blur import blurred
from sporeprint_training.augmentation.colour import LUMA, recolour, unchanged
from sporeprint_training.augmentation.draws import WIDTH, Draws
from sporeprint_training.augmentation.geometry import affine, move, resample, scale, turn
from sporeprint_training.augmentation.mixing import beta_quantiles
from sporeprint_training.augmentation.rand_augment import OPERATIONS, Operations
from sporeprint_training.config_photos import AugmentationConfig, RandAugmentConfig

SIZE = 32
OFF = {"flip": "none", "rotate": 0, "zoom": 0, "shift": 0, "brightness": 0}
EVERYTHING = {
    **{"flip": "both", "crop": 0.5, "contrast": 0.3, "saturation": 0.3, "hue": 0.1, "blur": 1, "noise": 0.1},
    **{"rand_augment": RandAugmentConfig(operations=2), "mixup": 0.4, "cutmix": 1},
}
DRAWING = {"flip": "both", "noise": 0.1, "mixup": 0.4, "cutmix": 1}
"""Enough to draw from everything that there is to draw from; compiling the rest takes long."""


@pytest.fixture
def eager():
    """Without tracing and compiling: a test of pixels takes milliseconds."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def photos():
    """Light and dark, colourful and grey in places, at every scale; nothing near black or white."""
    draw = np.random.default_rng(0)
    coarse = draw.uniform(60, 190, (12, 4, 4, 3)).repeat(SIZE // 4, axis=1).repeat(SIZE // 4, axis=2)
    return (coarse + draw.uniform(-20, 20, (12, SIZE, SIZE, 3))).astype(np.float32)


@pytest.fixture(scope="module")
def places():
    across, down = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    picture = np.stack([across, down, 0 * across], axis=-1) * 4 + 64
    return np.repeat(picture[None], 64, axis=0).astype(np.float32)


def one_hot(count, classes=12):
    return np.eye(classes, dtype=np.float32)[np.arange(count) % classes]


def augmenter(seed=1, size=SIZE, **keys):
    return Augmenter(AugmentationConfig(**OFF | keys), size, seed)


def change(images, seed=1, **keys):
    return augmenter(seed, **keys)(images, one_hot(len(images)))[0].numpy()


def shown(changed):
    """Places in the photo, pixels, that the four corners and the middle column of a changed `places` show."""
    return (changed[..., :2] - 64) / 4


@pytest.mark.usefixtures("eager")
def test_with_every_key_off_nothing_changes(photos):
    for given in (photos, photos.astype(np.uint8)):
        images, labels = augmenter()(given, one_hot(12))
        assert images.dtype == tf.float32
        np.testing.assert_array_equal(images, given)
        np.testing.assert_array_equal(labels, one_hot(12))


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("flip", "forms"), [("horizontal", [(1, 1), (1, -1)]), ("both", [(1, 1), (1, -1), (-1, 1), (-1, -1)])]
)
def test_a_flip_mirrors_photos_exactly_and_each_for_itself(photos, flip, forms):
    found = set()
    for photo, result in zip(photos, change(photos, flip=flip), strict=True):
        same = [form for form in forms if np.array_equal(photo[:: form[0], :: form[1]], result)]
        assert len(same) == 1
        found.add(same[0])
    assert found == set(forms)


@pytest.mark.usefixtures("eager")
def test_turns_are_about_the_centre_and_reach_the_angle_to_both_sides(places):
    result = shown(change(places, rotate=30))[:, SIZE // 2 - 8 : SIZE // 2 + 8, SIZE // 2 - 8 : SIZE // 2 + 8]
    np.testing.assert_allclose(result.mean(axis=(1, 2)), (SIZE - 1) / 2, atol=0.01)
    step = result[:, 8, 9] - result[:, 8, 8]
    angles = np.degrees(np.arctan2(step[:, 1], step[:, 0]))
    np.testing.assert_allclose(np.hypot(*step.T), 1, atol=0.01)
    assert np.abs(angles).max() <= 30.1
    assert angles.min() < -24
    assert angles.max() > 24


@pytest.mark.usefixtures("eager")
def test_zooms_keep_the_shape_and_shifts_the_size(places):
    zoomed = shown(change(places, zoom=0.5))[:, 12:20, 12:20]
    steps = zoomed[:, 4, 5, 0] - zoomed[:, 4, 4, 0], zoomed[:, 5, 4, 1] - zoomed[:, 4, 4, 1]
    np.testing.assert_allclose(*steps, atol=0.01)
    assert 0.5 <= steps[0].min() < 0.6
    assert 1.4 < steps[0].max() <= 1.5
    shifted = shown(change(places, shift=0.25))[:, 16, 16] - 16
    assert 7 < np.abs(shifted).max() <= 8
    assert np.abs(np.corrcoef(shifted.T)[0, 1]) < 0.4


@pytest.mark.usefixtures("eager")
def test_a_random_crop_lies_inside_the_photo_with_the_area_and_ratio_asked_for(places):
    result = shown(change(places, crop=0.3))
    steps = result[:, 16, 16, 0] - result[:, 16, 15, 0], result[:, 16, 16, 1] - result[:, 15, 16, 1]
    area, ratio = steps[0] * steps[1], steps[0] / steps[1]
    assert 0.299 < area.min() < 0.4
    assert 0.9 < area.max() <= 1.001
    assert 3 / 4 - 0.01 < ratio.min() < 0.85
    assert 1.2 < ratio.max() < 4 / 3 + 0.01
    half = np.stack(steps, axis=1) * SIZE / 2
    centres = result[:, 15:17, 15:17].mean(axis=(1, 2)) + 0.5
    assert (centres - half > -0.05).all()
    assert (centres + half < SIZE + 0.05).all()
    np.testing.assert_array_equal(change(places, crop=1.0), places)


@pytest.mark.usefixtures("eager")
def test_beyond_its_edges_a_photo_is_mirrored(photos):
    eight = tf.fill((12,), 8 / SIZE)
    wide = np.pad(photos, [(0, 0), (0, 8), (0, 8), (0, 0)], "symmetric")
    np.testing.assert_allclose(resample(tf.constant(photos), [move(eight, eight)]), wide[:, 8:, 8:], atol=1e-3)
    quarter = resample(tf.constant(photos), [turn(tf.fill((12,), np.float32(np.pi / 2)))])
    np.testing.assert_allclose(quarter, np.rot90(photos, axes=(1, 2)), atol=2e-3)


@pytest.mark.usefixtures("eager")
def test_all_of_the_geometry_is_one_resampling_like_tensorflows_own(photos):
    def filled(value):
        return tf.fill((12,), np.float32(value))

    shear = affine(*map(filled, (1, 0.2, 0.1, 1, 0, 0)))
    parts = [scale(filled(-0.9), filled(1.2)), turn(filled(0.4)), shear, move(filled(0.3), filled(-0.2))]
    whole = np.linalg.multi_dot([part[0].numpy() for part in parts])
    centre = (SIZE - 1) / 2
    to_centre = np.array([[1, 0, -centre], [0, 1, -centre], [0, 0, 1]])
    in_pixels = np.diag([SIZE, SIZE, 1]) @ whole @ np.diag([1 / SIZE, 1 / SIZE, 1])
    rows = (np.linalg.inv(to_centre) @ in_pixels @ to_centre).ravel()[:8]
    expected = tf.raw_ops.ImageProjectiveTransformV3(
        images=photos, transforms=rows[None].astype(np.float32), output_shape=(SIZE, SIZE), fill_value=0.0,
        interpolation="BILINEAR", fill_mode="REFLECT",
    )  # fmt: skip
    np.testing.assert_allclose(resample(tf.constant(photos), parts), expected, atol=0.02)


@pytest.mark.usefixtures("eager")
def test_brightness_adds_the_same_to_every_pixel_of_a_photo_and_stays_in_range(photos):
    added = change(photos, brightness=0.12) - photos
    np.testing.assert_allclose(added, np.broadcast_to(added[:, :1, :1, :1], added.shape), atol=1e-3)
    assert 24 < np.abs(added).max() <= 0.12 * 255 + 1e-3
    assert added.min() < 0 < added.max()
    extreme = change(photos, brightness=1.0)
    assert extreme.min() == 0
    assert extreme.max() == 255


@pytest.mark.usefixtures("eager")
def test_each_change_of_colour_keeps_what_it_should(photos):
    gentle = (photos - 125) / 2 + 125
    contrast = change(gentle, contrast=0.5)
    np.testing.assert_allclose(contrast.mean(axis=(1, 2)), gentle.mean(axis=(1, 2)), atol=0.01)
    ratio = contrast.std(axis=(1, 2)) / gentle.std(axis=(1, 2))
    assert ratio.min() < 0.8
    assert ratio.max() > 1.2
    for keys in ({"saturation": 0.5}, {"hue": 0.1}):
        result = change(gentle, **keys)
        np.testing.assert_allclose(result @ LUMA, gentle @ LUMA, atol=0.3)
        assert np.abs(result - gentle).max() > 5
        grey = np.repeat(gentle[..., :1], 3, axis=-1)
        np.testing.assert_allclose(change(grey, **keys), grey, atol=0.3)


@pytest.mark.usefixtures("eager")
def test_half_a_turn_of_the_colour_circle_makes_a_colour_its_complement():
    red = np.full((1, 4, 4, 3), (150, 100, 100), np.float32)
    result = recolour(red, unchanged(tf.constant(red)).turned(tf.fill((1,), np.float32(np.pi)))).numpy()[0, 0, 0]
    grey = red[0, 0, 0] @ LUMA
    np.testing.assert_allclose(result - grey, grey - red[0, 0, 0], atol=0.5)


@pytest.mark.usefixtures("eager")
def test_blur_is_a_gaussian_of_the_strength_drawn_for_each_photo(photos):
    deviations = np.linspace(0, 3, 12).astype(np.float32)
    result = blurred(tf.constant(photos), tf.constant(deviations)).numpy()
    np.testing.assert_array_equal(result[0], photos[0])
    reach = np.arange(-20, 21)
    for photo, changed, deviation in zip(photos[4:], result[4:], deviations[4:], strict=True):
        kernel = np.exp(-(reach**2) / 2 / deviation**2)
        wide = np.pad(photo, [(20, 20), (20, 20), (0, 0)], "symmetric")
        for axis in (0, 1):
            wide = np.apply_along_axis(np.convolve, axis, wide, kernel / kernel.sum(), "same")
        np.testing.assert_allclose(changed, wide[20:-20, 20:-20], atol=0.05)
    sharpness = np.diff(change(photos, blur=3), axis=2).std(axis=(1, 2, 3))
    assert sharpness.max() > 3 * sharpness.min()


@pytest.mark.usefixtures("eager")
def test_noise_has_the_deviation_asked_for_and_stays_in_range(photos):
    added = change(photos, noise=0.05) - photos
    assert added.std() == pytest.approx(0.05 * 255, rel=0.03)
    assert abs(added.mean()) < 0.3
    assert abs(np.corrcoef(added[0].ravel(), added[1].ravel())[0, 1]) < 0.06
    strong = change(photos, noise=1.0)
    assert strong.min() == 0
    assert strong.max() == 255


def operation(name, direction=1.0, magnitude=0.5, count=12):
    return Operations(tf.fill((count, 1), OPERATIONS.index(name)), tf.fill((count, 1), direction), magnitude)


def apply(operations, images):
    images = resample(tf.constant(images), operations.geometry())
    return operations.tones(recolour(images, operations.colours(unchanged(images)))).numpy()


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(
    ("name", "direction", "reference"),
    [
        ("identity", 1.0, lambda image: image),
        ("brightness", 1.0, lambda image: ImageEnhance.Brightness(image).enhance(1.45)),
        ("brightness", -1.0, lambda image: ImageEnhance.Brightness(image).enhance(0.55)),
        ("saturation", 1.0, lambda image: ImageEnhance.Color(image).enhance(1.45)),
        ("sharpness", 1.0, lambda image: ImageEnhance.Sharpness(image).enhance(1.45)),
        ("posterise", 1.0, lambda image: ImageOps.posterize(image, 6)),
        ("solarise", 1.0, lambda image: ImageOps.solarize(image, 128)),
        ("auto_contrast", 1.0, ImageOps.autocontrast),
        ("equalise", 1.0, ImageOps.equalize),
    ],
)
def test_operations_of_rand_augment_do_what_their_pillow_namesakes_do(photos, name, direction, reference):
    # Pillow equalises few pixels coarsely; of many, not all are looked at here.
    whole = np.tile(np.rint(photos[:3]), (1, 2, 2, 1))
    result = apply(operation(name, direction, count=3), whole)
    for photo, changed in zip(whole, result, strict=True):
        expected = np.asarray(reference(Image.fromarray(photo.astype(np.uint8))), np.float32)
        # Pillow leaves the outermost pixels unsharpened and rounds in between.
        assert np.abs(expected - changed)[1:-1, 1:-1].max() < 2.5


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "identity"])
def test_each_operation_of_rand_augment_has_an_effect_and_stays_in_range(photos, name):
    result = apply(operation(name), photos)
    assert np.abs(result - photos).max() > 2
    assert result.min() >= 0
    assert result.max() <= 255
    if name in ("rotate", "shear_x", "shear_y", "shift_x", "shift_y", "contrast"):
        assert not np.allclose(result, apply(operation(name, -1.0), photos), atol=2)


@pytest.mark.usefixtures("eager")
def test_a_large_photo_is_equalised_nearly_as_from_all_of_its_pixels():
    across = np.linspace(0, 1, 224) ** 2 * 120 + 30
    photo = (
        (across[None, :, None] + np.random.default_rng(0).normal(0, 15, (224, 224, 3))).clip(0, 255).astype(np.uint8)
    )
    result = apply(operation("equalise", count=1), photo[None].astype(np.float32))[0]
    expected = np.asarray(ImageOps.equalize(Image.fromarray(photo)), np.float32)
    assert np.abs(result - expected).mean() < 3
    assert np.abs(result - expected).max() < 12


@pytest.mark.usefixtures("eager")
def test_rand_augment_draws_for_each_photo_and_all_operations_come_up():
    uniform = tf.random.stateless_uniform((400, WIDTH), (1, 2))
    operations = Operations.drawn(RandAugmentConfig(operations=3), Draws(uniform))
    assert operations.which.shape == (400, 3)
    counts = np.bincount(operations.which.numpy().ravel(), minlength=14)
    assert counts.min() > 50
    assert counts.max() < 130


@pytest.mark.usefixtures("eager")
def test_mixup_blends_pixels_and_labels_alike(photos):
    images, labels = augmenter(mixup=1.0)(photos, one_hot(12))
    labels = labels.numpy()
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(images, np.tensordot(labels, photos, axes=1), atol=0.01)
    assert ((labels > 0.05).sum(axis=1) == 2).sum() > 6


@pytest.mark.usefixtures("eager")
def test_cutmix_puts_a_rectangle_of_another_photo_in_and_labels_have_its_area(photos):
    images, labels = augmenter(cutmix=1.0)(photos, one_hot(12))
    cut = 0
    for index, (image, label) in enumerate(zip(images.numpy(), labels.numpy(), strict=True)):
        own, other = (image == photos[index]).all(axis=-1), (image == photos[(index + 1) % 12]).all(axis=-1)
        assert (own ^ other).all()
        np.testing.assert_allclose(label[[index, (index + 1) % 12]], [own.mean(), other.mean()], atol=1e-6)
        rows, columns = other.any(axis=1), other.any(axis=0)
        assert other.sum() == rows.sum() * columns.sum()
        cut += 0.05 < other.mean() < 0.95
    assert cut > 4


@pytest.mark.usefixtures("eager")
def test_with_both_mixtures_on_each_batch_draws_one(photos):
    layer = augmenter(mixup=2.0, cutmix=2.0)
    pure = [(layer(photos, one_hot(12))[0].numpy() == photos).mean() for _ in range(12)]
    assert 3 <= sum(share > 0.2 for share in pure) <= 9
    assert sum(share < 0.1 for share in pure) == 12 - sum(share > 0.2 for share in pure)


@pytest.mark.parametrize("alpha", [0.05, 0.2, 1.0, 10.0])
def test_the_shares_of_mixtures_follow_the_beta_distribution(alpha):
    found = beta_quantiles(alpha)
    drawn = np.sort(np.random.default_rng(0).beta(alpha, alpha, 200_000))
    assert found.mean() == pytest.approx(0.5, abs=1e-3)
    assert found.std() == pytest.approx(drawn.std(), abs=0.003)
    assert np.quantile(found, 0.3) == pytest.approx(np.quantile(drawn, 0.3), abs=0.01)


@pytest.mark.usefixtures("eager")
def test_what_a_key_draws_does_not_depend_on_other_keys(photos):
    flipped, brighter = change(photos, flip="both"), change(photos, brightness=0.1) - photos
    together = change(photos, flip="both", brightness=0.1)
    np.testing.assert_allclose(together, flipped + brighter.mean(axis=(1, 2), keepdims=True), atol=1e-3)
    noise = change(photos, noise=0.05) - photos
    np.testing.assert_allclose(change(photos, flip="both", noise=0.05), flipped + noise, atol=1e-3)


def three_batches(layer, images, labels):
    step = tf.function(lambda x, y: layer(x, y), reduce_retracing=True)
    sizes = (12, 12, 5)
    return [tuple(part.numpy() for part in step(images[:size], labels[:size])) for size in sizes]


def assert_same(one, other):
    for (image, label), (image2, label2) in zip(one, other, strict=True):
        np.testing.assert_array_equal(image, image2)
        np.testing.assert_array_equal(label, label2)


def digest(batches):
    return hashlib.sha256(b"".join(part.tobytes() for batch in batches for part in batch)).hexdigest()


PROCESS = """
import sys, numpy as np, tensorflow as tf
tf.config.experimental.enable_op_determinism()
sys.path.insert(0, sys.argv[1])
from test_augmentation import DRAWING, augmenter, digest, one_hot, three_batches
print(digest(three_batches(augmenter(7, **DRAWING), np.load(sys.argv[2]), one_hot(12))))
"""


def test_a_seed_fixes_every_batch_and_the_saved_state_continues_it_also_in_another_process(photos, tmp_path):
    layer = augmenter(7, **DRAWING)
    first = three_batches(layer, photos, one_hot(12))
    assert not np.allclose(first[0][0], first[1][0])
    saved = [variable.numpy() for variable in layer.variables]
    assert saved == [3]
    after = three_batches(layer, photos, one_hot(12))
    assert not np.allclose(first[0][0], after[0][0])
    for variable, value in zip(layer.variables, saved, strict=True):
        variable.assign(value)
    assert_same(after, three_batches(layer, photos, one_hot(12)))
    np.save(tmp_path / "photos.npy", photos)
    command = [sys.executable, "-c", PROCESS, __file__.rpartition("/")[0], str(tmp_path / "photos.npy")]
    other = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert other.stdout.split()[-1] == digest(first)


def test_a_compiled_step_does_with_every_key_on_what_single_operations_do(photos):
    images, labels = photos[:4], one_hot(4)
    compiled = augmenter(**EVERYTHING)
    results = tf.function(lambda x, y: compiled(x, y))(images, labels)
    tf.config.run_functions_eagerly(True)
    try:
        expected = augmenter(**EVERYTHING)(images, labels)
    finally:
        tf.config.run_functions_eagerly(False)
    # Where an operation has a threshold, rounding may carry single pixels over it.
    assert np.isclose(results[0], expected[0], atol=0.1).mean() > 0.98
    np.testing.assert_allclose(results[1], expected[1], atol=1e-6)


@pytest.mark.usefixtures("eager")
def test_another_seed_draws_otherwise_and_so_does_another_stage(photos):
    config = AugmentationConfig(**OFF | {"flip": "both", "shift": 0.2, "noise": 0.1})
    layers = [Augmenter(config, SIZE, seed, stage) for seed, stage in ((0, 0), (1, 0), (2**32 - 1, 0), (0, 1))]
    results = [layer(photos, one_hot(12))[0].numpy() for layer in layers]
    for one, other in itertools.combinations(results, 2):
        assert np.abs(one - other).mean() > 5


@pytest.mark.usefixtures("eager")
def test_a_batch_of_one_and_a_half_precision_model_are_no_exception(photos):
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy("mixed_float16")
    try:
        images, labels = augmenter(**EVERYTHING)(photos[:1], one_hot(1))
    finally:
        keras.mixed_precision.set_dtype_policy(before)
    assert images.shape == (1, SIZE, SIZE, 3)
    assert images.dtype == tf.float32
    np.testing.assert_allclose(labels, one_hot(1), atol=1e-6)


@pytest.mark.usefixtures("eager")
def test_a_view_follows_from_seed_number_and_photo_whatever_else_is_in_the_batch(photos):
    layer = augmenter(**EVERYTHING)
    names = [f"{index:064x}" for index in range(12)]
    whole = layer.view(photos, names, 3)
    np.testing.assert_allclose(layer.view(photos[4:6], names[4:6], 3), whole[4:6], atol=1e-3)
    assert layer.counter.numpy() == 0
    for other in (layer.view(photos, names, 2), augmenter(2, **EVERYTHING).view(photos, names, 3)):
        assert (np.abs(other - whole).mean(axis=(1, 2, 3)) > 2).all()
    unmixed = augmenter(**EVERYTHING | {"mixup": 0, "cutmix": 0}).view(photos, names, 3)
    np.testing.assert_array_equal(unmixed, whole)
    mirrored = augmenter(flip="horizontal").view(photos, names, 0)
    assert all(
        any(np.array_equal(photo[:, ::step], changed) for step in (1, -1))
        for photo, changed in zip(photos, mirrored, strict=True)
    )


@pytest.mark.usefixtures("eager")
def test_the_mosaic_shows_each_photo_and_what_the_runs_seed_makes_of_it(photos):
    images = np.kron(photos[:6], np.ones((1, 4, 4, 1))).astype(np.uint8)
    keys = {"flip": "both", "brightness": 0.2}
    data = mosaic(images, AugmentationConfig(**OFF | keys), seed=5)
    assert len(data) <= 60_000
    with Image.open(io.BytesIO(data)) as opened:
        sheet = np.asarray(opened.convert("RGB"), np.float32)
    assert sheet.shape == (5 * 114 - 2, 6 * 114 - 2, 3)
    layer = augmenter(5, size=SIZE * 4, **keys)
    rows = [images, *(layer(images.astype(np.float32), one_hot(6))[0].numpy() for _ in range(4))]
    for down, row in enumerate(rows):
        for across, expected in enumerate(row):
            tile = sheet[down * 114 : down * 114 + 112, across * 114 : across * 114 + 112]
            small = Image.fromarray(expected.astype(np.uint8)).resize((112, 112))
            assert np.corrcoef(tile.ravel(), np.asarray(small).ravel())[0, 1] > 0.9
            assert tile.mean() == pytest.approx(expected.mean(), abs=4)
