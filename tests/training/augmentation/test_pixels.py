"""What augmentation does to pixels and labels, and that a run can take up where it was.

Much is asked of a picture whose colours say where they are: red grows to the right and green downwards, so that any
result tells which part of it is shown.
"""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from augmented import SIZE, augmenter, change, one_hot, shown
from sporeprint_training.augmentation.blur import blurred
from sporeprint_training.augmentation.colour import LUMA, recolour, unchanged
from sporeprint_training.augmentation.geometry import affine, move, resample, scale, turn


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
