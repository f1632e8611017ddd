"""Every screen, checked by axe."""

from pathlib import Path

import pytest

from colour_bundle import plain_photo

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run().then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 80)).join(" | ")}`))"""


def violations(page) -> list[str]:
    page.evaluate(f"{AXE.read_text()};0")
    return page.evaluate(RUN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_screen_has_a_fault_that_axe_finds(make_app, site, scheme):
    app = make_app(site, color_scheme=scheme, viewport={"width": 390, "height": 844})
    page = app.open()
    page.get_by_test_id("gate-accept").wait_for()
    found = {"gate": violations(page)}
    page.get_by_test_id("gate-accept").click()
    app.wait_for(page, "ready")
    found["home"] = violations(page)
    app.identify(page, plain_photo(220, 30, 20))
    found["result"] = violations(page)
    page.get_by_test_id("result").first.click()
    page.locator("article.species").wait_for()
    found["species"] = violations(page)
    for name in ("about", "emergency"):
        page.goto(f"{site.url}#{name}")
        page.get_by_role("heading", name={"about": "About this model", "emergency": "If someone"}[name]).wait_for()
        found[name] = violations(page)
    app.identify(page, b"no photo")
    found["error"] = violations(page)
    page.goto(f"{site.url}licences.html")
    found["licences"] = violations(page)
    assert {screen: faults for screen, faults in found.items() if faults} == {}
