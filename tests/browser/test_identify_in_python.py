"""`sporeprint identify` and the app in Chromium say the same of the same photos, one by one and as finds."""

import base64
import io
from dataclasses import asdict
from random import Random

import pytest
from PIL import Image

from colour_bundle import COLOURS, plain_photo, write_colour_bundle
from colour_priors import OXFORD, colour_priors
from sporeprint_export.bundle import read_bundle, read_priors
from sporeprint_export.identify.answer import Occasion
from sporeprint_export.identify.batch import IdentifyOptions, identify
from sporeprint_export.identify.model import BundleModel
from sporeprint_export.identify.photos import find_photos
from sporeprint_site.build import build_site
from sporeprint_training.decision import Fusion
from sporeprint_training.priors.rule import Context

pytestmark = pytest.mark.browser

IDENTIFY = """async ([photos, context]) => {
  const blobs = photos.map((data) => new Blob([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))]));
  try {
    const { scores, decision, hint } = await sporeprint.identify(blobs, context ?? undefined);
    return { scores: Array.from(scores), decision, flags: hint?.flags ?? null };
  } catch (error) {
    return null;
  }
}"""


def patchwork(seed: int) -> bytes:
    """A picture of large colour patches, mostly of one colour."""
    draw = Random(seed)
    base = [draw.randrange(256) for _ in range(3)]
    patches = bytes(max(0, min(255, value + draw.randrange(-60, 61))) for _ in range(48) for value in base)
    stream = io.BytesIO()
    Image.frombytes("RGB", (8, 6), patches).resize((200 + seed, 150), Image.Resampling.NEAREST).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def both(make_app, site, tmp_path):
    """`both(photo, ...)`: what Chromium and what Python say of one find."""
    record, _, data = colour_priors(season=0.7)
    folder = write_colour_bundle(
        tmp_path / "bundle", greys_are_unknown=True, fusion=Fusion(exponent=0.6, n=30), priors=(record, data)
    )
    build_site([folder], tmp_path / "public")
    site.folder = tmp_path / "public"
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    bundle = read_bundle(folder)
    model = BundleModel(bundle)

    def ask(*photos, context=None):
        paths = [tmp_path / f"{number}.png" for number in range(len(photos))]
        for path, photo in zip(paths, photos, strict=True):
            path.write_bytes(photo)
        encoded = [base64.b64encode(photo).decode() for photo in photos]
        in_browser = page.evaluate(IDENTIFY, [encoded, asdict(context) if context else None])
        occasion = Occasion(read_priors(bundle), context) if context else None
        options = IdentifyOptions(top=len(COLOURS), one_find=True, occasion=occasion)
        (answer,) = identify(find_photos(list(map(str, paths))), model, bundle.manifest, options)
        return in_browser, answer

    return ask


def test_they_agree_on_scores_and_every_part_of_the_decision(both):
    photos = [patchwork(seed) for seed in range(40)]
    finds = [[photo] for photo in photos] + [photos[start : start + 2 + start % 2] for start in range(0, 36, 3)]
    occasions = [None, Context(month=2, latitude=OXFORD[0], longitude=OXFORD[1]), Context(month=9), None]
    kinds = set()
    for number, find in enumerate(finds):
        in_browser, answer = both(*find, context=occasions[number % len(occasions)])
        found = {item.scientific_name: score for item, score in answer.ranked}
        assert [found[item.scientific_name] for item in COLOURS] == pytest.approx(in_browser["scores"], abs=1e-5)
        theirs, ours = in_browser["decision"], answer.decision.model_dump(mode="json")
        assert {key: ours[key] for key in theirs if key != "score"} == {
            key: value for key, value in theirs.items() if key != "score"
        }
        assert ours["score"] == pytest.approx(theirs["score"], abs=1e-5)
        odd = dict(zip((item.scientific_name for item, _ in answer.ranked), map(list, answer.flags), strict=True))
        assert in_browser["flags"] in (None, [odd[item.scientific_name] for item in COLOURS])
        kinds.add((ours["rank"], ours["unknown"], ours["alarm_reason"]))
    # Names, groups or nothing, with and without each alarm: the photos are of many kinds.
    assert len(kinds) >= 5


def test_they_agree_that_a_photo_without_an_answer_has_none(both):
    in_browser, answer = both(plain_photo(0, 0, 0))
    assert in_browser is None
    assert answer.error.reason == "not_identified"
