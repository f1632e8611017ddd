"""From a run folder to a bundle: the only entry point of this stage."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from sporeprint_export.answers import Answers, read_answers
from sporeprint_export.bundle import MANIFEST
from sporeprint_export.canonical import canonical
from sporeprint_export.card import model_card
from sporeprint_export.convert import ConvertedGraph, convert
from sporeprint_export.describe import describe, thumbnail_path
from sporeprint_export.fold import fold
from sporeprint_export.freeze import OUTPUT, freeze
from sporeprint_export.manifest import (
    MAX_TOLERANCE,
    BundleFile,
    Manifest,
    Outputs,
    Precision,
    Role,
    SelfTest,
    make_manifest,
)
from sporeprint_export.parity import check_parity, compare
from sporeprint_export.replay import replay
from sporeprint_export.shards import read_graph, write_graph
from sporeprint_training.artefact import canonical_json, replacing_folder, sha256_bytes
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.models import load_model
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import SELF_TEST_FILE, Run, read_run

SELF_TEST_TOLERANCE = 0.01
"""How far any score of a phone may be from what this bundle gives here; it covers another JPEG decoder and backend."""
_GRAPH = "model.json"


@dataclass(frozen=True)
class ExportReport:
    """What an export made."""

    manifest: Manifest
    bytes: int
    """All files of the bundle, the manifest included."""
    bytes_brotli: int | None
    """The same after brotli; not measured."""
    parity: dict[str, dict[str, dict[str, float]]]
    """Backend to precision to the figures of `Parity`; the backend is "tensorflow", running the bundle's bytes."""


def export_run(
    run_folder: Path,
    out: Path,
    *,
    precision: Precision = "float16",
    name: str | None = None,
    progress: Progress = SILENT,
) -> ExportReport:
    """Convert a run's model and write its bundle; the data set is not needed.

    Args:
        run_folder: `runs/ID`.
        out: the bundle's folder; an earlier bundle there is replaced once the new one is complete and checked.
        precision: of the weights as they are downloaded; the browser computes in float32 either way.
        name: what the app calls the model; None takes the data set's name.
        progress: told of each step.

    Raises:
        BadInput: the folder is no complete run, its parts disagree, `out` holds something else, or the model has an
            operation that the browser lacks.
        StepFailed: the conversion failed, or the bundle's answers differ from the Keras model's.
    """
    run = read_run(run_folder)
    with replacing_folder(out, marker=MANIFEST) as folder:
        with progress.step("Convert the model"):
            model = load_model(run)
            answers = read_answers(run, model)
            graph = canonical(convert(fold(freeze(model))))
        files = _Files(folder)
        _add_graph(files, graph, run, precision)
        logits = _replay(files, answers, progress)
        parity = compare(answers.logits, logits, run.record.temperature)
        check_parity(parity, precision)
        report: dict[str, dict[str, dict[str, float]]] = {"tensorflow": {precision: parity.as_dict()}}
        files.add("parity.json", canonical_json(report), "parity")
        self_test = _add_self_test(files, run, answers, logits)
        manifest = _add_manifest(files, run, precision, name or run.record.dataset.name, self_test)
    total = sum(file.bytes for file in manifest.files) + len(manifest.to_json())
    return ExportReport(manifest, total, None, report)


class _Files:
    """The new bundle's files; each goes into the manifest's list as it is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed: list[BundleFile] = []

    def add(self, path: str, data: bytes, role: Role) -> None:
        target = self.folder / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
        self.listed.append(BundleFile(path=path, bytes=len(data), sha256=sha256_bytes(data), role=role))

    def read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()


def _add_graph(files: _Files, graph: ConvertedGraph, run: Run, precision: Precision) -> None:
    written = write_graph(graph, precision, size=run.record.input.size, classes=len(run.record.classes))
    files.add(_GRAPH, written.model_json, "graph")
    for path, data in written.backbone.items():
        files.add(path, data, "backbone")
    for path, data in written.head.items():
        files.add(path, data, "head")


def _replay(files: _Files, answers: Answers, progress: Progress) -> NDArray[np.float32]:
    graph = read_graph(files.read(_GRAPH), files.read)
    with progress.step("Compare with the Keras model", len(answers.images)) as advance:
        logits = replay(graph, answers.images, advance)
    if not np.isfinite(logits).all():
        raise StepFailed(
            "The bundle gives finite scores",
            received="NaN or infinity",
            next_step="Nothing was written; try --precision float32",
        )
    return logits


def _add_self_test(files: _Files, run: Run, answers: Answers, logits: NDArray[np.float32]) -> SelfTest:
    files.add(SELF_TEST_FILE, _read(run, SELF_TEST_FILE), "self_test")
    # The phone is measured against Keras, so what the weights' precision costs on this picture is no fault of its own.
    difference = compare(answers.logits[-1:], logits[-1:], run.record.temperature).max_abs_dp
    tolerance = math.ceil((SELF_TEST_TOLERANCE + difference) * 1000) / 1000
    if tolerance >= MAX_TOLERANCE:
        raise StepFailed(
            f"The bundle's scores of the self-test picture differ from Keras's by less than {MAX_TOLERANCE}",
            received=f"{difference:.2g}",
            next_step="Nothing was written; try --precision float32",
        )
    scores = answers.self_test_scores(run.record.temperature)
    return SelfTest(photo=SELF_TEST_FILE, scores=scores, tolerance=tolerance)


def _add_manifest(files: _Files, run: Run, precision: Precision, name: str, self_test: SelfTest) -> Manifest:
    record = run.record
    for label, item in enumerate(record.classes):
        if item.thumbnail:
            files.add(thumbnail_path(label), _read(run, item.thumbnail), "thumbnail")
    files.add("card.md", model_card(name, record, precision), "card")
    try:
        manifest = make_manifest(
            name=name,
            **describe(record, precision),
            outputs=Outputs(logits=OUTPUT),
            files=tuple(sorted(files.listed, key=lambda file: file.path)),
            self_test=self_test,
        )
    except ValidationError as error:
        raise _not_describable(run, error) from None
    # Last, because a reader takes a folder with a manifest for a complete bundle.
    (files.folder / MANIFEST).write_bytes(manifest.to_json())
    return manifest


def _read(run: Run, path: str) -> bytes:
    target = (run.folder / path).resolve()
    if not target.is_relative_to(run.folder.resolve()) or not target.is_file():
        raise BadInput(
            "Every picture that run.json names lies in the run's folder",
            received=f"{path} in {run.folder}",
            next_step="Train again",
        )
    return target.read_bytes()


def _not_describable(run: Run, error: ValidationError) -> BadInput:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the manifest"
    return BadInput(
        "A run's record fits the model definition",
        received=f"{run.folder}: {where}: {first['msg']}",
        next_step="Correct the data set or the name and try again",
    )
