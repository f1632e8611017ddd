"""The report of a run, opened from the disk."""

from pathlib import Path

import pytest

from evaluated_runs import answers_to, logits_for, write_run
from sporeprint_training.evaluate.evaluate import evaluate_run

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "site" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """() => axe.run().then(({ violations }) => violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 80)).join(" | ")}`))"""


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    """Twelve test photos of six finds, two of them named wrong."""
    labels = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    named = [0, 2, 0, 1, 1, 1, 2, 2, 2, 3, 3, 0]
    answers = answers_to(labels, logits_for(labels, named), finds=[str(index // 2) for index in range(12)])
    run = write_run(tmp_path_factory.mktemp("runs") / "run", answers)
    evaluate_run(run)
    return run.folder / "report.html"


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_it_is_drawn_as_styled_fits_the_screen_and_has_no_fault_that_axe_finds(browser, report, scheme, width):
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 844}) as context:
        page, said = context.new_page(), []
        page.on("console", lambda message: said.append(message.text))
        page.goto(report.as_uri())
        plot = page.locator("svg.plot").first
        assert plot.bounding_box()["width"] <= width
        colour = plot.locator("text").first.evaluate("text => getComputedStyle(text).fill")
        assert colour == {"light": "rgb(98, 91, 76)", "dark": "rgb(174, 171, 151)"}[scheme]
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(f"{AXE.read_text()};0") == 0
        assert page.evaluate(RUN) == []
        assert said == [], "nothing was kept out by the page's own policy"
