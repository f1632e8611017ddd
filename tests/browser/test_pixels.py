"""The browser's input pixels are Python's: to the byte for lossless photos and most JPEGs, else to half a level."""

import base64
import io
import json
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sporeprint_training.images import decode_upright, read_input, to_input
from sporeprint_training.input_spec import InputSpec

pytestmark = pytest.mark.browser
READABLE = True

SHAPES = [(1, 500), (37, 91), (224, 224), (225, 224), (500, 333), (448, 447), (449, 900), (1001, 673), (3, 2000)]
# Too narrow for the decoder's usual filter, one more, odd and even, a side that begins at an odd column and row.
JPEG_SHAPES = [
    (4, 300),
    (5, 300),
    (6, 40),
    (7, 7),
    (37, 91),
    (449, 900),
    (1001, 673),
    (1002, 674),
    (3, 2000),
    (2003, 1500),
]
LARGEST = (4000, 3000)
TO_INPUT = """async ([path, spec]) => {
  const { decodePhoto, toInput } = await import(new URL("app/worker/decode.js", document.baseURI).href);
  const photo = await (await fetch(path)).blob();
  const picture = await decodePhoto(photo);
  window.decoder = picture.constructor.name;
  const pixels = await toInput(picture, spec);
  picture.close();
  let text = "";
  for (let at = 0; at < pixels.length; at += 4096) text += String.fromCharCode(...pixels.subarray(at, at + 4096));
  return btoa(text);
}"""


@cache
def noisy(width: int, height: int) -> Image.Image:
    """Edges, ramps and noise: every rounding case occurs."""
    random = np.random.default_rng(width * 10_007 + height)
    rows, columns = np.ogrid[0:height, 0:width]
    ramp = np.empty((height, width, 3), np.uint16)
    ramp[..., 0] = rows * 255 // height
    ramp[..., 1] = columns * 255 // width
    ramp[..., 2] = (rows // 3 + columns // 5) % 2 * 255
    # A large photo of pure noise would take longer to compress than to test.
    grain = 1 if width * height < 10**6 else 8
    noise = random.integers(0, 256, (-(-height // grain), -(-width // grain), 3), np.uint8)
    noise = noise.repeat(grain, 0).repeat(grain, 1)[:height, :width]
    return Image.fromarray(((ramp + noise) // 2).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture
def in_browser(modules):
    """Returns the browser's pixels for a photo."""
    return partial(pixels_in, modules)


def pixels_in(app, photo: bytes, spec: InputSpec, *, decoder: str | None = None) -> np.ndarray:
    app.site.extra["photo"] = photo
    (page,) = app.context.pages
    text = page.evaluate(TO_INPUT, ["photo", json.loads(spec.model_dump_json())])
    assert decoder in (None, page.evaluate("decoder"))
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(spec.size, spec.size, 3)


@pytest.mark.parametrize("fit", ["crop", "stretch"])
def test_lossless_photos_of_every_shape_give_the_same_bytes(in_browser, fit):
    different = {}
    for width, height in (*SHAPES, LARGEST):
        image = noisy(width, height)
        for size in (224, 96) if width < 2000 else (224,):
            spec = InputSpec(size=size, fit=fit, crop_fraction=0.875 if size == 96 else 1.0)
            expected = to_input(image, spec)
            got = in_browser(encoded(image, "PNG", compress_level=1), spec)
            if not np.array_equal(got, expected):
                different[width, height, size] = int(np.abs(got.astype(int) - expected).max())
    assert different == {}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(in_browser, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = encoded(noisy(120, 60), "PNG", exif=exif)
    spec = InputSpec(size=64, fit="stretch")
    assert np.array_equal(in_browser(photo, spec), to_input(decode_upright(photo), spec))


def test_a_transparent_photo_lies_on_white(in_browser):
    image = Image.new("RGBA", (80, 80), (200, 30, 20, 0))
    image.paste((20, 30, 200, 255), (0, 0, 40, 80))
    photo = encoded(image, "PNG")
    spec = InputSpec(size=80)
    assert np.array_equal(in_browser(photo, spec), to_input(decode_upright(photo), spec))


@pytest.mark.parametrize(("fit", "progressive"), [("crop", False), ("stretch", False), ("crop", True)])
def test_jpegs_with_halved_chroma_give_the_same_bytes(in_browser, fit, progressive):
    different = {}
    for width, height in (*JPEG_SHAPES, LARGEST):
        photo = encoded(noisy(width, height), "JPEG", quality=90, subsampling=2, progressive=progressive)
        for size in (224, 96) if width < 2000 else (224,):
            spec = InputSpec(size=size, fit=fit, crop_fraction=0.875 if size == 96 else 1.0)
            expected = to_input(decode_upright(photo), spec)
            got = in_browser(photo, spec, decoder="VideoFrame" if width > 4 else "ImageBitmap")
            if not np.array_equal(got, expected):
                different[width, height, size] = int(np.abs(got.astype(int) - expected).max())
    assert different == {}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(1201, 640), (640, 1201)])
def test_jpegs_with_halved_chroma_are_turned_upright(in_browser, orientation, size):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = encoded(noisy(*size), "JPEG", quality=90, subsampling=2, exif=exif)
    for spec in (InputSpec(size=64), InputSpec(size=100, fit="stretch")):
        got = in_browser(photo, spec, decoder="VideoFrame")
        assert np.array_equal(got, to_input(decode_upright(photo), spec))


@pytest.mark.parametrize("lacking", ["delete globalThis.ImageDecoder", "WebAssembly.Module = undefined"])
def test_a_browser_without_the_short_way_gives_the_same_bytes(app, lacking):
    app.context.add_init_script(lacking)
    app.open()
    photo = encoded(noisy(1001, 673), "JPEG", quality=90, subsampling=2)
    got = pixels_in(app, photo, InputSpec(), decoder="ImageBitmap")
    assert np.array_equal(got, to_input(decode_upright(photo), InputSpec()))


def test_jpegs_differ_by_less_than_half_a_grey_level(in_browser, tmp_path):
    photo = encoded(noisy(640, 480).resize((900, 675)), "JPEG", quality=88)
    (tmp_path / "photo.jpg").write_bytes(photo)
    difference = mean_difference(in_browser, [tmp_path / "photo.jpg"])
    assert difference <= 0.5


@pytest.mark.real_data
def test_real_photos_differ_by_less_than_half_a_grey_level(in_browser, real_data):
    photos = [sorted(folder.iterdir())[0] for folder in sorted((real_data / "fungi20").iterdir()) if folder.is_dir()]
    assert mean_difference(in_browser, photos) <= 0.5


def mean_difference(in_browser, photos: list[Path]) -> float:
    spec = InputSpec()
    differences = [
        np.abs(in_browser(path.read_bytes(), spec).astype(int) - read_input(path, spec)).mean() for path in photos
    ]
    return float(np.mean(differences))
