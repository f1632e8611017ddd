"""`sporeprint tune`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint.train import dataset_folder
from sporeprint_training.errors import BadInput

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sporeprint_training.tune.tune import Tuned


def tune(
    dataset: Annotated[
        Path | None, typer.Argument(help="Folder written by `sporeprint ingest` (default dataset, or the config's).")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Run config in which lists and ranges are what to try; docs/tuning.md.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder of runs, or a JSON file that names it.")] = Path("runs"),
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Trials at the same time [1; on a cluster one per worker].")
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="tcp://HOST:PORT", help="Try on a Dask cluster that sees the same folders."),
    ] = None,
    trials: Annotated[int | None, typer.Option(min=1, help="Most combinations, instead of the config's.")] = None,
    minutes: Annotated[float | None, typer.Option(help="No trial begins later, instead of the config's.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the search of this name.")] = False,
    name: Annotated[
        str | None, typer.Option(help="Of the search: it lies in RUNS/studies/NAME [the config's].")
    ] = None,
    no_retrain: Annotated[
        bool, typer.Option("--no-retrain", help="Only find the best configuration; train no run with it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Try many configurations, keep every result, and train a run with the best."""
    if config is None:
        raise BadInput(
            "A search is described by a config whose lists and ranges are what to try",
            received="no --config",
            next_step='Write one, such as {"model": {"learning_rate": [0.0003, 0.001]}}; docs/tuning.md has more',
        )
    from sporeprint_training.tune.group import read_group

    group = read_group(config, trials=trials, minutes=minutes, name=name)
    photos = dataset_folder(dataset, group.space.config(next(group.space.samples())))
    # Workers begin with what is hidden here, and import TensorFlow too.
    with native_noise_hidden(), _workers(cluster, jobs) as executor:
        from sporeprint_training.tune.tune import tune as search

        tuned = search(
            photos,
            runs,
            group,
            executor,
            jobs=jobs,
            resume=resume,
            retrain=not no_retrain,
            progress=TerminalProgress(),
        )
    _say(tuned)
    emit(_numbers(tuned), as_json=as_json)


def _workers(cluster: str | None, jobs: int | None) -> AbstractContextManager[Executor]:
    from sporeprint_training.workers import cluster_workers, separate_workers

    return cluster_workers(cluster) if cluster else separate_workers(jobs or 1)


def _numbers(tuned: Tuned) -> dict[str, Any]:
    run = tuned.run.record if tuned.run else None
    return {
        "trials": tuned.standing.tried,
        "failed": tuned.standing.failed,
        "best": {"run": run.id if run else None, "top1": run.metrics.top1 if run else None},
        "seconds": round(tuned.seconds, 3),
    }


def _say(tuned: Tuned) -> None:
    standing = tuned.standing
    show(
        tuned.folder.name,
        ("finished", "stopped early", "failed", "left", "best val top-1", "its loss"),
        [
            (
                standing.complete,
                standing.pruned,
                standing.failed,
                standing.waiting,
                tuned.val_accuracy,
                tuned.val_loss,
            )
        ],
    )
    for key, value in tuned.best.items():
        say(f"  {key} = {value}")
    say(f"Best config: {tuned.folder / 'best.json'}")
    say(f"Report: {tuned.folder / 'report.html'}")
    if tuned.run:
        say(f"Run: {tuned.run.folder}")
