"""Weights in the bundle's own codec become the float32 values that they stand for, or the model is refused."""

import base64
import math
import random
import struct

import pytest

from colour_bundle import COLOURS, colour_scores, plain_photo, write_colour_bundle
from reference_codec import codec_entry, encode_entry
from sporeprint_site.build import build_site

pytestmark = pytest.mark.browser
READABLE = True

DECODE = """async ([groups, shards]) => {
  const { decodeWeights } = await import(new URL("app/worker/weights.js", document.baseURI).href);
  const read = (path) => Uint8Array.from(atob(shards[path]), (letter) => letter.charCodeAt(0));
  try {
    const { specs, data } = decodeWeights(groups, read);
    const text = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
    return { specs, data: data.map(text) };
  } catch (error) {
    return { code: error.code, reason: error.details?.reason };
  }
}"""


@pytest.fixture
def page(modules):
    (tab,) = modules.context.pages
    return tab


def decode(page, groups, shards):
    found = page.evaluate(DECODE, [groups, {path: base64.b64encode(data).decode() for path, data in shards.items()}])
    return found | {"data": [base64.b64decode(text) for text in found["data"]]} if "data" in found else found


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def random_entry(source, shape, channels, bits):
    """Steps over the whole range, both ends included, and scales of any size."""
    ends = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    steps = [source.choice([*ends, source.randint(*ends)]) for _ in range(math.prod(shape))]
    scales = [float32(source.choice([1e-38, 1e-3, 0.0123, 7.7]) * source.uniform(0.5, 1)) for _ in range(channels)]
    return steps, scales


SHAPES = [((3, 3, 3, 5), 5), ((1, 1, 7, 3), 3), ((3, 3, 6, 1), 6), ((31, 17), 17), ((5,), 1), ((1,), 1), ((0, 4), 4)]


@pytest.mark.parametrize("bits", [4, 5, 6, 7, 8])
def test_every_value_is_its_step_times_its_channels_scale_in_float32(page, bits):
    source = random.Random(bits)
    for shape, channels in SHAPES:
        steps, scales = random_entry(source, shape, channels, bits)
        group = {"paths": ["a"], "weights": [codec_entry("w", shape, channels, bits)]}
        found = decode(page, [group], {"a": encode_entry(steps, scales, bits)})
        assert found["specs"] == [{"name": "w", "shape": list(shape), "dtype": "float32"}]
        expected = [float32(step * scales[index % channels]) for index, step in enumerate(steps)]
        assert found["data"] == [struct.pack(f"<{len(expected)}f", *expected)]


def test_entries_of_several_kinds_share_shards_that_end_anywhere(page):
    source = random.Random(1)
    steps, scales = random_entry(source, (9, 3), 3, 6)
    raw, half = struct.pack("<3f", 1.5, -2, 0.1), struct.pack("<5e", 1, 2, 3, 4, 0.3)
    float16 = {"name": "h", "shape": [5], "dtype": "float32", "quantization": {"dtype": "float16"}}
    entries = [{"name": "r", "shape": [3], "dtype": "float32"}, codec_entry("w", (9, 3), 3, 6), float16]
    data = raw + encode_entry(steps, scales, 6) + half
    shards = {"a": data[:17], "b": data[17:18], "c": data[18:]}
    found = decode(page, [{"paths": ["a", "b", "c"], "weights": entries}], shards)
    expected = [float32(step * scales[index % 3]) for index, step in enumerate(steps)]
    assert found["data"] == [raw, struct.pack("<27f", *expected), half]
    assert [spec.get("quantization") for spec in found["specs"]] == [None, None, {"dtype": "float16"}]


def changed(key, value):
    entry = codec_entry("w", (4, 3), 3, 6)
    if key in entry:
        return entry | {key: value}
    return entry | {"quantization": entry["quantization"] | {key: value}}


GOOD = encode_entry([1] * 12, [0.5] * 3, 6)


@pytest.mark.parametrize(
    ("entry", "data", "words"),
    [
        (changed("dtype", "int32"), GOOD, "12 values in 3 channels"),
        (changed("shape", [4, -3]), GOOD, "shape [4,-3]"),
        (changed("shape", [4, 1e12, 1e12]), GOOD, "instead of"),
        (changed("shape", "43"), GOOD, "shape"),
        (changed("channels", 5), GOOD, "12 values in 5 channels"),
        (changed("channels", 0), GOOD, "12 values in 0 channels"),
        (changed("channels", 1.5), GOOD, "12 values in 1.5 channels"),
        (changed("channels", None), GOOD, "channels"),
        (changed("channels", 12), GOOD, "21 bytes of weights instead of 57"),
        (codec_entry("w", (4, 3), 3, 3), GOOD, "w of type int3"),
        (codec_entry("w", (4, 3), 3, 9), GOOD, "w of type int9"),
        (codec_entry("w", (4, 3), 3, 5), GOOD, "21 bytes of weights instead of 20"),
        ({"name": "w", "shape": [3], "dtype": "toString"}, GOOD, "w of type toString"),
        (codec_entry("w", (4, 3), 3, 6), GOOD[:-1], "20 bytes of weights instead of 21"),
        (codec_entry("w", (4, 3), 3, 6), GOOD + b"\0", "22 bytes of weights instead of 21"),
        (codec_entry("w", (4, 3), 3, 6), struct.pack("<f", math.nan) + GOOD[4:], "no number"),
        (codec_entry("w", (4, 3), 3, 6), struct.pack("<f", math.inf) + GOOD[4:], "no number"),
        ({"name": "w", "shape": [6], "dtype": "float32"}, GOOD, "21 bytes of weights instead of 24"),
    ],
)
def test_an_entry_that_cannot_be_is_a_broken_model(page, entry, data, words):
    found = decode(page, [{"paths": ["a"], "weights": [entry]}], {"a": data})
    assert found["code"] == "model_broken"
    assert words in found["reason"]


def coded_head(bits):
    """The colour model's head with its kernel in the codec: the same answers, for its values are few."""
    kernel = [item.weights[channel] for channel in range(3) for item in COLOURS]
    most = 2 ** (bits - 1) - 1
    scales = [max(item.weights) / most for item in COLOURS]
    steps = [round(value / scales[index % len(COLOURS)]) for index, value in enumerate(kernel)]
    bias = struct.pack(f"<{len(COLOURS)}f", *(item.bias for item in COLOURS))
    entries = [
        codec_entry("head_kernel", (3, len(COLOURS)), len(COLOURS), bits),
        {"name": "head_bias", "shape": [len(COLOURS)], "dtype": "float32"},
    ]
    return entries, encode_entry(steps, scales, bits) + bias


@pytest.mark.parametrize("bits", [6, 8])
def test_a_model_in_the_codec_identifies(make_app, tmp_path, site, bits):
    build_site([write_colour_bundle(tmp_path / "bundle", head=coded_head(bits))], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    app.identify(page, plain_photo(20, 30, 220))
    score = float(page.get_by_test_id("result").first.get_attribute("data-score"))
    assert score == pytest.approx(colour_scores(20, 30, 220)[2], abs=1e-3)


def test_a_model_whose_weights_do_not_add_up_is_refused_in_words(make_app, tmp_path, site):
    entries, data = coded_head(6)
    build_site([write_colour_bundle(tmp_path / "bundle", head=(entries, data[:-1]))], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    words = app.wait_for(app.open(), "failed")
    assert "could not be loaded" in words
    assert "instead of" in words
