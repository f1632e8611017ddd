"""What is kept of a photo: what an ingest would keep, or what came; and what is no photo to an ingest is none here."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from photo_server import reply
from sporeprint_training.artefact import sha256_file
from sporeprint_training.dataset.prepare import prepare_batch
from sporeprint_training.dataset.sources import PhotoFile

pytestmark = pytest.mark.usefixtures("clock")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as a file's bytes."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.fixture
def files(picture, jpeg):
    """Files of every kind by name."""
    large = picture(1, (300, 200))
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = [picture(seed) for seed in (1, 2)]
    return {
        "plain": jpeg(1),
        "large": jpeg(2, (300, 200)),
        "turned": saved(large, "JPEG", exif=exif),
        "cmyk": saved(large.convert("CMYK"), "JPEG"),
        "wide": saved(Image.new("I;16", (80, 80), 30_000), "PNG"),
        "clear": saved(picture(3).convert("RGBA"), "PNG"),
        "webp": saved(picture(4), "WEBP"),
        "still": saved(picture(5), "GIF"),
        "bmp": saved(picture(6), "BMP"),
        "tiff": saved(picture(7), "TIFF"),
        "moving": saved(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        "half": saved(large, "JPEG")[:900],
        "bomb": png_of(60_000, 60_000),
        "dot": saved(picture(8, (1, 1)), "PNG"),
        "bad": b"\xff\xd8\xff" + b"not a JPEG" * 9,
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "pdf": b"%PDF-1.4 " + b" " * 99,
        "heic": b"\0\0\0\x18ftypheic" + b"\0" * 99,
    }


def test_files_of_every_kind_are_kept_or_refused_exactly_as_an_ingest_does(server, files, fetch, store, tmp_path):
    from sporeprint_training.dataset.download.run import outcomes

    addresses = [server.answer(f"/{name}", reply(data)) for name, data in files.items()]
    fetch(*addresses, max_side=128)
    ingested, staging = tmp_path / "Boletus edulis", tmp_path / "staging"
    ingested.mkdir()
    staging.mkdir()
    for name, data in files.items():
        (ingested / f"{name}.jpg").write_bytes(data)
    photos = [PhotoFile(tmp_path, f"Boletus edulis/{name}.jpg", "Boletus edulis") for name in files]
    expected = prepare_batch(list(enumerate(photos)), staging, 128)
    found = list(outcomes(store, addresses))
    assert [(one.reason, one.stored_sha256, one.width, one.height) for one in found] == [
        (one.reason, one.sha256, one.width, one.height) for one in expected
    ]
    reasons = {name: one.reason for name, one in zip(files, found, strict=True)}
    assert {name: reason for name, reason in reasons.items() if reason} == {
        "moving": "animated", "half": "truncated", "bomb": "too_large", "dot": "too_small",
        "bad": "not_an_image", "svg": "not_an_image", "pdf": "not_an_image", "heic": "not_an_image",
    }  # fmt: skip
    for one in found:
        if one.state == "stored":
            assert sha256_file(store / one.file) == one.stored_sha256
            assert max(one.width, one.height) <= 128


def test_originals_are_kept_as_they_came_and_judged_all_the_same(server, files, fetch, store, outcome):
    for name, suffix in {"turned": ".jpg", "clear": ".png", "webp": ".webp", "still": ".gif", "tiff": ".tif"}.items():
        found = outcome(server.answer(f"/{name}", reply(files[name])), keep_originals=True)
        assert (store / found.file).read_bytes() == files[name]
        assert found.file.endswith(suffix)
        assert found.stored_sha256 == found.received_sha256
    assert outcome(server.answer("/half", reply(files["half"])), keep_originals=True).reason == "truncated"
    assert sum(path.is_file() for path in (store / "photos").rglob("*")) == 5


def test_where_a_photo_was_taken_does_not_reach_the_store(server, outcome, store, picture):
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010E] = "my garden"
    found = outcome(server.answer("/p.jpg", reply(saved(picture(1), "JPEG", exif=exif))))
    assert b"my garden" not in (store / found.file).read_bytes()
