"""The guide's benchmark: species that follow from their number, and a site that is built to the same bytes."""

import pytest

from guide_benchmark.bundle import write_bundle
from guide_benchmark.cli import BUILD_SECONDS
from guide_benchmark.photos import draw_photo
from guide_benchmark.species import make_species
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site
from sporeprint_training.reference import load_reference

pytest.importorskip("brotli")


def test_there_are_2500_species_with_names_of_their_own_and_the_real_ones_are_among_them():
    species = make_species(2500)
    names = [item.scientific_name for item in species]
    assert len(set(names)) == 2500
    assert names == sorted(names)
    assert set(load_reference().taxa) < set(names)
    assert make_species(2500) == species
    assert sum(item.months is None for item in species) > 100
    assert sum(not item.common_names for item in species) > 300


def test_a_generated_site_is_built_to_the_same_bytes_with_two_photos_a_species_in_few_files(tmp_path):
    bundle = write_bundle(tmp_path / "bundle", make_species(120))
    manifest = read_bundle(bundle).manifest
    assert sum(len(item.thumbnails) for item in manifest.classes) == 240
    assert len([file for file in manifest.files if file.role == "thumbnail"]) <= 5
    first = manifest.classes[0].thumbnails[1]
    pack = (bundle / first.pack).read_bytes()
    assert pack[first.offset : first.offset + first.length] == draw_photo(1)
    one, other = (build_site([bundle], tmp_path / name) for name in ("one", "other"))
    assert one.sha256 == other.sha256
    assert one.seconds < BUILD_SECONDS
