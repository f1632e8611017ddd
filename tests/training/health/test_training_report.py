"""`training.html` and `health.json`, as files."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from PIL import Image

from recorded_trainings import configured, recorded
from sporeprint_training.errors import BadInput
from sporeprint_training.health.finding import HEALTH_FILE, Finding, read_health, write_health
from sporeprint_training.health.plots import class_sizes
from sporeprint_training.health.report import TRAINING_REPORT_FILE, duration, render_training, write_training_report
from sporeprint_training.health.rules import judge

HOSTILE = "<img src=x onerror=alert(1)>&\"'</text><script>alert(2)</script>"
SPECIES = [HOSTILE, *(f"Species {number}" for number in range(2, 21))]


class Page(HTMLParser):
    """Tags with their attributes, and all text, of a page."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def rendered(*names, species=SPECIES, mosaic=None, **signals):
    history, kept = recorded(*names, **signals)
    config = configured(names[-1])
    return render_training(
        run_id="a-run",
        config=config,
        history=history,
        signals=kept,
        findings=judge(history, kept, config),
        species=species,
        mosaic=mosaic,
    )


@pytest.fixture(scope="module")
def mosaic():
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, "WEBP")
    return stream.getvalue()


@pytest.fixture(scope="module")
def sick(mosaic):
    """Two stages, the second with a learning rate that is far too high and a class of two photos in the first."""
    return rendered("two_a", "two_b_lr", mosaic=mosaic)


@pytest.fixture(scope="module")
def healthy():
    return rendered("head_ok_3epoch")


def test_a_page_shows_each_finding_with_its_numbers_a_plot_and_advice(sick):
    page = Page(sick)
    section = sick.decode().split('<section id="health">')[1].split("</section>")[0]
    assert section.count('class="finding"') == 1
    assert section.count("<svg") == 1
    assert "The training loss is 7.96 in epoch 0" in page.text
    assert "Lower fine_tune.learning_rate" in page.text


def test_a_healthy_page_says_so_and_shows_the_same_plots(healthy, sick):
    assert "The health rules found nothing." in Page(healthy).text
    titles = ["Loss by epoch", "Accuracy by epoch", "Learning rate by epoch", "Gradient norms by epoch"]
    for html in (healthy, sick):
        labels = [attrs["aria-label"] for tag, attrs in Page(html).tags if tag == "svg"]
        assert set(titles) < set(labels)
        assert "Seconds of each epoch by what they were spent on" in labels
        assert "Training photos of each class" in labels


def test_names_of_species_are_data(sick):
    page = Page(sick)
    assert not [tag for tag, _ in page.tags if tag == "script"]
    images = [attrs["src"] for tag, attrs in page.tags if tag == "img"]
    assert [source.partition(",")[0] for source in images] == ["data:image/webp;base64"]
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    assert "<img src=x onerror" in page.text


def test_a_page_needs_nothing_outside_itself_and_allows_nothing_else(sick):
    page = Page(sick)
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    style = re.search(r"<style>(.*?)</style>", sick.decode(), re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")
    assert not [attrs for _, attrs in page.tags if "style" in attrs]
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert all(link.startswith("#") for link in links)
    names = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(names) == len(set(names))


def test_equal_trainings_give_equal_bytes(healthy):
    assert rendered("head_ok_3epoch") == healthy


def test_every_recorded_pathology_has_a_plot_of_its_own(tmp_path):
    for name, title in (
        ("head_twoimg_0", "Training photos of each class"),
        ("head_throttled_0", "Seconds of each epoch by what they were spent on"),
        ("deep_sigmoid", "Gradient norms by epoch"),
    ):
        section = rendered(name).decode().split('<section id="health">')[1].split("</section>")[0]
        assert f'aria-label="{title}"' in section


def test_dead_units_are_drawn_by_stage():
    html = rendered("net_ok_0", species=SPECIES[:13], dead_after=0.7).decode()
    assert "Share of the head's inputs that are 0 for every validation photo" in html.replace("&#39;", "'")


def test_a_thousand_classes_are_drawn_without_their_names():
    names = {f"Species {number}": 1 + number % 90 for number in range(1000)}
    drawn = class_sizes(names)
    assert "Species 7" not in drawn
    assert len(drawn) < 200_000


@pytest.mark.parametrize(
    ("seconds", "said"), [(3.24, "3.2\u00a0s"), (61, "61\u00a0s"), (600, "10\u00a0min"), (7500, "2\u00a0h 5\u00a0min")]
)
def test_times_are_said_as_people_say_them(seconds, said):
    assert duration(seconds) == said


def test_files_are_written_into_the_run_and_tensorflow_is_not_needed(tmp_path):
    history, signals = recorded("head_twoimg_0")
    config = configured("head_twoimg_0")
    findings = judge(history, signals, config)
    write_training_report(
        tmp_path, run_id="r", config=config, history=history, signals=signals, findings=findings, species=SPECIES
    )
    write_health(tmp_path, findings)
    assert (tmp_path / TRAINING_REPORT_FILE).read_bytes().startswith(b"<!doctype html>")
    code = (
        "import sys; from pathlib import Path; from sporeprint_training.health.finding import read_health;"
        f"assert len(read_health(Path({str(tmp_path)!r})).findings) == 1;"
        "assert 'matplotlib' not in sys.modules;"
        "import sporeprint_training.health.report, sporeprint_training.health.live;"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_findings_are_read_back_as_they_were_written(tmp_path):
    history, signals = recorded("head_shuffled_all")
    findings = judge(history, signals, configured("head_shuffled_all"))
    write_health(tmp_path, findings)
    first = (tmp_path / HEALTH_FILE).read_bytes()
    assert list(read_health(tmp_path).findings) == findings
    write_health(tmp_path, findings)
    assert (tmp_path / HEALTH_FILE).read_bytes() == first


def test_a_run_without_the_file_has_no_health_and_a_damaged_one_is_named(tmp_path):
    assert read_health(tmp_path) is None
    (tmp_path / HEALTH_FILE).write_text('{"findings": [{"rule": "other"}]}')
    with pytest.raises(BadInput, match="this version"):
        read_health(tmp_path)


def test_a_finding_is_one_line_on_the_terminal():
    finding = Finding(
        rule="input_bound", severity="warning", stage="network", since_epoch=1, evidence="a step waits", advice="do"
    )
    assert finding.line == "health: waiting for photos (network, epoch 1): a step waits"
