"""Finds that look like nothing the model knows, and several photos of one find."""

import base64

import pytest

from colour_bundle import COLOURS, plain_photo, write_colour_bundle
from sporeprint_site.build import build_site
from sporeprint_training.decision import Fusion, calibrated_scores, fuse

pytestmark = pytest.mark.browser

IDENTIFY = """async (photos) => {
  const blobs = photos.map((data) => new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))]));
  const { scores, familiarity, decision } = await sporeprint.identify(blobs);
  return { scores: Array.from(scores), familiarity, decision };
}"""


@pytest.fixture
def page(make_app, site, tmp_path):
    bundle = write_colour_bundle(tmp_path / "bundle", greys_are_unknown=True, fusion=Fusion(exponent=0.6, n=30))
    build_site([bundle], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    opened = app.open(accept=True)
    app.wait_for(opened, "ready")
    opened.app = app
    return opened


def identify(page, *photos):
    return page.evaluate(IDENTIFY, [base64.b64encode(photo).decode() for photo in photos])


def logits_of(red, green, blue):
    shares = [value / (red + green + blue) for value in (red, green, blue)]
    return [sum(w * s for w, s in zip(item.weights, shares, strict=True)) + item.bias for item in COLOURS]


def test_an_unfamiliar_find_is_none_of_these_and_possibly_poisonous(page):
    text = page.app.identify(page, plain_photo(120, 100, 110))
    assert "None of these, as far as it can tell." in text
    assert "Treat it as possibly poisonous." in text
    assert page.get_by_test_id("not-sure").count() == 1
    assert "A photo cannot show whether a mushroom is safe to eat." in text


def test_the_alarm_sounds_above_none_of_these(page):
    text = page.app.identify(page, plain_photo(100, 120, 100))
    assert "None of these" in text
    assert page.get_by_test_id("deadly-alarm").count() == 1


def test_a_familiar_find_keeps_its_name(page):
    assert "Boletus edulis" in page.app.identify(page, plain_photo(20, 30, 220))
    found = identify(page, plain_photo(20, 30, 220))
    assert found["familiarity"] == pytest.approx((220 / 270) ** 0.5, abs=1e-3)
    assert not found["decision"]["unknown"]


def test_photos_of_one_find_are_fused_as_in_python(page):
    colours = [(20, 30, 220), (90, 40, 150), (200, 10, 90)]
    found = identify(page, *(plain_photo(*colour) for colour in colours))
    expected = calibrated_scores(fuse([logits_of(*colour) for colour in colours], 0.6), 1.0)
    assert found["scores"] == pytest.approx(expected, abs=1e-5)
    alone = [identify(page, plain_photo(*colour))["familiarity"] for colour in colours]
    assert found["familiarity"] == pytest.approx(sum(alone) / 3, abs=1e-9)


def test_a_find_without_a_photo_is_a_failure_not_an_answer(page):
    with pytest.raises(Exception, match="not_identified"):
        identify(page)
