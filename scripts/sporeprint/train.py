"""`sporeprint train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint_training.reference.regions import REGIONS
from sporeprint_training.run_config import RunConfig, load_run_config

ConfigOption = Annotated[Path | None, typer.Option(help="Run config, a JSON file; options given here win over it.")]
BackboneOption = Annotated[
    str | None,
    typer.Option(help="inception_v3_inaturalist (default) or another that `sporeprint backbones` lists."),
]
WeightsOption = Annotated[
    str | None, typer.Option(help='"imagenet", "none", a weights file, or a TF Hub handle, URL or local folder.')
]
EpochsOption = Annotated[int | None, typer.Option(min=1, help="Most epochs of the head, or of a network from scratch.")]
FineTuneOption = Annotated[
    int | None, typer.Option(min=0, help="Epochs to train the backbone after the head; 0 keeps it frozen.")
]


ReferenceOption = Annotated[
    str | None, typer.Option(help="Folder of a reference table of your own, instead of the built-in one.")
]
RegionOption = Annotated[
    list[str] | None,
    typer.Option(
        "--region",
        help=f"Whose deadly species to list as never seen, several times (default all): {', '.join(REGIONS)}.",
    ),
]


def overrides(
    backbone: str | None,
    weights: str | None,
    max_epochs: int | None,
    fine_tune: int | None,
    reference: str | None,
    regions: list[str] | None,
) -> dict[str, Any]:
    """What the command line says about the run, in the run config's shape."""
    model = {"base": backbone, "weights": weights}
    return {
        "model": {key: value for key, value in model.items() if value is not None},
        "max_epochs": max_epochs,
        "fine_tune": {} if fine_tune is None else {"epochs": fine_tune},
        # An option that may be given several times is an empty list when it is not given.
        "reference": {"folder": reference, "regions": regions or None},
    }


def dataset_folder(named: Path | None, settings: RunConfig) -> Path:
    """The data set that the command names, else the one that the config does, else `dataset`."""
    source = settings.dataset.source
    return named or (Path(source) if source and Path(source).is_dir() else Path("dataset"))


def train(
    dataset: Annotated[
        Path | None, typer.Argument(help="Folder written by `sporeprint ingest` (default dataset, or the config's).")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder of runs, or a JSON file that names it.")] = Path("runs"),
    config: ConfigOption = None,
    backbone: BackboneOption = None,
    weights: WeightsOption = None,
    max_epochs: EpochsOption = None,
    fine_tune: FineTuneOption = None,
    reference: ReferenceOption = None,
    region: RegionOption = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Insist on going on with this very run, where it was stopped.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Train a model and write it, with its metrics, to RUNS/ID."""
    settings = load_run_config(config, overrides(backbone, weights, max_epochs, fine_tune, reference, region))
    # TensorFlow takes seconds to load; a misspelt key should not.
    with native_noise_hidden():
        from sporeprint_training.train import train as train_run

        run = train_run(dataset_folder(dataset, settings), runs, settings, TerminalProgress(), resume=resume or None)
    metrics = run.record.metrics
    show(
        "Test split",
        ("n", "top-1", "top-3", "macro-F1", "ECE", "deadly recall", "false alarm"),
        [
            (
                metrics.n,
                metrics.top1,
                metrics.top3,
                metrics.macro_f1,
                metrics.ece,
                metrics.deadly_recall,
                metrics.deadly_false_alarm,
            )
        ],
    )
    say(f"Run: {run.folder}")
    emit({"run": run.record.id, "folder": str(run.folder), "test": metrics.model_dump(mode="json")}, as_json=as_json)
