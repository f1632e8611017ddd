"""The drawn sample."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from contextlib import nullcontext
from itertools import pairwise

import pytest
from PIL import ImageChops, ImageStat

from sporeprint_training.drawn import DRAWN_SPECIES, draw_photo, draw_sample
from sporeprint_training.drawn.sample import MARKER
from sporeprint_training.drawn.species import LOOKS
from sporeprint_training.images import decode_upright


def test_the_same_seed_draws_the_same_picture_in_any_process():
    picture = draw_photo("Amanita muscaria", 3, 96)
    code = (
        "import hashlib; from sporeprint_training.drawn import draw_photo;"
        "print(hashlib.sha256(draw_photo('Amanita muscaria', 3, 96).tobytes()).hexdigest())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(picture.tobytes()).hexdigest()


@pytest.mark.parametrize("species", DRAWN_SPECIES)
def test_every_species_draws_a_full_picture_from_every_side(species):
    pictures = [draw_photo(species, seed, 128) for seed in range(8)]
    for picture in pictures:
        assert (picture.mode, picture.size) == ("RGB", (128, 128))
        # Not too dark, not washed out, and something to see.
        level, spread = ImageStat.Stat(picture.convert("L")).mean[0], ImageStat.Stat(picture.convert("L")).stddev[0]
        assert 35 < level < 215
        assert spread > 15
    for one, other in pairwise(pictures):
        assert ImageStat.Stat(ImageChops.difference(one, other).convert("L")).mean[0] > 8


def test_a_picture_can_have_any_size():
    assert draw_photo("Boletus edulis", 1, 224).size == (224, 224)


def test_an_unknown_species_cannot_be_drawn():
    with pytest.raises(KeyError):
        draw_photo("Amanita imaginaria", 1)


def test_there_are_enough_species_and_genera_with_several():
    genera = [name.split()[0] for name in DRAWN_SPECIES]
    assert len(set(DRAWN_SPECIES)) == len(DRAWN_SPECIES) >= 8
    assert sum(genera.count(genus) > 1 for genus in set(genera)) >= 2


def test_no_habitat_belongs_to_one_species():
    for habitat in ("moss", "litter", "meadow", "wood"):
        assert sum(habitat in look.habitats for look in LOOKS) >= 4
    assert all(len(look.habitats) >= 3 for look in LOOKS)


def test_a_sample_is_class_folders_of_decodable_photos_and_replaces_an_older_one(tmp_path):
    out = tmp_path / "sample"
    (out / "Old species").mkdir(parents=True)
    (out / MARKER).touch()
    counted = []

    class Counting:
        def step(self, name, total=None):
            counted.append(total)
            return nullcontext(counted.append)

    draw_sample(out, photos_per_species=2, seed=1, progress=Counting())
    assert sorted(path.name for path in out.iterdir()) == sorted([MARKER, *DRAWN_SPECIES])
    assert counted[0] == sum(counted[1:]) == 2 * len(DRAWN_SPECIES)
    for species in DRAWN_SPECIES:
        files = sorted((out / species).iterdir())
        assert [file.name for file in files] == ["000.jpg", "001.jpg"]
        assert {decode_upright(file).size for file in files} == {(256, 256)}
