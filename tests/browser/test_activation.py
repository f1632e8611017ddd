"""Where on the photo a class was seen: computed when it is asked for, and only then."""

import base64
import io

import pytest
from PIL import Image
from playwright.sync_api import Error as PlaywrightError

from colour_bundle import COLOURS, colour_scores, plain_photo, write_colour_bundle
from sporeprint_export.manifest import Outputs
from sporeprint_site.build import build_site

pytestmark = pytest.mark.browser
ASK = """async ([how, photo, index]) => {
  const blob = new Blob([Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0))]);
  const found = await window.sporeprint[how](blob, index);
  const { values, ...size } = found.activation ?? {};
  const activation = values && { ...size, values: [...values], kind: values.constructor.name };
  return { ...found, scores: [...found.scores], activation };
}"""


@pytest.fixture
def open_app(make_app, tmp_path, site):
    """Opens the app on a colour model with other content."""

    def open_with(**changes):
        build_site([write_colour_bundle(tmp_path / "bundle", **changes)], tmp_path / "public")
        site.folder = tmp_path / "public"
        app = make_app(site)
        page = app.open()
        app.wait_for(page, "ready")
        return page

    return open_with


def ask(page, how, photo, index=None):
    return page.evaluate(ASK, [how, base64.b64encode(photo).decode(), index])


def half_and_half(left, right):
    """A square photo in the model's own size, so that its pixels are its input."""
    image = Image.new("RGB", (32, 32), right)
    image.paste(left, (0, 0, 16, 32))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


RED, BLUE = (60, 0, 0), (0, 0, 250)


def test_the_best_class_is_seen_where_its_colour_is(open_app):
    found = ask(open_app(), "explain", half_and_half(RED, BLUE))
    best = max(range(len(COLOURS)), key=found["scores"].__getitem__)
    assert found["taxon"] == COLOURS[best].scientific_name == "Boletus edulis"
    activation = found["activation"]
    assert (activation["width"], activation["height"], activation["kind"]) == (32, 32, "Float32Array")
    rows = [activation["values"][start : start + 32] for start in range(0, 32 * 32, 32)]
    # 12 per share of blue; the mean pixel has the brightness (60 + 250) / 2.
    for row in rows:
        assert row[:16] == pytest.approx([0] * 16, abs=1e-5)
        assert row[16:] == pytest.approx([12 * 250 / 155] * 16, rel=1e-5)


def test_the_mean_of_an_activation_and_the_bias_are_the_logit(open_app):
    page, photo = open_app(), half_and_half((90, 20, 60), (10, 130, 40))
    logits = []
    for index, item in enumerate(COLOURS):
        found = ask(page, "explain", photo, index)
        assert found["taxon"] == item.scientific_name
        values = found["activation"]["values"]
        logits.append(sum(values) / len(values) + item.bias)
    scores = colour_scores(50, 75, 50)
    assert found["scores"] == pytest.approx(scores, abs=1e-4)
    weighted = [
        sum(w * s for w, s in zip(item.weights, (50 / 175, 75 / 175, 50 / 175), strict=True)) for item in COLOURS
    ]
    assert logits == pytest.approx([w + item.bias for w, item in zip(weighted, COLOURS, strict=True)], abs=1e-3)


def test_an_explanation_is_an_identification_too(open_app):
    page, photo = open_app(), plain_photo(20, 30, 220)
    named, explained = ask(page, "identify", photo), ask(page, "explain", photo)
    assert named.get("activation") is None
    for key in ("modelId", "scores", "decision"):
        assert explained[key] == named[key]


def test_identifying_computes_the_logits_alone(open_app):
    # A class activation that cannot be computed: whoever computed it would fail, as the last line does.
    page = open_app(filter_shape=(1, 1, 5, 7))
    assert ask(page, "identify", plain_photo(20, 30, 220))["decision"]["taxon"] == "Boletus edulis"
    with pytest.raises(PlaywrightError, match=r"crashed"):
        ask(page, "explain", plain_photo(20, 30, 220))


@pytest.mark.parametrize("index", [-1, 4, 0.5])
def test_a_class_that_the_model_does_not_have_is_refused_and_the_next_call_works(open_app, index):
    page = open_app()
    with pytest.raises(PlaywrightError, match=r"no_activation.*of 4"):
        ask(page, "explain", plain_photo(20, 30, 220), index)
    assert ask(page, "explain", plain_photo(20, 30, 220))["taxon"] == "Boletus edulis"


def test_a_model_without_the_output_says_so_and_identifies(open_app):
    page = open_app(outputs=Outputs(logits="logits"))
    with pytest.raises(PlaywrightError, match="no_activation"):
        ask(page, "explain", plain_photo(20, 30, 220))
    assert ask(page, "identify", plain_photo(20, 30, 220))["decision"]["taxon"] == "Boletus edulis"
