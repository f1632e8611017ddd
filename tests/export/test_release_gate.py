"""No model is released that is worse at deadly species than the one before, unless somebody says so."""

from __future__ import annotations

import pytest

from sporeprint_export.bundle import read_bundle
from sporeprint_export.export import ExportOptions, export_run
from sporeprint_export.release_gate import check_declared, check_release
from sporeprint_training.artefact import canonical_json
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.run import Run, read_run


@pytest.fixture
def old(exported):
    """The manifest of the bundle before: deadly recall 10 of 10."""
    return read_bundle(exported[1]).manifest


def measured(record, **metrics):
    return record.model_copy(update={"metrics": record.metrics.model_copy(update=metrics)})


def test_a_model_that_is_as_good_or_better_passes(record, old):
    check_release(record, old)
    check_release(record, old.model_copy(update={"metrics": old.metrics.model_copy(update={"deadly_recall": 0.5})}))


def test_one_deadly_photo_missed_more_is_refused_with_both_numbers_and_their_intervals(record, old):
    worse = measured(record, deadly_recall=59 / 60, n_deadly=60)
    before = old.model_copy(update={"metrics": old.metrics.model_copy(update={"deadly_recall": 1.0, "n_deadly": 60})})
    with pytest.raises(StepFailed) as caught:
        check_release(worse, before)
    said = str(caught.value)
    assert "59 of 60 photos (0.983, 95 % interval 0.911 to 0.997)" in said
    assert "60 of 60 photos (1.000, 95 % interval 0.940 to 1.000)" in said
    assert "chance alone can do" in said
    assert "other test photos" not in said
    assert "--allow-deadly-drop" in said


def test_a_fall_that_chance_does_not_explain_is_not_excused(record, old):
    worse = measured(record, deadly_recall=0.5, n_deadly=60)
    before = old.model_copy(update={"metrics": old.metrics.model_copy(update={"deadly_recall": 1.0, "n_deadly": 60})})
    with pytest.raises(StepFailed) as caught:
        check_release(worse, before)
    assert "30 of 60" in str(caught.value)
    assert "chance" not in str(caught.value)


def test_other_test_photos_are_named(record, old):
    other = record.model_copy(update={"dataset": record.dataset.model_copy(update={"sha256": "9" * 64})})
    with pytest.raises(StepFailed, match="on other test photos"):
        check_release(measured(other, deadly_recall=0.9), old)


def test_a_recall_that_is_no_longer_measured_is_refused(record, old):
    with pytest.raises(StepFailed, match="deadly recall not measured, before 10 of 10"):
        check_release(measured(record, deadly_recall=None, n_deadly=0), old)


def test_a_bundle_of_before_the_number_of_deadly_photos_was_kept_is_counted_by_its_classes(record, old):
    before = old.model_copy(update={"metrics": old.metrics.model_copy(update={"n_deadly": 0})})
    with pytest.raises(StepFailed, match="before 10 of 10 photos"):
        check_release(measured(record, deadly_recall=0.9), before)


@pytest.mark.parametrize("change", [{"scientific_name": "Amanita citrina"}, {"toxicity": "poisonous"}])
def test_a_deadly_species_that_is_gone_or_no_longer_called_deadly_is_refused(record, old, change):
    classes = (record.classes[0].model_copy(update=change), *record.classes[1:])
    with pytest.raises(StepFailed, match="no longer among the deadly species that it knows: Amanita virosa"):
        check_release(record.model_copy(update={"classes": classes}), old)


def test_drawings_are_compared_with_nothing(record, old):
    worse = measured(record, deadly_recall=0.0)
    drawn = worse.model_copy(update={"dataset": worse.dataset.model_copy(update={"drawn": True})})
    check_release(drawn, old)
    check_release(worse, old.model_copy(update={"provenance": old.provenance.model_copy(update={"drawn": True})}))


@pytest.fixture
def worse_run(exported, make_run, network):
    """A run like the exported one whose alarm missed one deadly photo."""
    run = make_run(network)
    record = measured(read_run(run).record, deadly_recall=0.9)
    (run / "run.json").write_bytes(canonical_json(record.model_dump(mode="json", by_alias=True)))
    return run


@pytest.mark.usefixtures("converted_before")
def test_export_refuses_before_any_work_and_keeps_the_old_bundle_unless_told(exported, worse_run, tmp_path):
    options = {"precision": "float16", "against": exported[1]}
    with pytest.raises(StepFailed, match="9 of 10"):
        export_run(worse_run, tmp_path / "out", ExportOptions(**options))
    assert not (tmp_path / "out").exists()
    report = export_run(worse_run, tmp_path / "out", ExportOptions(**options, allow_deadly_drop=True))
    assert (report.manifest.metrics.deadly_recall, report.manifest.metrics.n_deadly) == (0.9, 10)


def test_a_run_that_names_no_table_of_deadly_species_is_not_exported(record, tmp_path):
    bare = record.model_copy(update={"deadly_table": None})
    with pytest.raises(BadInput, match="Train again"):
        check_declared(Run(tmp_path, bare))
    for declared in ({"drawn": True}, {"not_fungi": True}):
        dataset = bare.dataset.model_copy(update=declared)
        check_declared(Run(tmp_path, bare.model_copy(update={"dataset": dataset})))
