"""`report.html` of a data set."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from sporeprint_training.dataset import report_plots
from sporeprint_training.dataset.removal_reasons import REASONS
from sporeprint_training.dataset.report import render_report
from sporeprint_training.dataset.store import read_beside, read_dataset

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>"


class Page(HTMLParser):
    """Tags, and the text that a reader sees."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._style = False
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_data(self, data):
        self.text += "" if self._style else " ".join(data.split()) + " "


@pytest.fixture
def page(source, run, tmp_path):
    """`page(**options)`: the report of two species with a table, a twin, a grey picture and a file that is none."""

    def make(observations=(), **options) -> bytes:
        folder = source()
        (folder / "Amanita virosa" / "text.jpg").write_text("no picture")
        if observations:
            with (folder / "observations.csv").open("w", newline="") as stream:
                csv.writer(stream).writerows(observations)
        run(folder, **{"report": True, "name": "Mine"} | options)
        return (tmp_path / "dataset" / "report.html").read_bytes()

    return make


def test_the_report_says_what_is_in_the_data_set_and_what_is_not(page, tmp_path):
    columns = ["file", "observation_url", "licence", "author", "observed_on", "latitude", "longitude", "doi"]
    row = ["https://e.org/1", "CC BY 4.0", "Ann", "2021-10-03", "52.1", "13.4", "10.15468/ab3s5x"]
    more = ["https://e.org/2", "CC BY-NC 4.0", "Bo", "2021-08", "60", "11", ""]
    shown = Page(page([columns, ["Amanita virosa/00.jpg", *row], ["Amanita virosa/01.jpg", *more]], max_photos=8))
    text = shown.text
    for said in (
        "15 photos of 2 species", "3 others were not taken", "licence_not_allowed", "not_an_image", "above_max_photos",
        "Amanita virosa/01.jpg: CC BY-NC 4.0", "CC-BY-4.0", "doi:10.15468/ab3s5x", "1 of 15 photos by month",
        "1 of 15 photos by place", "with a limit of 8", "The shorter side has fewer than 224 pixels",
    ):  # fmt: skip
        assert said in text, said
    titles = {attributes.get("aria-label") for tag, attributes in shown.tags if tag == "svg"}
    assert len(titles) == 4
    images = [attributes["src"] for tag, attributes in shown.tags if tag == "img"]
    assert len(images) >= 15
    assert all(source.startswith("data:image/jpeg;base64,") for source in images)


def test_it_needs_no_script_and_no_address_and_equal_data_sets_give_equal_bytes(page, tmp_path):
    first = page()
    shown = Page(first)
    assert "script" not in {tag for tag, _ in shown.tags}
    assert not any("style" in attributes for _, attributes in shown.tags)
    assert not re.search(rb'(?:href|src)="(?!data:|#)', first)
    policy = next(a["content"] for tag, a in shown.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert page() == first


def test_strangers_texts_stay_text(page):
    columns = ["file", "observation_url", "licence", "author", "source_dataset", "doi"]
    rows = [["Amanita virosa/00.jpg", HOSTILE, "CC0", HOSTILE, HOSTILE, HOSTILE]]
    rows += [["Amanita virosa/01.jpg", "", HOSTILE, HOSTILE, HOSTILE, HOSTILE]]
    shown = Page(page([columns, *rows], name=HOSTILE, attribution=HOSTILE, citation=HOSTILE))
    assert "script" not in {tag for tag, _ in shown.tags}
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert shown.text.count("<script>alert(1)</script>") >= 5


def test_warnings_and_conflicts_are_shown(page, source, run, tmp_path):
    from PIL import Image

    page()
    folder = source()
    with Image.open(folder / "Amanita virosa" / "00.jpg") as image:
        image.resize((90, 68)).save(folder / "agaricus_campestris" / "larger.jpg", quality=60)
    run(folder, report=True)
    text = Page((tmp_path / "dataset" / "report.html").read_bytes()).text
    assert "One picture, two names" in text
    assert "larger.jpg" in text
    assert "hold more than one species" in text


def test_a_data_set_of_an_earlier_version_has_a_report_too(coloured, monkeypatch):
    from sporeprint_training.dataset import report

    empty = {name: read_beside(coloured, name).head(0) for name in ("ledger", "removed", "conflicts")}
    monkeypatch.setattr(report, "read_beside", lambda folder, name: empty[name])
    text = Page(render_report(coloured)).text
    assert "Nothing was left out." in text
    assert "No photo states when it was taken" in text


def test_many_species_are_a_line_and_many_places_few_dots():
    before = {f"Species {number}": 1 + 5000 // (number + 1) for number in range(2000)}
    after = {name: min(count, 100) for name, count in before.items() if count > 5}
    assert len(report_plots.long_tail(before, after)) < 60_000
    draw = np.random.default_rng(0)
    drawn = report_plots.places(draw.uniform(-180, 180, 50_000), draw.uniform(-90, 90, 50_000))
    assert drawn.count("<use") <= 90 * 60 + 40
    assert "longitude, °E" in report_plots.places(np.array([13.4]), np.array([52.5]))


def test_real_photos_with_their_finds_become_a_data_set_with_a_report(real_data, run, tmp_path):
    # A few species of each: the others would only take longer.
    source = tmp_path / "some"
    source.mkdir()
    (source / "observations.csv").write_bytes((real_data / "inat7" / "observations.csv").read_bytes())
    for name in ("inat7/Amanita virosa", "inat7/Cantharellus cibarius", "fungi20/Amanita gemmata"):
        (source / name.partition("/")[2]).symlink_to(real_data / name)
    report = run(source, report=True, max_photos=25)
    assert (report.photos, report.species) == (75, 3)
    removed = read_beside(tmp_path / "dataset", "removed")
    assert len(removed) == sum(report.rejected.values()) == 30 + 30 + 70 - 75
    assert set(removed["reason"]) <= set(REASONS)
    ledger = read_beside(tmp_path / "dataset", "ledger")
    assert ledger["photo_url"].str.startswith("https://").sum() == 50
    photos = read_dataset(tmp_path / "dataset").photos
    assert photos.groupby("observation_id")["split"].nunique().max() == 1
    assert len((tmp_path / "dataset" / "report.html").read_bytes()) < 1_000_000
