"""Place and season in the app: applied when asked for, never silencing an alarm, refused when tampered with."""

import json

import pytest
from playwright.sync_api import Error as PlaywrightError

from colour_bundle import COLOURS, colour_scores, plain_photo, write_colour_bundle
from colour_priors import OXFORD, SYDNEY, colour_priors
from faulty_site import FaultySite
from sporeprint_export.bundle import read_bundle
from sporeprint_site.build import build_site
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.priors.rule import Context, reweigh

pytestmark = pytest.mark.browser

IDENTIFY = """async ([bytes, context]) => {
  const photo = new Blob([Uint8Array.from(bytes)]);
  const { scores, decision, hint } = await sporeprint.identify(photo, context ?? undefined);
  const before = hint && Array.from(hint.before);
  return { scores: Array.from(scores), decision, hint: hint && { ...hint, before } };
}"""


@pytest.fixture(scope="module")
def seasonal_folder(colour_site, tmp_path_factory):
    """The colour model with priors; that the browser code is bundled is the colour site's doing."""
    folder = tmp_path_factory.mktemp("seasonal")
    record, _, data = colour_priors()
    build_site([write_colour_bundle(folder / "bundle", priors=(record, data))], folder / "public")
    return folder


@pytest.fixture
def site(seasonal_folder):
    """The site with priors, served in the place of the colour site."""
    served = FaultySite(seasonal_folder / "public")
    served.start()
    yield served
    served.stop()


@pytest.fixture
def page(app):
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    return page


def test_a_context_weighs_the_answer_and_none_leaves_it(page):
    photo, october = (100, 62, 88), {"month": 10}
    record, priors, _ = colour_priors()
    plain = page.evaluate(IDENTIFY, [list(plain_photo(*photo)), None])
    assert plain["hint"] is None
    assert plain["scores"] == pytest.approx(colour_scores(*photo), abs=1e-5)
    best = {}
    for context in (
        october,
        {"latitude": SYDNEY[0], "longitude": SYDNEY[1]},
        {"month": 4, "latitude": SYDNEY[0]},
    ):
        found = page.evaluate(IDENTIFY, [list(plain_photo(*photo)), context])
        expected = reweigh(plain["scores"], priors, Context(**context), record.strengths())
        assert found["scores"] == pytest.approx(expected.scores, abs=1e-5)
        assert found["hint"] == {
            "used": list(expected.used),
            "flags": [list(flags) for flags in expected.flags],
            "before": plain["scores"],
        }
        best[context.get("month")] = COLOURS[max(range(4), key=found["scores"].__getitem__)].scientific_name
    assert plain["scores"][3] == max(plain["scores"])
    # April in Sydney is autumn, too.
    assert best == {10: "Amanita muscaria", None: "Agaricus campestris", 4: "Amanita muscaria"}


def test_a_context_of_which_nothing_is_known_leaves_the_answer(page):
    plain, empty = (page.evaluate(IDENTIFY, [list(plain_photo(110, 0, 100)), context]) for context in (None, {}))
    assert empty["scores"] == plain["scores"]
    assert empty["decision"] == plain["decision"]
    assert empty["hint"]["used"] == []


def test_a_season_silences_no_alarm(page):
    """In October the deadly one's harmless double is far more frequent, and the alarm sounds all the same."""
    photo = list(plain_photo(115, 96, 20))
    october = {"month": 10, "latitude": OXFORD[0], "longitude": OXFORD[1]}
    before, after = (page.evaluate(IDENTIFY, [photo, context])["decision"] for context in (None, october))
    assert (before["alarm"], before["deadly"]) == (True, ["Amanita phalloides"])
    assert after["taxon"] == "Amanita muscaria"
    assert after["score"] > 0.95
    assert (after["alarm"], after["deadly"]) == (True, ["Amanita phalloides"])


def test_priors_work_offline(page, site):
    site.stop()
    page.reload()
    page.locator("[data-testid=offline-status][data-state=ready]").wait_for()
    found = page.evaluate(IDENTIFY, [list(plain_photo(110, 0, 100)), {"month": 10}])
    assert found["hint"]["used"] == ["season"]


def serve(site, change):
    """Let the site offer other priors, under their true hashes."""
    catalogue = json.loads((site.folder / "catalogue.json").read_bytes())
    manifest = json.loads((site.folder / catalogue["models"][0]["manifest"]).read_bytes())
    listed = next(file for file in manifest["files"] if file["role"] == "priors")
    data = change(manifest, (site.folder / f"content/{listed['sha256']}.bin").read_bytes())
    listed |= {"bytes": len(data), "sha256": sha256_bytes(data)}
    site.extra[f"content/{listed['sha256']}.bin"] = data
    written = json.dumps(manifest).encode()
    stated = {"manifest": f"content/{sha256_bytes(written)}.json", "manifest_sha256": sha256_bytes(written)}
    catalogue["models"][0] |= stated | {"manifest_bytes": len(written)}
    site.extra[stated["manifest"]] = written
    site.extra["catalogue.json"] = json.dumps(catalogue).encode()


def other_cells(manifest, data):
    manifest["priors"]["place"]["cells"] = 3
    return data


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda manifest, data: data[:-1], "priors: too short"),
        (lambda manifest, data: b"SPP2" + data[4:], "priors: no such header"),
        (other_cells, "priors: 2 cells of 5"),
        (lambda manifest, data: manifest["priors"].update(path="other.bin") or data, "other.bin is not listed"),
    ],
)
def test_tampered_priors_are_refused_in_words(app, site, change, words):
    serve(site, change)
    page = app.open()
    assert words in app.wait_for(page, "failed")
    with pytest.raises(PlaywrightError):
        page.evaluate("sporeprint.identify(new Blob(['x']))")


def test_priors_with_a_flipped_bit_never_arrive(app, site, seasonal_folder):
    file = next(file for file in read_bundle(seasonal_folder / "bundle").manifest.files if file.role == "priors")
    address = f"content/{file.sha256}.bin"
    data = (site.folder / address).read_bytes()
    site.extra[address] = data[:-1] + bytes([data[-1] ^ 1])
    assert "arrived damaged and was thrown away (priors.bin)" in app.wait_for(app.open(), "failed")
