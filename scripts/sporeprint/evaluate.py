"""`sporeprint evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint_training.run import REPORT_FILE, Run, read_run

if TYPE_CHECKING:
    from sporeprint_training.dataset.store import Dataset
    from sporeprint_training.evaluate.schema import Evaluation, Measures


def evaluate(
    run: Annotated[Path, typer.Argument(help="Folder of a run: runs/ID.")],
    dataset: Annotated[
        Path | None, typer.Option(help="The data set it learned from, for pictures [dataset/ beside the runs].")
    ] = None,
    unknown: Annotated[Path | None, typer.Option(help="Folder of photos that show none of the classes.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a run on its test photos and write RUN/report.html, RUN/evaluation.json and RUN/curation.csv."""
    found = read_run(run)
    with native_noise_hidden():
        from sporeprint_training.evaluate.evaluate import evaluate_run

        evaluation = evaluate_run(found, _data(found, dataset), unknown, TerminalProgress()).evaluation
    _tables(evaluation)
    say(f"Report: {run / REPORT_FILE}")
    emit(numbers(evaluation), as_json=as_json)


def numbers(evaluation: Evaluation) -> dict[str, Any]:
    """What `--json` prints, by photo; null where not measured."""
    photos, unknown = evaluation.by_photo, evaluation.unknown
    return {
        "top1": photos.top1.value,
        "top3": photos.top3.value,
        "macro_f1": photos.macro_f1,
        "n": photos.n,
        "ece": photos.ece,
        "species_precision": photos.species_precision.value,
        "species_coverage": photos.species_coverage.value,
        "unknown_auroc": unknown.main_auroc.value if unknown else None,
        "deadly_recall": photos.alarm.recall.value,
        "deadly_false_alarm": photos.alarm.false_alarm.value,
    }


def _data(run: Run, folder: Path | None) -> Dataset | None:
    from sporeprint_training.evaluate.evaluate import dataset_beside, dataset_of

    if folder is not None:
        return dataset_of(run, folder)
    data, said = dataset_beside(run)
    if said:
        say(said)
    return data


def _tables(evaluation: Evaluation) -> None:
    columns = ("test split", "n", "top-1", "top-3", "macro-F1", "ECE", "species names right", "of photos")
    rows = [_row("photos", evaluation.by_photo), _row("finds", evaluation.by_observation)]
    show(evaluation.run, columns, rows)
    alarm = evaluation.by_photo.alarm
    show(
        "Deadly alarm",
        ("deadly photos", "recall", "other photos", "false alarm"),
        [(alarm.recall.n, alarm.recall.value, alarm.false_alarm.n, alarm.false_alarm.value)],
    )
    if evaluation.unknown:
        unknown = evaluation.unknown
        show(
            "Unknown things",
            ("photos", *(f"AUROC {name.replace('_', ' ')}" for name in unknown.auroc), "named as a species"),
            [(unknown.n, *(area.value for area in unknown.auroc.values()), unknown.named.value)],
        )
    if evaluation.curation:
        found = evaluation.curation
        show(
            "Photos to look at",
            ("mislabelled", "duplicated", "odd", "of"),
            [(found.mislabelled, found.duplicates, found.odd, found.photos)],
        )


def _row(name: str, measures: Measures) -> tuple[Any, ...]:
    return (
        name,
        measures.n,
        measures.top1.value,
        measures.top3.value,
        measures.macro_f1,
        measures.ece,
        measures.species_precision.value,
        measures.species_coverage.value,
    )
