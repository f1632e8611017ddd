"""Decoding whatever a camera, a scanner or an attacker wrote."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from sporeprint_training.images import UnreadableImage, decode_upright

RAMP = np.tile(np.linspace(0, 255, 64).round().astype(np.uint8), (48, 1))


def _bytes(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _grey(data):
    image = decode_upright(data)
    assert image.mode == "RGB"
    pixels = np.asarray(image)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()
    return pixels[..., 0].astype(int)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_greys_keep_their_shades(kind):
    wide = Image.fromarray(RAMP.astype(np.uint16) * 257)
    assert wide.mode == "I;16"
    assert abs(_grey(_bytes(wide, kind)) - RAMP).max() <= 1


def test_a_dark_sixteen_bit_grey_stays_dark():
    assert _grey(_bytes(Image.fromarray(np.full((40, 40), 200, np.uint16)))).max() <= 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_tiffs_of_both_byte_orders_keep_their_shades(order):
    data = _tiff(RAMP.astype(np.uint16) * 257, order)
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == {"<": "I;16", ">": "I;16B"}[order]
    assert abs(_grey(data) - RAMP).max() <= 1


@pytest.mark.parametrize("top", [255, 65535, 2**30])
def test_32_bit_greys_are_scaled_to_what_holds_their_brightest_pixel(top):
    wide = Image.fromarray((RAMP / 255.0 * top).astype(np.int32))
    assert abs(_grey(_bytes(wide, "TIFF")) - RAMP).max() <= 1


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_floating_point_greys_are_scaled_too(top):
    assert abs(_grey(_bytes(Image.fromarray((RAMP / 255.0 * top).astype(np.float32)), "TIFF")) - RAMP).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr"])
def test_every_mode_becomes_rgb_of_the_same_size(mode):
    colour = Image.fromarray(RAMP).convert("RGB")
    image = colour.quantize(256) if mode == "P" else colour.convert(mode)
    decoded = decode_upright(_bytes(image, "TIFF" if mode in ("CMYK", "YCbCr") else "PNG"))
    assert (decoded.mode, decoded.size) == ("RGB", (64, 48))
    tolerance = 255 if mode == "1" else 6
    assert np.abs(np.asarray(decoded).astype(int) - RAMP[..., None]).max() <= tolerance


def test_a_cmyk_jpeg_shows_its_colours():
    red = Image.new("RGB", (64, 64), (220, 30, 30)).convert("CMYK")
    middle = decode_upright(_bytes(red, "JPEG", quality=95)).getpixel((32, 32))
    assert np.abs(np.subtract(middle, (220, 30, 30))).max() < 12


def test_transparency_becomes_white():
    image = Image.new("RGBA", (40, 40), (200, 0, 0, 0))
    assert decode_upright(_bytes(image)).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (40, 40), 0)
    palette.putpalette([10, 20, 30] * 256)
    assert decode_upright(_bytes(palette, transparency=0)).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_come_out_upright(orientation):
    upright = Image.frombytes("L", (3, 2), bytes([0, 50, 100, 150, 200, 250])).resize(
        (60, 40), Image.Resampling.NEAREST
    )
    undo = {
        1: lambda im: im,
        2: lambda im: im.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: lambda im: im.transpose(Image.Transpose.ROTATE_180),
        4: lambda im: im.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: lambda im: im.transpose(Image.Transpose.TRANSPOSE),
        6: lambda im: im.transpose(Image.Transpose.ROTATE_90),
        7: lambda im: im.transpose(Image.Transpose.TRANSVERSE),
        8: lambda im: im.transpose(Image.Transpose.ROTATE_270),
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode_upright(_bytes(undo[orientation](upright).convert("RGB"), exif=exif))
    assert decoded.size == (60, 40)
    assert np.array_equal(np.asarray(decoded)[..., 0], np.asarray(upright))


def test_a_damaged_exif_block_does_not_cost_the_picture():
    plain = _bytes(Image.fromarray(RAMP).convert("RGB"), "JPEG")
    block = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 20
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + plain[2:]
    assert decode_upright(data).tobytes() == decode_upright(plain).tobytes()


def test_the_decoded_picture_carries_no_metadata():
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    decoded = decode_upright(_bytes(Image.new("RGB", (40, 40)), "JPEG", exif=exif, comment=b"note", dpi=(72, 72)))
    assert decoded.info == {}


def test_the_first_picture_of_a_phones_mpo_is_taken():
    first, second = Image.new("RGB", (64, 48), (250, 250, 250)), Image.new("RGB", (64, 48))
    data = _bytes(first, "MPO", save_all=True, append_images=[second])
    assert decode_upright(data).getpixel((10, 10)) == (250, 250, 250)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animations_and_stacks_are_refused(kind):
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    data = _bytes(frames[0], kind, save_all=True, append_images=frames[1:])
    assert _reason(data) == "animated"


def test_files_that_are_no_pictures_are_named():
    noisy = _bytes(Image.effect_noise((200, 200), 80).convert("RGB"), "JPEG")
    assert _reason(b"") == "empty"
    assert _reason(b"<html>404</html>") == "not_an_image"
    assert _reason(noisy[: len(noisy) // 2]) == "truncated"
    assert _reason(_bytes(Image.effect_noise((200, 200), 80))[:-3000]) == "truncated"


def test_a_pixel_bomb_is_refused_before_it_is_decoded():
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b"")) + _chunk(b"IEND", b"")
    assert _reason(data) == "too_large"


def test_paths_and_bytes_decode_alike(tmp_path):
    data = _bytes(Image.fromarray(RAMP))
    (tmp_path / "a.png").write_bytes(data)
    assert decode_upright(tmp_path / "a.png").tobytes() == decode_upright(data).tobytes()
    (tmp_path / "empty.png").touch()
    assert _reason(tmp_path / "empty.png") == "empty"


def _reason(source):
    with pytest.raises(UnreadableImage) as caught:
        decode_upright(source)
    return caught.value.reason


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _tiff(pixels, order):
    height, width = pixels.shape
    strip = pixels.astype(f"{order}u2").tobytes()
    entries = [(256, 3, width), (257, 3, height), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    entries += [(277, 3, 1), (278, 3, height), (279, 4, len(strip))]
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, value in entries:
        directory += struct.pack(f"{order}HHI", tag, kind, 1)
        directory += struct.pack(f"{order}I", value) if kind == 4 else struct.pack(f"{order}HH", value, 0)
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(f"{order}HI", 42, 8 + len(strip))
    return head + strip + directory + struct.pack(f"{order}I", 0)
