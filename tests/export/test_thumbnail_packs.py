"""Reference photos in packs: few files, and one species more changes few of them."""

import random

import pytest
from pydantic import ValidationError

from sporeprint_export.bundle import read_bundle
from sporeprint_export.manifest import MAX_SHARD_BYTES, BundleFile, PackedThumbnail, make_manifest
from sporeprint_export.thumbnail_packs import pack_thumbnails
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.errors import BadInput

JPEG = b"\xff\xd8\xff\xe0"


def photo(seed: int, length: int = 9_000) -> bytes:
    return JPEG + random.Random(seed).randbytes(length - len(JPEG))


def test_every_photo_is_found_where_its_place_says_and_no_pack_is_too_large():
    photos = {f"{number}.jpg": photo(number) for number in range(1_500)}
    packs, places = pack_thumbnails(photos.items())
    assert 4 <= len(packs) <= 16
    assert max(map(len, packs.values())) <= MAX_SHARD_BYTES
    for name, (pack, offset, length) in places.items():
        assert packs[pack][offset : offset + length] == photos[name]
    assert pack_thumbnails(photos.items()) == (packs, places)


def test_a_species_more_leaves_most_packs_as_they_were():
    photos = {f"{number}.jpg": photo(number) for number in range(1_500)}
    hashes = [{sha256_bytes(data) for data in pack_thumbnails(given)[0].values()} for given in (
        photos.items(), [("new.jpg", photo(-1)), *photos.items()],
    )]  # fmt: skip
    assert len(hashes[1] - hashes[0]) <= 2


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"", b"GIF89a", JPEG * MAX_SHARD_BYTES])
def test_what_is_no_photo_is_not_packed(data):
    with pytest.raises(BadInput, match=r"odd\.jpg"):
        pack_thumbnails([("odd.jpg", data)])


@pytest.fixture
def content(make_bundle):
    """A manifest's content whose first class has one photo in a pack of 100 bytes."""

    def make(pack="thumbnails/0.bin", offset=0, length=100, role="thumbnail", source="https://example.org/1"):
        manifest = read_bundle(make_bundle()).manifest
        found = {name: getattr(manifest, name) for name in type(manifest).model_fields if name not in ("format", "id")}
        place = PackedThumbnail(pack=pack, offset=offset, length=length, author="Eve", licence="CC0-1.0", source=source)
        classes = (manifest.classes[0].model_copy(update={"thumbnails": (place,)}), *manifest.classes[1:])
        file = BundleFile(path="thumbnails/0.bin", bytes=100, sha256="0" * 64, role=role)
        return {**found, "classes": classes, "files": (*manifest.files, file)}

    return make


def test_a_manifest_names_the_authors_by_licence(content):
    assert make_manifest(**content()).photo_credits() == {"CC0-1.0": ["Eve"]}


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"offset": 1}, "which has 100"),
        ({"length": 2**60}, "which has 100"),
        ({"pack": "thumbnails/1.bin"}, "not listed in files as photos"),
        # Weights are no photos, whatever a manifest says.
        ({"pack": "weights/head.bin", "length": 1}, "not listed in files as photos"),
        ({"role": "card"}, "not listed in files as photos"),
    ],
)
def test_a_photo_outside_its_pack_is_refused(content, place, said):
    with pytest.raises(ValidationError, match=said):
        make_manifest(**content(**place))


@pytest.mark.parametrize("place", [{"offset": -1}, {"length": 0}, {"source": "javascript:alert(1)"}])
def test_an_impossible_place_or_address_is_refused(content, place):
    with pytest.raises(ValidationError):
        content(**place)


@pytest.mark.parametrize("data", [b"<svg onload='alert(1)'/>".ljust(100), JPEG.ljust(100)])
def test_a_bundle_with_a_photo_that_is_none_is_refused(content, make_bundle, data):
    changed = content()
    file = changed["files"][-1].model_copy(update={"sha256": sha256_bytes(data)})
    bundle = make_bundle()
    (bundle / "thumbnails").mkdir()
    (bundle / "thumbnails" / "0.bin").write_bytes(data)
    manifest = make_manifest(**{**changed, "files": (*changed["files"][:-1], file)})
    (bundle / "manifest.json").write_bytes(manifest.to_json())
    if data.startswith(JPEG):
        assert read_bundle(bundle).manifest == manifest
    else:
        with pytest.raises(BadInput, match="Amanita virosa: 100 bytes at 0"):
            read_bundle(bundle)
