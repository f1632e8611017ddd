"""From a run to its evaluation: `evaluation.json`, `report.html`, `curation.csv`, and a table in `predictions.h5`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sporeprint_training.artefact import canonical_json, write_bytes
from sporeprint_training.dataset.info import read_info
from sporeprint_training.dataset.redivide import redivided
from sporeprint_training.dataset.store import Dataset, read_dataset
from sporeprint_training.errors import BadInput
from sporeprint_training.evaluate.by_class import class_measures, confusions
from sporeprint_training.evaluate.curate import Curation, curate, curation_csv
from sporeprint_training.evaluate.measures import measure
from sporeprint_training.evaluate.observations import by_observation
from sporeprint_training.evaluate.report import render_report
from sporeprint_training.evaluate.schema import CurationCounts, Evaluation
from sporeprint_training.evaluate.stored import answer_columns
from sporeprint_training.evaluate.unknown import measure_unknown
from sporeprint_training.predictions import Predictions, read_predictions, write
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import CURATION_FILE, EVALUATION_FILE, PREDICTIONS_FILE, REPORT_FILE, Run


@dataclass(frozen=True)
class Evaluated:
    """What was measured, and from what."""

    run: Run
    test: Predictions
    evaluation: Evaluation
    data: Dataset | None
    curation: Curation | None


def evaluate_run(
    run: Run, data: Dataset | None = None, unknown: Path | None = None, progress: Progress = SILENT
) -> Evaluated:
    """Measure a run on its test photos and write everything into its folder; a second evaluation replaces the first.

    Args:
        run: a finished one. Its folder alone is enough for all measures.
        data: the data set that it learned from, for pictures and for photos to curate.
        unknown: folder of photos that show none of the classes.
        progress: told of photos.

    Raises:
        BadInput: the run's predictions are missing or of another version, a photo of the data set is missing, or
            `unknown` holds no photo.
    """
    held_out = read_predictions(run)
    test, record = held_out.of("test"), run.record
    taxa = record.taxa()
    with progress.step("Measuring", len(test)) as done:
        of_photos, answers = measure(test, taxa, record.temperature, record.thresholds)
        finds = by_observation(test, record.fusion.exponent)
        # Where every find has one photo, the same numbers need no second pass over thousands of classes.
        alone = len(finds) == len(test)
        of_finds = of_photos if alone else measure(finds, taxa, record.temperature, record.thresholds)[0]
        done(len(test))
    best = test.logits.argmax(axis=1)
    curation = _curation(run, data, progress)
    evaluation = Evaluation(
        run=record.id,
        dataset_sha256=record.dataset.sha256,
        by_photo=of_photos,
        by_observation=of_finds,
        classes=class_measures(best, test.label, record.classes),
        confusions=confusions(best, test.label, record.classes),
        unknown=measure_unknown(run, unknown, test, answers, progress) if unknown else None,
        curation=_counts(data, curation) if data and curation else None,
    )
    found = Evaluated(run, test, evaluation, data, curation)
    answered = answer_columns(test, answers, taxa, record.temperature)
    _write(found, render_report(run, test, evaluation, data, curation), held_out, answered)
    return found


def dataset_beside(run: Run) -> tuple[Dataset | None, str]:
    """The data set that lies beside the folder of runs, and if it cannot be used why, as a sentence."""
    folder = run.folder.absolute().parent.parent / "dataset"
    try:
        sha256 = read_info(folder).sha256
    except BadInput:
        return None, f"No data set at {folder}: no pictures, no photos to curate. Name one with --dataset."
    if sha256 != run.record.dataset.sha256:
        return None, f"{folder} is not what the run learned from: no pictures, no photos to curate."
    return _as_divided(run, folder), ""


def dataset_of(run: Run, folder: Path) -> Dataset:
    """The data set in `folder`.

    Raises:
        BadInput: there is none, or the run learned from another one.
    """
    info = read_info(folder)
    if info.sha256 != run.record.dataset.sha256:
        raise BadInput(
            "Pictures and photos to curate come from the data set that the run learned from",
            received=f"{folder} with hash {info.sha256[:12]}, and the run's has {run.record.dataset.sha256[:12]}",
            next_step="Name that data set, or train again",
        )
    return _as_divided(run, folder)


def _as_divided(run: Run, folder: Path) -> Dataset:
    config = run.record.config
    return redivided(read_dataset(folder), config.dataset, config.seed)


def _curation(run: Run, data: Dataset | None, progress: Progress) -> Curation | None:
    if data is None:
        return None
    from sporeprint_training.evaluate.run_features import run_features  # TensorFlow takes seconds to load

    features = run_features(run, data, progress)
    with progress.step("Looking for photos to curate", len(features)) as done:
        found = curate(data, features)
        done(len(features))
    return found


def _counts(data: Dataset, curation: Curation) -> CurationCounts:
    return CurationCounts(
        photos=len(data.photos),
        mislabelled=len(curation.of("mislabelled")),
        duplicates=len(curation.of("duplicate")),
        odd=len(curation.of("odd")),
        accuracy=curation.accuracy,
    )


def _write(found: Evaluated, report: bytes, held_out: Predictions, answered: Mapping[str, NDArray[Any]]) -> None:
    folder = found.run.folder
    if found.data is not None and found.curation is not None:
        write_bytes(folder / CURATION_FILE, curation_csv(found.data, found.curation))
    else:
        # An earlier evaluation's list would not belong to this one.
        (folder / CURATION_FILE).unlink(missing_ok=True)
    write(folder / PREDICTIONS_FILE, held_out, answered)
    write_bytes(folder / REPORT_FILE, report)
    write_bytes(folder / EVALUATION_FILE, canonical_json(found.evaluation.model_dump(mode="json")))
