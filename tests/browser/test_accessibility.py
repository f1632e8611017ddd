"""Every screen, in every language and look: axe, targets, zoom, Latin, motion, and the keyboard's focus."""

import pytest

from screens import MOVING, SMALL_TARGETS, TOO_WIDE, UNMARKED_LATIN, at_width, axe_violations, every_screen, measure

pytestmark = pytest.mark.browser
READABLE = True

PHONE = {"width": 390, "height": 844}
ZOOMED = 320
"""CSS pixels: a window of 640 at 200 % zoom, and of 1280 at 400 % (WCAG 2.2, 1.4.10)."""


@pytest.mark.parametrize(("language", "look"), [("en", "light"), ("de", "dark"), ("fr", "sun")])
def test_every_screen_can_be_used_by_everyone(make_app, site, language, look):
    scheme = "dark" if look == "dark" else "light"
    app = make_app(site, color_scheme=scheme, viewport=PHONE, locale=language, reduced_motion="reduce")
    page = app.open()
    found: dict[str, list[str]] = {}
    for screen in every_screen(app, page):
        if look == "sun":
            page.evaluate("document.documentElement.dataset.look = 'sun'")
        assert page.locator("html").get_attribute("lang") == ("en" if screen.endswith(".html") else language)
        found[screen] = [
            *axe_violations(page),
            *measure(page, SMALL_TARGETS),
            *measure(page, UNMARKED_LATIN),
            *measure(page, MOVING),
            *at_width(page, ZOOMED, lambda: measure(page, TOO_WIDE)),
        ]
    assert len(found) > 15
    assert {screen: faults for screen, faults in found.items() if faults} == {}
    assert app.errors == []


def test_whatever_has_the_focus_shows_it(make_app, site):
    app = make_app(site, viewport=PHONE)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    unseen: list[str] = []
    for address in ("", "settings", "more", "emergency"):
        page.goto(f"{site.url}#{address}")
        page.locator("h1").first.wait_for()
        for _ in range(8):
            page.keyboard.press("Tab")
            unseen += page.evaluate(
                """() => {
                  const node = document.activeElement;
                  const shown = [node, node.closest('label')].filter(Boolean).map((n) => getComputedStyle(n));
                  const outlined = shown.some((s) => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2);
                  return node === document.body || outlined ? [] : [node.outerHTML.slice(0, 80)];
                }"""
            )
    assert unseen == []
