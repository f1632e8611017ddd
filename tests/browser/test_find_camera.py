"""The live camera: a still in the camera's own size, a light where there is one, off as soon as nobody looks."""

import pytest

from axe import axe_violations
from colour_bundle import plain_photo
from sporeprint_site.browser import ARGUMENTS, find_chromium

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ON = ".camera-view[data-state=on]"
ANSWER = "section.result[data-state=done]"
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
KEEP_TRACK = "() => { window.__track = document.querySelector('video').srcObject.getVideoTracks()[0] }"
TRACK_STATE = "window.__track.readyState"
WITH_TORCH = """
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
window.__lights = [];
MediaStreamTrack.prototype.applyConstraints = async ({ advanced }) => void window.__lights.push(advanced[0].torch);
"""
ONLY_VIDEO = "delete window.ImageCapture;"


@pytest.fixture(scope="module")
def browser(browser):
    """The same Chromium with a drawn camera."""
    arguments = [*ARGUMENTS, "--use-fake-device-for-media-stream"]
    chromium = browser.browser_type.launch(executable_path=find_chromium(), args=arguments)
    yield chromium
    chromium.close()


@pytest.fixture
def open_camera(make_app, site):
    """Opens the app on a phone whose browser allows the camera, or does not."""

    def opened(script="", *, allowed=True):
        app = make_app(site, **PHONE)
        if allowed:
            app.context.grant_permissions(["camera"])
        if script:
            app.context.add_init_script(script)
        page = app.open(accept=True)
        app.wait_for(page, "ready")
        page.get_by_role("link", name="Take a photo").click()
        return page

    return opened


def natural_size(page):
    page.wait_for_function("document.querySelector('img.photo')?.complete")
    return page.locator("img.photo").evaluate("(image) => [image.naturalWidth, image.naturalHeight]")


def video_size(page):
    return page.locator("video").evaluate("(video) => [video.videoWidth, video.videoHeight]")


def test_the_one_large_button_leads_to_a_still_and_its_answer(open_camera):
    page = open_camera()
    page.locator(ON).wait_for()
    # The drawn camera has no light, so none is offered.
    assert page.get_by_test_id("torch").count() == 0
    page.evaluate(KEEP_TRACK)
    # Hidden, it is off; looked at again, it is on.
    page.evaluate(HIDE, True)
    assert page.evaluate(TRACK_STATE) == "ended"
    page.evaluate(HIDE, False)
    page.locator(ON).wait_for()
    page.evaluate(KEEP_TRACK)
    preview = video_size(page)
    assert axe_violations(page) == []
    page.get_by_test_id("shutter").click()
    page.locator(ANSWER).wait_for()
    assert page.evaluate(TRACK_STATE) == "ended"
    assert all(still >= shown for still, shown in zip(natural_size(page), preview, strict=True))
    # The next part of the same find, by keyboard.
    page.get_by_test_id("add-underside").click()
    page.get_by_role("heading", name="The underside of the cap").wait_for()
    page.locator(ON).wait_for()
    page.keyboard.press("Space")
    page.locator(ANSWER).wait_for()
    assert page.locator(".strip button").count() == 2
    assert page.get_by_test_id("photo-part").input_value() == "underside"
    # Left without a photo, the camera is off and the find as it was.
    page.get_by_test_id("add-base").click()
    page.locator(ON).wait_for()
    page.evaluate(KEEP_TRACK)
    page.get_by_role("button", name="Back").click()
    page.locator(ANSWER).wait_for()
    assert page.evaluate(TRACK_STATE) == "ended"
    assert page.locator(".strip button").count() == 2


def test_a_browser_without_stills_gives_a_frame_and_a_light_can_be_switched(open_camera):
    page = open_camera(WITH_TORCH + ONLY_VIDEO)
    page.locator(ON).wait_for()
    torch = page.get_by_test_id("torch")
    torch.click()
    page.locator("[data-testid=torch][aria-pressed=true]").wait_for()
    torch.click()
    page.locator("[data-testid=torch][aria-pressed=false]").wait_for()
    assert page.evaluate("window.__lights") == [True, False]
    preview = video_size(page)
    page.get_by_role("heading", level=1).focus()
    page.keyboard.press("Enter")
    page.locator(ANSWER).wait_for()
    assert natural_size(page) == preview


def test_a_refused_camera_and_a_missing_one_lead_to_the_phones_own(open_camera):
    page = open_camera(allowed=False)
    page.get_by_text("does not let the app use the camera").wait_for()
    assert page.get_by_test_id("camera-input").get_attribute("capture") == "environment"
    assert page.locator("video").is_hidden()
    assert axe_violations(page) == []
    gone = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') };"
    page = open_camera(gone)
    page.get_by_text("No camera was found here").wait_for()
    photo = {"name": "photo.png", "mimeType": "image/png", "buffer": plain_photo(20, 30, 220)}
    page.get_by_test_id("camera-input").set_input_files([photo])
    page.locator("[data-testid=result][data-taxon='Boletus edulis']").wait_for()
