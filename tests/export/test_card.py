"""The card says what was measured, on what, and what the model never saw."""

from sporeprint_export.card import model_card
from sporeprint_export.fidelity import Fidelity
from sporeprint_export.parity import Parity
from sporeprint_training.dataset.citations import SourceDataset
from sporeprint_training.decision import UnknownRule
from sporeprint_training.run import RunRecord

FIDELITY = Fidelity(
    parity=Parity(n=400, agreement=0.995, mean_abs_dp=0.00312, max_abs_dp=0.061),
    accuracy=0.91,
    accuracy_drop=0.005,
    worst_class="Amanita virosa",
    worst_class_drop=0.05,
    deadly_lost=(),
)


def test_the_card_states_data_figures_and_the_unseen_deadly(record):
    card = model_card("My model", record, "float16", FIDELITY).decode()
    assert "- Licence: CC\\-BY\\-4\\.0" in card
    assert "On 40 test photos" in card
    assert "- Licences of the photos: CC\\-BY\\-4\\.0 (200), not stated (80)" in card
    assert "- Split: 200 photos to learn from, 40 to choose on, 40 to test" in card
    assert "- Weights: float16" in card
    assert "- Same answer as the Keras model: 99.5% of 400 held-out photos" in card
    assert "- Score of the answer differs by: 0.0031 on average" in card
    assert "- Right on these photos: 91.0%, -0.5 points" in card
    assert "- Top-1: 90.0%" in card
    assert "- Right genus: 92.5%" in card
    assert "- Right family: 95.0%" in card
    assert "- Right order: not measured" in card
    assert "It knows 4 classes" in card
    assert "- In the model: Amanita virosa" in card
    assert "- Never seen by the model: Galerina marginata" in card
    assert "- Reference table: built\\-in (222222222222), 2 deadly species, europe" in card
    assert "Do not eat anything because of this model's answer." in card


def test_the_card_states_what_the_thresholds_of_this_run_were_chosen_for(record):
    aims = {"target_precision": 0.95, "target_deadly_recall": 0.995, "unknown": UnknownRule(below=-2, target=0.07)}
    strict = record.model_copy(update={"thresholds": record.thresholds.model_copy(update=aims)})
    card = model_card("Strict", strict, "float16", FIDELITY).decode()
    assert "- Right, of the names at each rank: 95%" in card
    assert "- Photos of deadly species whose score raises the alarm: 99.5%" in card
    assert "- Photos of known species called unknown: 7%" in card
    assert "called unknown: no photo" in model_card("Usual", record, "float16", FIDELITY).decode()


def test_names_from_outside_stay_text(record):
    dataset = record.dataset.model_copy(update={"attribution": "<img src=x onerror=alert(1)>\n# [x](javascript:y)"})
    card = model_card("*bold*", record.model_copy(update={"dataset": dataset}), "float16", FIDELITY).decode()
    assert card.startswith("# \\*bold\\*\n")
    assert "- Attribution: \\<img src=x onerror=alert\\(1\\)\\> \\# \\[x\\]\\(javascript:y\\)\n" in card


def test_drawings_and_missing_tests_are_said(record):
    changes = {
        "dataset": record.dataset.model_copy(update={"drawn": True}),
        "metrics": record.metrics.model_copy(update={"n": 0, "top1": None}),
    }
    card = model_card("Demo", record.model_copy(update=changes), "float16", FIDELITY).decode()
    assert "drawings, not photos" in card
    assert "no test photos" in card
    assert "Top-1" not in card


def test_a_run_of_an_earlier_version_has_a_card_without_what_it_did_not_record(record):
    content = record.model_dump(mode="json", by_alias=True)
    for key in ("licences", "splits"):
        del content["dataset"][key]
    for key in ("top1_genus", "top1_family", "top1_order"):
        del content["metrics"][key]
    card = model_card("Old", RunRecord.model_validate(content), "float16", FIDELITY).decode()
    assert "- Licences of the photos: not recorded" in card
    assert "- Split: not recorded" in card
    assert "- Right genus: not measured" in card


def test_licences_from_outside_stay_text(record):
    dataset = record.dataset.model_copy(update={"licences": {"<script>x</script>": 1}})
    card = model_card("My model", record.model_copy(update={"dataset": dataset}), "float16", FIDELITY).decode()
    assert "\\<script\\>x\\</script\\> (1)" in card


def test_the_card_cites_the_data_sets_that_the_photos_are_from(record):
    sources = (
        SourceDataset(name="Fungi <b>", doi="10.15468/ab3s5x", photos=7),
        SourceDataset(name="Herbarium", photos=2),
    )
    dataset = record.dataset.model_copy(update={"citation": "GBIF.org (2020)", "sources": sources})
    card = model_card("My model", record.model_copy(update={"dataset": dataset}), "float16", FIDELITY).decode()
    assert "- To be cited: GBIF\\.org \\(2020\\)" in card
    assert "- Photos from: Fungi \\<b\\> https://doi\\.org/10\\.15468/ab3s5x (7); Herbarium (2)" in card
