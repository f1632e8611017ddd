"""Perceptual hashes, near pairs and connected groups."""

from __future__ import annotations

import random

from PIL import Image, ImageEnhance

from sporeprint_training.dataset.similar import NEAR, connected, near_pairs, perceptual_hash


def _distance(one, other):
    return (perceptual_hash(one) ^ perceptual_hash(other)).bit_count()


def test_resaved_resized_and_brightened_pictures_are_near(picture):
    original = picture(1, (320, 240))
    assert _distance(original, original.resize((200, 150))) <= NEAR
    assert _distance(original, ImageEnhance.Brightness(original).enhance(0.8)) <= NEAR


def test_different_pictures_are_far_apart(picture):
    distances = [_distance(picture(seed), picture(seed + 1)) for seed in range(30)]
    assert min(distances) > NEAR


def test_a_picture_without_structure_has_no_hash():
    assert perceptual_hash(Image.new("RGB", (64, 64), (10, 90, 30))) is None


def test_near_pairs_are_exactly_those_within_the_distance():
    rng = random.Random(3)
    hashes = [rng.getrandbits(64) for _ in range(700)]
    hashes[650] = hashes[5] ^ 0b11111111
    hashes[651] = hashes[5] ^ 0b111111111 << 20
    hashes[40], hashes[41] = None, None
    expected = {
        (i, j)
        for i in range(700)
        for j in range(i + 1, 700)
        if hashes[i] is not None and hashes[j] is not None and (hashes[i] ^ hashes[j]).bit_count() <= 8
    }
    assert (5, 650) in expected
    assert set(near_pairs(hashes, 8)) == expected


def test_connected_items_share_the_smallest_index():
    assert connected(7, [(5, 3), (1, 2), (3, 1), (6, 6)]) == [0, 1, 1, 1, 4, 1, 6]


def test_real_near_duplicates_are_found_and_others_are_not(real_data):
    folder = real_data / "fungi20" / "Morchella esculenta"
    paths = sorted(folder.iterdir())
    hashes = []
    for path in paths:
        with Image.open(path) as image:
            hashes.append(perceptual_hash(image))
    pairs = {(paths[i].name, paths[j].name) for i, j in near_pairs(hashes)}
    assert ("34686951670_b5ab309342_m.jpg", "8703160780_5fcdfe7b4c_m.jpg") in pairs
    assert len(pairs) == 2
