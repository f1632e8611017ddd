"""A run's evaluation as files, with and without the data set."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import tables
from PIL import Image

from evaluated_runs import CLASSES, THRESHOLDS, a_class, answers_to, logits_for, write_run
from sporeprint_training import compact
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.decision import UnknownRule
from sporeprint_training.errors import BadInput
from sporeprint_training.evaluate.evaluate import dataset_beside, dataset_of, evaluate_run
from sporeprint_training.evaluate.schema import Evaluation
from sporeprint_training.predictions import read_predictions
from sporeprint_training.run import EVALUATION_FILES, read_run
from sporeprint_training.train import train

LABELS = [0, 0, 1, 1, 2, 2, 3, 3, 3]
NAMED = [0, 2, 1, 1, 2, 2, 3, 3, 0]
FILES = [name for name in EVALUATION_FILES if name != "curation.csv"]


@pytest.fixture
def run(tmp_path):
    """Nine test photos, two of them named wrong, and no data set."""
    return write_run(tmp_path / "runs" / "run", answers_to(LABELS, logits_for(LABELS, NAMED)))


@pytest.fixture(scope="module")
def trained(coloured, quick, tmp_path_factory):
    """A run of the coloured data set, and that."""
    with pytest.MonkeyPatch.context() as patch:
        # Most of a short training is tracing the graph.
        patch.setattr(compact, "BLOCKS", ((16, 2, False), (24, 2, True)))
        config = quick(max_epochs=10, batch_size=8, model__learning_rate=0.01, dataset__data_augmentation=False)
        return train(coloured, tmp_path_factory.mktemp("runs"), config), read_dataset(coloured)


class Page(HTMLParser):
    """Tags with their attributes, and the texts, of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def written(run):
    return {name: (run.folder / name).read_bytes() for name in FILES}


def test_the_run_folder_alone_is_enough_and_tensorflow_is_not_needed(run):
    code = (
        "import sys; from pathlib import Path; from sporeprint_training.run import read_run;"
        "from sporeprint_training.evaluate.evaluate import evaluate_run;"
        f"evaluate_run(read_run(Path({str(run.folder)!r})));"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    found = Evaluation.model_validate_json((run.folder / "evaluation.json").read_bytes())
    assert (found.by_photo.n, found.by_photo.top1.value) == (9, 7 / 9)
    assert (found.unknown, found.curation) == (None, None)


def test_a_second_evaluation_replaces_the_first_with_equal_bytes(run):
    evaluate_run(run)
    first = written(run)
    (run.folder / "report.html").write_text("old")
    evaluate_run(run)
    assert written(run) == first
    assert not [path for path in run.folder.iterdir() if path.name.startswith(".")]


def test_every_photo_has_its_answer_in_the_table(run):
    before = read_predictions(run)
    evaluate_run(run)
    after = read_predictions(run)
    np.testing.assert_array_equal(after.logits, before.logits)
    assert after.photo_id.tolist() == before.photo_id.tolist()
    with tables.open_file(run.folder / "predictions.h5") as file:
        rows = file.root.answers.read()
    assert rows["photo_id"].astype(str).tolist() == before.photo_id.tolist()
    assert rows["taxon"][1] == b"Amanita virosa"
    assert rows["best_label"].shape == (9, 4)
    assert rows["best_label"][:, 0].tolist() == NAMED
    assert rows["right_species"].tolist() == [int(a == b) for a, b in zip(LABELS, NAMED, strict=True)]
    assert set(rows["right_order"]) == {-1}
    assert rows["alarm"].tolist() == [True, True, False, False, True, True, False, False, True]


def test_the_report_states_what_the_thresholds_were_chosen_for(tmp_path):
    aims = {"target_precision": 0.95, "target_deadly_recall": 0.995, "unknown": UnknownRule(below=-9, target=0.07)}
    answers = answers_to(LABELS, logits_for(LABELS, NAMED))
    run = write_run(tmp_path / "run", answers, thresholds=THRESHOLDS.model_copy(update=aims))
    evaluate_run(run)
    page = (run.folder / "report.html").read_text().replace("&nbsp;", " ")
    assert "so that 95 % of the names at each rank are right, and 7 % of the photos of known species" in page
    assert "reaches it on 99.5 % of the validation photos of deadly species" in page


@pytest.mark.parametrize("labels", [[], [2], [0, 0, 1]])
def test_few_photos_and_none_make_a_report(labels, tmp_path):
    answers = answers_to(labels, logits_for(labels, labels)) if labels else answers_to([0], [[1, 0, 0, 0]], split="val")
    run = write_run(tmp_path / "run", answers)
    evaluate_run(run)
    page = (run.folder / "report.html").read_text()
    assert not re.search(r"\bnan\b|\bNone\b(?! of these)|\binf\b", page)
    assert ("nothing can be said" in page) is (not labels)


def test_a_page_needs_nothing_but_itself_and_allows_no_script(trained):
    run, data = trained
    evaluate_run(run, data)
    html = (run.folder / "report.html").read_text()
    page = Page(html)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "embed", "form", "base"}
    sources = [value for _, attrs in page.tags for key, value in attrs.items() if key in ("src", "href", "xlink:href")]
    assert all(source.startswith(("data:image/jpeg;base64,", "#")) or source in EVALUATION_FILES for source in sources)
    assert sum(source.startswith("data:") for source in sources) >= 4
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    style = html.partition("<style>")[2].partition("</style>")[0]
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{allowed}'" in policy
    assert policy.startswith("default-src 'none'")
    assert not [attrs for _, attrs in page.tags if "style" in attrs]
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_names_from_outside_are_text(tmp_path):
    hostile = "<img src=x onerror=alert(1)> $x^2$"
    classes = (a_class(hostile), *CLASSES[1:])
    run = write_run(tmp_path / "run", answers_to(LABELS, logits_for(LABELS, NAMED)), classes)
    evaluate_run(run)
    html = (run.folder / "report.html").read_text()
    assert "&lt;img src=x onerror=alert(1)&gt; $x^2$" in html
    assert not [attrs for tag, attrs in Page(html).tags if tag == "img"]


def test_thousands_of_classes_are_cut_and_the_rest_is_pointed_to(tmp_path):
    classes = tuple(a_class(f"Genus species{index}") for index in range(1000))
    labels = list(range(1000))
    run = write_run(tmp_path / "run", answers_to(labels, logits_for(labels, [0] * 1000, 1000)), classes)
    evaluate_run(run)
    html = (run.folder / "report.html").read_text()
    assert "The 400 weakest are listed" in html
    assert len(html) < 600_000


def test_the_data_set_gives_photos_to_curate(trained):
    run, data = trained
    found = evaluate_run(run, data).evaluation.curation
    assert found.photos == len(data.photos)
    assert found.accuracy > 0.5
    lines = (run.folder / "curation.csv").read_text().splitlines()
    assert len(lines) - 1 == found.mislabelled + found.duplicates + found.odd
    evaluate_run(run)
    assert not (run.folder / "curation.csv").exists(), "an earlier list does not belong to this evaluation"


def test_features_are_computed_once(trained, monkeypatch):
    run, data = trained
    evaluate_run(run, data)

    def looked(*_, **__):
        raise AssertionError("a photo was run through the network again")

    monkeypatch.setattr("sporeprint_training.features.forward", looked)
    evaluate_run(run, data)


def test_photos_of_unknown_things_are_compared_with_known_ones(trained, tmp_path):
    run, _ = trained
    for name in ("a tram", "Boletus edulis"):
        (tmp_path / name).mkdir()
        Image.effect_noise((64, 64), 90).convert("RGB").save(tmp_path / name / "1.jpg")
    (tmp_path / "a tram" / "2.jpg").write_bytes(b"no image")
    (tmp_path / "0.jpg").write_bytes(b"")
    found = evaluate_run(run, unknown=tmp_path).evaluation
    assert found.unknown.rejected == {"empty": 1, "known_class": 1, "not_an_image": 1}
    assert (found.unknown.n, found.unknown.known) == (1, found.by_photo.n)
    assert set(found.unknown.auroc) == {"familiarity", "max_probability", "max_logit", "energy"}
    assert "none of its classes" in (run.folder / "report.html").read_text()


def test_a_folder_without_unknown_photos_is_refused_and_nothing_is_written(run, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="none of the classes"):
        evaluate_run(run, unknown=tmp_path / "empty")
    assert not (run.folder / "evaluation.json").exists()


def test_only_the_data_set_that_the_run_learned_from_is_used(trained, coloured, run, tmp_path):
    learned, _ = trained
    assert dataset_of(learned, coloured).info.sha256 == learned.record.dataset.sha256
    with pytest.raises(BadInput, match="learned from"):
        dataset_of(run, coloured)
    assert "No data set" in dataset_beside(run)[1]
    shutil.copytree(coloured, tmp_path / "dataset")
    data, said = dataset_beside(run)
    assert data is None
    assert "not what the run learned from" in said


def test_answers_of_another_version_are_refused(run):
    with tables.open_file(run.folder / "predictions.h5", "w") as file:
        file.create_table("/", "photos", {"photo_id": tables.StringCol(16)})
    with pytest.raises(BadInput, match=r"predictions\.h5"):
        evaluate_run(run)


def test_answers_with_other_classes_are_refused(run):
    content = json.loads((run.folder / "run.json").read_bytes())
    content["classes"] = content["classes"][:3]
    (run.folder / "run.json").write_text(json.dumps(content))
    with pytest.raises(BadInput, match="3 classes"):
        evaluate_run(read_run(run.folder))


def test_training_writes_find_and_group_of_every_held_out_photo(trained):
    run, data = trained
    stored = read_predictions(run)
    photos = data.photos.set_index("photo_id")
    assert len(stored) == (data.photos["split"] != "train").sum()
    for name in ("observation_id", "group_id", "label"):
        assert getattr(stored, name).tolist() == photos.loc[stored.photo_id, name].tolist()
