"""What a bundle answers in Chromium on each of tfjs' backends, and what is said where it cannot be measured."""

import pytest

from colour_bundle import colour_scores, plain_photo, write_colour_bundle
from measure_apart import measure
from sporeprint_export.manifest import SelfTest

pytestmark = pytest.mark.browser
COLOURS = [(20, 30, 220), (220, 10, 10), (90, 120, 40)]


@pytest.fixture
def photos(tmp_path):
    paths = [tmp_path / f"{index}.png" for index in range(len(COLOURS))]
    for path, colour in zip(paths, COLOURS, strict=True):
        path.write_bytes(plain_photo(*colour))
    return paths


def test_every_backend_gives_the_same_scores_for_the_photos_that_it_was_asked(tmp_path, photos):
    (tmp_path / "letter.jpg").write_text("no photo")
    asked = [photos[0], tmp_path / "letter.jpg", *photos[1:]]
    found = measure(write_colour_bundle(tmp_path / "bundle"), asked, {"wasm": 10, "webgl": 3, "cpu": 1})
    expected = [colour_scores(*COLOURS[0]), None, *(colour_scores(*colour) for colour in COLOURS[1:])]
    for backend, count in (("wasm", 4), ("webgl", 3), ("cpu", 1)):
        assert len(found[backend]) == count
        for scores, right in zip(found[backend], expected, strict=False):
            assert scores == (right and pytest.approx(right, abs=1e-5))


def test_only_the_backends_that_are_named_are_measured(tmp_path, photos):
    assert set(measure(write_colour_bundle(tmp_path / "bundle"), photos, {"cpu": 1})) == {"cpu"}


@pytest.mark.parametrize("chromium", ["/no/such/chromium", "/bin/false"])
def test_without_a_browser_that_runs_the_reason_is_told(tmp_path, photos, chromium):
    bundle = write_colour_bundle(tmp_path / "bundle")
    found = measure(bundle, photos, {"wasm": 3, "cpu": 3}, SPOREPRINT_CHROMIUM=chromium)
    for words, browser in (found["wasm"], found["cpu"]):
        assert words.startswith("not measured, because ")
        assert chromium in words
        assert browser is False, "which says nothing of the bundle"


def test_without_playwright_the_way_to_get_it_is_told(tmp_path, photos):
    change = "sys.modules['playwright.sync_api'] = None"
    words, browser = measure(write_colour_bundle(tmp_path / "bundle"), photos, {"wasm": 3}, change=change)["wasm"]
    assert "sporeprint[verify]" in words
    assert browser is False


def test_a_browser_without_webgl_says_so_and_the_others_are_measured(tmp_path, photos):
    change = "runtime.WITH_WEBGL = ('--disable-gpu', '--disable-software-rasterizer')"
    found = measure(write_colour_bundle(tmp_path / "bundle"), photos, {"webgl": 3, "wasm": 1}, change=change)
    assert "forbids WebGL" in found["webgl"][0]
    assert found["webgl"][1] is True
    assert len(found["wasm"]) == 1


def test_scores_of_another_backend_than_the_one_asked_for_are_not_taken(tmp_path, photos):
    change = (
        "here = runtime.VENDOR / 'backends'\n"
        f"runtime.VENDOR = pathlib.Path({str(tmp_path)!r})\n"
        "shutil.copytree(here, runtime.VENDOR / 'backends')\n"
        "shutil.copy(here / 'tfjs-cpu.js', runtime.VENDOR / 'backends' / 'tfjs-webgl.js')"
    )
    found = measure(write_colour_bundle(tmp_path / "bundle"), photos, {"webgl": 3}, change=change)
    assert found["webgl"] == ["not measured, because the app computed on cpu instead of webgl", True]


def test_a_bundle_that_the_app_refuses_is_told_apart_from_a_missing_browser(tmp_path, photos):
    wrong = SelfTest(photo="self_test.png", scores=(0.0, 1.0, 0.0, 0.0), tolerance=0.01)
    found = measure(write_colour_bundle(tmp_path / "bundle", self_test=wrong), photos, {"wasm": 3})
    assert "other answers than in testing" in found["wasm"][0]
    assert found["wasm"][1] is True
