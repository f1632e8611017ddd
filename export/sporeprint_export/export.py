"""From a run folder to a bundle: the only entry point of this stage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sporeprint_export.answers import Answers, read_answers
from sporeprint_export.bundle import MANIFEST
from sporeprint_export.canonical import canonical
from sporeprint_export.card import model_card
from sporeprint_export.convert import ConvertedGraph, convert
from sporeprint_export.describe import describe, thumbnail_path
from sporeprint_export.fold import fold
from sporeprint_export.freeze import OUTPUT, freeze
from sporeprint_export.manifest import BundleFile, Manifest, Outputs, Precision, Role, SelfTest, make_manifest
from sporeprint_export.parity import Parity, check_parity, compare
from sporeprint_export.replay import replay
from sporeprint_export.shards import read_graph, write_graph
from sporeprint_training.artefact import canonical_json, replacing_folder, sha256_bytes
from sporeprint_training.errors import BadInput
from sporeprint_training.models import load_model
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import SELF_TEST_FILE, Run, read_run

SELF_TEST_TOLERANCE: dict[Precision, float] = {"float32": 0.01, "float16": 0.01, "uint16": 0.02}
"""Largest difference of any score that a phone may show; it covers the weights' precision and another JPEG decoder."""
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
        parity = _compare(files, run, answers, progress)
        check_parity(parity, precision)
        report: dict[str, dict[str, dict[str, float]]] = {"tensorflow": {precision: parity.as_dict()}}
        files.add("parity.json", canonical_json(report), "parity")
        manifest = _add_manifest(files, run, answers, precision, name or run.record.dataset.name)
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


def _compare(files: _Files, run: Run, answers: Answers, progress: Progress) -> Parity:
    graph = read_graph(files.read(_GRAPH), files.read)
    with progress.step("Compare with the Keras model", len(answers.images)) as advance:
        logits = replay(graph, answers.images, advance)
    return compare(answers.logits, logits, run.record.temperature)


def _add_manifest(files: _Files, run: Run, answers: Answers, precision: Precision, name: str) -> Manifest:
    record = run.record
    for label, item in enumerate(record.classes):
        if item.thumbnail:
            files.add(thumbnail_path(label), _read(run, item.thumbnail), "thumbnail")
    files.add(SELF_TEST_FILE, _read(run, SELF_TEST_FILE), "self_test")
    files.add("card.md", model_card(name, record, precision), "card")
    scores, tolerance = answers.self_test_scores(record.temperature), SELF_TEST_TOLERANCE[precision]
    try:
        manifest = make_manifest(
            name=name,
            **describe(record, precision),
            outputs=Outputs(logits=OUTPUT),
            files=tuple(sorted(files.listed, key=lambda file: file.path)),
            self_test=SelfTest(photo=SELF_TEST_FILE, scores=scores, tolerance=tolerance),
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
