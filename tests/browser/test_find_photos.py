"""Several photos of one find: added, described, cropped, removed, and identified together."""

import base64
import io

import pytest
from PIL import Image

from axe import axe_violations
from colour_bundle import colour_scores, plain_photo
from find_photos import mosaic, png

pytestmark = pytest.mark.browser
RED, BLUE, PURPLE = (200, 30, 60), (20, 30, 220), (128, 0, 128)
TOGETHER = """async (photos) => {
  const blobs = photos.map((photo) => new Blob([Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0))]));
  const { scores, decision } = await window.sporeprint.identify(blobs);
  return { scores: [...scores], taxon: decision.taxon };
}"""
ANSWER = "section.result[data-state=done] [data-testid=result], section.result[data-state=failed] [data-testid=error]"
SHOWN_PIXELS = """(image) => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL().split(",")[1];
}"""


@pytest.fixture
def page(app):
    opened = app.open(accept=True)
    app.wait_for(opened, "ready")
    return opened


def files(*photos):
    return [{"name": f"{n}.png", "mimeType": "image/png", "buffer": photo} for n, photo in enumerate(photos)]


def choose(page, where, *photos):
    """Hand photos to an input and wait for the new answer."""
    old = page.locator("section.result").element_handles()
    page.get_by_test_id(where).set_input_files(files(*photos))
    if old:
        page.wait_for_function("old => !old.isConnected", arg=old[0])
    page.locator(ANSWER).first.wait_for()


def shown_scores(page):
    cards = page.get_by_test_id("result").all()
    return {card.get_attribute("data-taxon"): float(card.get_attribute("data-score")) for card in cards}


def fused(page, *photos):
    return page.evaluate(TOGETHER, [base64.b64encode(photo).decode() for photo in photos])


SCREENS = """() => {
  window.screens = [];
  new MutationObserver((changes) => {
    for (const section of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (section.matches?.("section.result")) {
        screens.push([section.dataset.state, section.querySelector(".photo").hasAttribute("src")]);
      }
    }
  }).observe(document.querySelector("main"), { childList: true });
}"""


def test_a_photo_is_not_decoded_for_the_screen_before_its_answer_is_there(page):
    page.evaluate(SCREENS)
    choose(page, "photo-input", plain_photo(*RED))
    assert page.evaluate("screens") == [["working", False], ["done", True]]


def test_a_photo_whose_answer_takes_long_is_shown_meanwhile(app):
    app.context.add_init_script("window.Worker = class extends EventTarget { postMessage() {} terminate() {} }")
    page = app.open(accept=True)
    page.get_by_test_id("photo-input").set_input_files(files(plain_photo(*RED)))
    page.locator("section.result[data-state=working] .photo[src]").wait_for()


def test_photos_of_one_find_are_identified_together(app, page):
    photos = [plain_photo(*RED), plain_photo(*BLUE), plain_photo(*PURPLE)]
    choose(page, "photo-input", *photos[:2])
    both = fused(page, *photos[:2])
    assert both["scores"] != pytest.approx(colour_scores(*RED), abs=0.01)
    assert list(shown_scores(page).values())[-1] in [pytest.approx(score, abs=1e-6) for score in both["scores"]]
    choose(page, "add-underside", photos[2])
    three = fused(page, *photos)
    assert all(
        score in [pytest.approx(one, abs=1e-6) for one in three["scores"]] for score in shown_scores(page).values()
    )
    # The new photo is the one that is shown, as what it was asked for.
    assert page.get_by_test_id("photo-part").input_value() == "underside"
    assert page.locator(".strip .slot[aria-pressed]").count() == 3
    assert page.get_by_test_id("add-underside").count() == 0
    # Another screen and back: the same find.
    page.get_by_role("link", name="Journal").click()
    page.get_by_role("link", name="Identify", exact=True).click()
    page.get_by_test_id("current-find").click()
    page.locator(".strip .slot[aria-pressed]").nth(2).wait_for()
    assert page.locator(".strip .slot[aria-pressed]").count() == 3
    page.get_by_role("button", name="Other", exact=True).click()
    page.get_by_test_id("photo-part").select_option("base")
    assert page.get_by_test_id("add-base").count() == 0
    # Only the first one is left in the end, and counts alone.
    for _ in range(2):
        page.get_by_role("button", name="Cap", exact=True).focus()
        page.locator(".strip button").last.press("Enter")
        old = page.locator("section.result").element_handle()
        page.get_by_test_id("remove-photo").click()
        page.wait_for_function("old => !old.isConnected", arg=old)
        page.locator(ANSWER).first.wait_for()
    assert page.get_by_test_id("result").first.get_attribute("data-taxon") == "Amanita muscaria"
    assert shown_scores(page)["Amanita muscaria"] == pytest.approx(colour_scores(*RED)[0], abs=1e-3)
    assert page.get_by_test_id("remove-photo").count() == 0


def test_one_broken_photo_among_several_is_named_and_can_be_left_out(app, page):
    choose(page, "photo-input", plain_photo(*BLUE), b"no photo at all", plain_photo(*BLUE))
    error = page.get_by_test_id("error")
    assert "not a photo that browsers can read" in error.inner_text()
    assert page.locator(".strip button").nth(1).get_attribute("aria-pressed") == "true"
    error.get_by_role("button").click()
    page.get_by_test_id("result").first.wait_for()
    assert page.get_by_test_id("result").first.get_attribute("data-taxon") == "Boletus edulis"
    assert page.locator(".strip button").count() == 2


def test_more_photos_than_six_are_left_out_and_that_is_said(app, page):
    choose(page, "photo-input", *[plain_photo(*BLUE)] * 8)
    assert page.locator(".strip button").count() == 6
    assert "2 more were left out" in page.locator("main").inner_text()


def test_pasted_and_dropped_photos_are_one_find_each(app, page):
    transfer = """([kind, photo]) => {
      const blob = new Blob([Uint8Array.from(atob(photo), (letter) => letter.charCodeAt(0))]);
      const files = new DataTransfer();
      for (const name of ["1.png", "2.png"]) files.items.add(new File([blob], name));
      const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: files })
        : new DragEvent(kind, { dataTransfer: files, cancelable: true });
      document.dispatchEvent(event);
    }"""
    for kind, colour, name in (("paste", BLUE, "Boletus edulis"), ("drop", RED, "Amanita muscaria")):
        page.evaluate(transfer, [kind, base64.b64encode(plain_photo(*colour)).decode()])
        page.locator(f"[data-testid=result][data-taxon='{name}']").wait_for()
        assert page.locator(".strip button").count() == 2


def shown_photo(page):
    page.wait_for_function("document.querySelector('img.photo').complete")
    data = base64.b64decode(page.locator("img.photo").evaluate(SHOWN_PIXELS))
    return Image.open(io.BytesIO(data)).convert("RGB")


def test_a_crop_is_exactly_the_pixels_of_its_square(app, page):
    picture = mosaic()
    choose(page, "photo-input", png(picture))
    page.get_by_test_id("crop").click()
    window = page.get_by_test_id("crop-window")
    page.get_by_text("1 times closer").wait_for()
    assert axe_violations(page) == []
    # To the left edge by keys, then closer around the middle.
    for _ in range(6):
        window.press("ArrowLeft")
    for _ in range(2):
        window.press("+")
    page.get_by_text("1.6 times closer").wait_for()
    page.get_by_test_id("crop-use").click()
    page.locator(ANSWER).first.wait_for()
    side = round(480 / 1.25**2)
    rest = round((480 - 480 / 1.25**2) / 2)
    assert shown_photo(page).tobytes() == picture.crop((rest, rest, rest + side, rest + side)).tobytes()
    # What the model is given is the very square; the original comes back as it was.
    page.get_by_test_id("crop").click()
    page.get_by_role("button", name="Use the whole photo").click()
    page.locator(ANSWER).first.wait_for()
    assert shown_photo(page).size == (640, 480)


def test_the_crop_follows_mouse_wheel_and_two_fingers(app, page):
    choose(page, "photo-input", png(mosaic((1280, 960))))
    page.get_by_test_id("crop").click()
    page.get_by_text("1 times closer").wait_for()
    box = page.get_by_test_id("crop-window").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    image = page.locator(".crop-window img")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 500, y)
    page.mouse.up()
    # The photo's left edge stops at the window's.
    assert image.bounding_box()["x"] == pytest.approx(box["x"], abs=3)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -200)
    page.get_by_text("1.5 times closer").wait_for()
    touch = """([kind, id, x, y]) => document.querySelector(".crop-window").dispatchEvent(
      new PointerEvent(kind, { pointerId: id, clientX: x, clientY: y, bubbles: true }))"""
    page.evaluate("Element.prototype.setPointerCapture = () => undefined")
    for kind, pointer, across in (("pointerdown", 1, -40), ("pointerdown", 2, 40), ("pointermove", 2, 120)):
        page.evaluate(touch, [kind, pointer, x + across, y])
    page.get_by_text("3 times closer").wait_for()
    page.get_by_role("button", name="Whole", exact=True).click()
    page.get_by_text("1 times closer").wait_for()
