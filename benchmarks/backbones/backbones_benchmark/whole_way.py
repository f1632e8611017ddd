"""One backbone the whole way: a head, a step of fine-tuning, the export, Chromium."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np

from backbones_benchmark.drawn_weights import write_drawn_weights
from sporeprint_export.answers import read_answers
from sporeprint_export.candidates import Candidate, make_candidates
from sporeprint_export.canonical import canonical
from sporeprint_export.export import ExportOptions, ExportReport, export_run
from sporeprint_export.precision import Budget
from sporeprint_export.runtime import Scores, Unmeasured
from sporeprint_site.build import build_site
from sporeprint_site.verify import visit_site
from sporeprint_training.backbone_registry import Entry
from sporeprint_training.dataset.store import read_dataset
from sporeprint_training.errors import SporeprintError
from sporeprint_training.images import read_input
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.models import load_model
from sporeprint_training.progress import SILENT
from sporeprint_training.run import HISTORY_FILE, Run, read_run
from sporeprint_training.run_config import load_run_config
from sporeprint_training.run_photos import read_photos
from sporeprint_training.train import train
from sporeprint_training.weights import find_local

DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[4] / "shared" / "data"))
HUB_MODULE = DATA / "weights" / "hub_inat_insect_mobilenet_v2"
ANYTHING = Budget(agreement=0, mean_abs_dp=1, accuracy_drop=1)
"""Sizes are wanted whatever a precision costs; float32 has to be exact all the same."""
HEAD_EPOCHS = 20
LARGE = 50_000_000
"""Parameters from which a batch is one photo instead of 8: a step of EfficientNetV2-M takes 9 GiB for each."""


@dataclass(frozen=True)
class Row:
    """What was measured of one backbone."""

    name: str
    size: int
    weights: str
    """Where they are from."""
    parameters: int
    """With a head of four classes."""
    loss: float
    """Of the step in which the whole network learned."""
    mb_float32: float
    mb_int8: float | None
    """Graph and weights, megabytes."""
    photos: int
    """Held out, and asked in the browser."""
    distinct: int
    """How many classes Keras names for them: 1 would prove little."""
    agreement: float
    """Of Chromium's float32 answers with Keras."""
    max_abs_dp: float
    """Largest difference of a score between them."""
    agreement_int8: float | None
    max_abs_dp_int8: float | None
    """Of int8 in TensorFlow, with Keras."""
    browser_ms: float | None
    """Median inference, wasm, one thread."""
    seconds: float


def take(entry: Entry, dataset: Path, work: Path, *, int8: bool = True) -> Row:
    """Train, export and measure one backbone at its own size.

    Args:
        entry: the backbone.
        dataset: ingested photos; the train split is a few batches.
        work: folder for weights, runs and bundles.
        int8: export that precision too; rounding takes minutes for large networks.

    Raises:
        SporeprintError: some hop fails.
    """
    started = perf_counter()
    # In a process of its own, which gives the memory of the training back: Chromium needs some, too.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        folder, origin = apart.submit(_trained, entry, dataset, work).result()
    run = read_run(folder)
    browser = _Chromium()
    report = export_run(run.folder, work / "float32", ExportOptions("float32", ANYTHING), runtime=browser)
    if "wasm" not in report.parity:
        raise RuntimeError(f"{entry.name} was not measured in a browser: {dict(report.unmeasured)}")
    small = _int8(run, report) if int8 else None
    return _row(entry, origin, run, report, small, browser.inference_ms, perf_counter() - started)


def _trained(entry: Entry, dataset: Path, work: Path) -> tuple[Path, str]:
    """The folder of the run, and where its first weights are from."""
    weights, origin = _weights(entry, dataset, work)
    changes = {
        "model.base": entry.name,
        "model.weights": str(weights),
        "batch_size": 1 if (entry.parameters or 0) > LARGE else 8,
        "max_epochs": HEAD_EPOCHS,
        "model.learning_rate": 0.01,
        "dataset.data_augmentation": False,
        "fine_tune.epochs": 1,
    }
    return train(dataset, work / "runs", load_run_config(None, changes)).folder, origin


def _weights(entry: Entry, dataset: Path, work: Path) -> tuple[Path, str]:
    local = find_local(entry)
    if local:
        return local, "local copy"
    if entry.kind == "hub":
        return HUB_MODULE, "stand-in module (MobileNetV2, insects)"
    if entry.kind == "file":
        return _own_model(dataset, work), "model.keras of a run of compact"
    path = work / f"{entry.name}.weights.h5"
    return write_drawn_weights(entry, entry.size, _train_pixels(dataset, entry.size), path), "random"


def _own_model(dataset: Path, work: Path) -> Path:
    config = load_run_config(None, {"model.base": "compact", "max_epochs": 4})
    return train(dataset, work / "own", config).folder / "model.keras"


def _train_pixels(dataset: Path, size: int, count: int = 8) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    data = read_dataset(dataset)
    paths = data.photos.loc[data.photos["split"] == "train", "path"].tolist()
    spec = InputSpec(size=size)
    chosen = paths[:: max(1, len(paths) // count)][:count]
    return np.stack([read_input(dataset / path, spec) for path in chosen])


def _int8(run: Run, report: ExportReport) -> Candidate:
    """The same graph in another precision; converting it once more would take as long as all the rest."""
    answers = read_answers(run, read_photos(run), load_model(run))
    graph = canonical(report.chosen.graph())
    made, unusable = make_candidates(graph, ("int8",), answers, run.record, ANYTHING, SILENT)
    if not made:
        raise RuntimeError(f"no int8: {unusable}")
    return made[0]


class _Chromium:
    """The app in Chromium, which also tells how long an inference took."""

    inference_ms: float | None = None

    def __call__(self, bundle: Path, photos: Sequence[Path]) -> Mapping[str, Sequence[Scores] | Unmeasured]:
        with tempfile.TemporaryDirectory(prefix="sporeprint-backbones-") as folder:
            build_site([bundle], Path(folder) / "public")
            try:
                visit = visit_site(Path(folder) / "public", photos, through_page=0)
            except SporeprintError as error:
                return {"wasm": Unmeasured(str(error), at_fault=True)}
        self.inference_ms = visit.identify_ms()["inference"]
        return {visit.backend: [answer.scores for answer in visit.answers]}


def _row(
    entry: Entry,
    origin: str,
    run: Run,
    report: ExportReport,
    small: Candidate | None,
    inference_ms: float | None,
    seconds: float,
) -> Row:
    with (run.folder / HISTORY_FILE).open(encoding="utf-8") as stream:
        last = list(csv.DictReader(stream))[-1]
    wasm = report.parity["wasm"]["float32"]
    rounded = small.fidelity.parity if small else None
    return Row(
        name=entry.name,
        size=run.record.input.size,
        weights=origin,
        parameters=run.record.n_parameters,
        loss=float(last["loss"]),
        mb_float32=round(report.chosen.bytes / 1e6, 1),
        mb_int8=round(small.bytes / 1e6, 1) if small else None,
        photos=report.chosen.fidelity.parity.n,
        distinct=len(np.unique(report.chosen.logits.argmax(axis=1))),
        agreement=float(str(wasm["agreement"])),
        max_abs_dp=float(str(wasm["max_abs_dp"])),
        agreement_int8=rounded.agreement if rounded else None,
        max_abs_dp_int8=rounded.max_abs_dp if rounded else None,
        browser_ms=inference_ms,
        seconds=round(seconds),
    )
