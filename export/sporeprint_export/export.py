"""From a run folder to a bundle: the only entry point of this stage."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from sporeprint_export.activation import ACTIVATION
from sporeprint_export.answers import Answers, read_answers
from sporeprint_export.bundle import MANIFEST, Bundle, read_bundle
from sporeprint_export.candidates import SELF_TEST_TOLERANCE, Candidate, choose, make_candidates
from sporeprint_export.canonical import canonical
from sporeprint_export.card import model_card
from sporeprint_export.convert import convert
from sporeprint_export.describe import describe
from sporeprint_export.fold import fold
from sporeprint_export.freeze import OUTPUT, freeze
from sporeprint_export.head import find_head
from sporeprint_export.manifest import BundleFile, Manifest, Outputs, Precision, Role, SelfTest, make_manifest
from sporeprint_export.other_forms import Form, write_forms
from sporeprint_export.padding import absorb_padding
from sporeprint_export.parity import Parity
from sporeprint_export.precision import DEFAULT_BUDGET, PRECISIONS, Budget, PrecisionChoice
from sporeprint_export.release_gate import check_declared, check_release
from sporeprint_export.runtime import Runtime, RuntimeMeasure, measure_runtime
from sporeprint_export.thumbnail_packs import pack_thumbnails
from sporeprint_export.transfer import bundle_bytes, changed_bytes, downloads
from sporeprint_training.artefact import canonical_json, replacing_folder, sha256_bytes
from sporeprint_training.errors import BadInput
from sporeprint_training.familiarity import FAMILIARITY_FILE, read_familiarity
from sporeprint_training.models import load_model
from sporeprint_training.priors.file import parse_priors
from sporeprint_training.priors.record import PRIORS_FILE, PriorsRecord
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.run import SELF_TEST_FILE, Run, read_run
from sporeprint_training.run_photos import read_photos

PARITY = "parity.json"
"""The measurements, for developers. It is no part of the model definition: a browser's figures differ from machine to
machine, and the bundle's id must not."""
FORMS = "forms"
_GRAPH = "model.json"


@dataclass(frozen=True)
class ExportOptions:
    """How to export."""

    precision: PrecisionChoice = "auto"
    """Of the weights as they are downloaded; the browser computes in float32 either way. "auto" makes and measures
    all and takes the smallest within the budget."""
    budget: Budget = DEFAULT_BUDGET
    """What the precision may cost."""
    name: str | None = None
    """What the app calls the model; None takes the data set's name."""
    also: tuple[Form, ...] = ()
    """Other forms of the same model, written to `forms/` in the bundle's folder; no site ships them."""
    against: Path | None = None
    """An earlier bundle: its precision is kept where another one is not much smaller, the report says what phones that
    have it will download, and a model that is worse at deadly species is refused."""
    allow_deadly_drop: bool = False
    """Export also what is worse at deadly species than the bundle `against`."""


@dataclass(frozen=True)
class ExportReport:
    """What an export made."""

    manifest: Manifest
    bytes: int
    """Everything that a phone fetches of the bundle."""
    bytes_brotli: int
    """The same as a web server compresses it."""
    changed_bytes: int | None
    """What a phone that has the bundle `against` fetches; None without one."""
    chosen: Candidate
    candidates: tuple[Candidate, ...]
    """Every precision that was made, with its measurements."""
    unusable: Mapping[Precision, str]
    """Precisions that could not be made, and why."""
    parity: dict[str, dict[str, dict[str, object]]]
    """Backend to precision to measurements: "tensorflow" runs the bundles' bytes in TensorFlow, the others are the
    app's own in a browser."""
    unmeasured: Mapping[str, str]
    """Backends of a browser on which the bundle was not measured, and why."""
    forms: Mapping[Form, Parity]
    """Other forms that were written, each measured from its own bytes."""


def export_run(
    run_folder: Path,
    out: Path,
    options: ExportOptions | None = None,
    *,
    runtime: Runtime | None = None,
    progress: Progress = SILENT,
) -> ExportReport:
    """Convert a run's model and write its bundle; the data set is not needed.

    Args:
        run_folder: `runs/ID`.
        out: the bundle's folder; an earlier bundle there is replaced once the new one is complete and checked.
        options: precision, budget, name.
        runtime: measures the finished bundle in a browser; None leaves that out.
        progress: told of each step.

    Raises:
        BadInput: the folder is no complete run, its parts disagree, `out` holds something else, `against` is no
            bundle, or the model has an operation that the browser lacks.
        StepFailed: the model is worse at deadly species than `against`, the conversion failed, no precision asked for
            is within the budget, or the browser answers otherwise than TensorFlow does with the same bytes.
    """
    options = options or ExportOptions()
    run = read_run(run_folder)
    check_declared(run)
    old = read_bundle(options.against).manifest if options.against else None
    if old and not options.allow_deadly_drop:
        check_release(run.record, old)
    with replacing_folder(out, marker=MANIFEST) as folder:
        photos = read_photos(run)
        with progress.step("Convert the model"):
            model = load_model(run)
            graph = canonical(absorb_padding(convert(fold(freeze(model)))))
        with progress.step("Identify with the Keras model") as advance:
            answers = read_answers(run, photos, model, advance)
        precisions, budget = _asked_for(options)
        candidates, unusable = make_candidates(graph, precisions, answers, run.record, budget, progress)
        chosen = choose(candidates, frozenset(downloads(old)) if old else frozenset(), unusable)
        manifest = _write_bundle(folder, run, answers, chosen, options)
        also = folder / FORMS
        forms = (
            write_forms(also, options.also, model, manifest, answers, options.budget, progress) if options.also else {}
        )
        figures: dict[str, dict[str, object]] = {one.precision: one.as_dict() for one in candidates}
        figures |= {precision: {"unusable": reason} for precision, reason in unusable.items()}
        parity = {"tensorflow": figures}
        measured = measure_runtime(runtime, folder, answers, chosen, run.record) if runtime else RuntimeMeasure()
        parity |= {backend: {chosen.precision: figures} for backend, figures in measured.figures.items()}
        (folder / PARITY).write_bytes(canonical_json(parity))
        size, compressed = bundle_bytes(Bundle(folder, manifest))
    return ExportReport(
        manifest=manifest,
        bytes=size,
        bytes_brotli=compressed,
        changed_bytes=changed_bytes(manifest, old) if old else None,
        chosen=chosen,
        candidates=tuple(candidates),
        unusable=unusable,
        parity=parity,
        unmeasured=measured.unmeasured,
        forms=forms,
    )


def _asked_for(options: ExportOptions) -> tuple[Sequence[Precision], Budget]:
    if options.precision == "auto":
        return PRECISIONS, options.budget.for_choice()
    return (options.precision,), options.budget


def _write_bundle(folder: Path, run: Run, answers: Answers, chosen: Candidate, options: ExportOptions) -> Manifest:
    files = _Files(folder)
    files.add(_GRAPH, chosen.files.model_json, "graph")
    for path, data in chosen.files.backbone.items():
        files.add(path, data, "backbone")
    for path, data in chosen.files.head.items():
        files.add(path, data, "head")
    _add_familiarity(files, run, chosen)
    self_test = _add_self_test(files, run, answers, chosen)
    return _add_manifest(files, run, chosen, options.name or run.record.dataset.name, self_test)


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


def _add_familiarity(files: _Files, run: Run, chosen: Candidate) -> None:
    if run.record.thresholds.unknown is None or _features(chosen) is None:
        return
    data = _read(run, FAMILIARITY_FILE)
    known = read_familiarity(data)
    if known.classes != len(run.record.classes):
        raise BadInput(
            f"{FAMILIARITY_FILE} is about the classes of run.json",
            received=f"{known.classes} classes instead of {len(run.record.classes)}",
            next_step="Train again",
        )
    files.add(FAMILIARITY_FILE, data, "familiarity")


def _add_self_test(files: _Files, run: Run, answers: Answers, chosen: Candidate) -> SelfTest:
    files.add(SELF_TEST_FILE, _read(run, SELF_TEST_FILE), "self_test")
    # The phone is measured against Keras, so what the weights' precision costs on this picture is no fault of its own.
    tolerance = math.ceil((SELF_TEST_TOLERANCE + chosen.self_test_difference) * 1000) / 1000
    scores = answers.self_test_scores(run.record.temperature)
    return SelfTest(photo=SELF_TEST_FILE, scores=scores, tolerance=tolerance)


def _add_manifest(files: _Files, run: Run, chosen: Candidate, name: str, self_test: SelfTest) -> Manifest:
    record = run.record
    photos = [photo.path for item in record.classes for photo in item.thumbnails]
    packs, places = pack_thumbnails((path, _read(run, path)) for path in photos)
    for path, data in packs.items():
        files.add(path, data, "thumbnail")
    if record.priors and record.priors.path:
        files.add(record.priors.path, _read_priors(run, record.priors), "priors")
    files.add("card.md", model_card(name, record, chosen.precision, chosen.fidelity), "card")
    described = describe(record, chosen.precision, places)
    features = _features(chosen) if record.thresholds.unknown else None
    if features is None:
        described["thresholds"] = record.thresholds.model_copy(update={"unknown": None})
    try:
        manifest = make_manifest(
            name=name,
            **described,
            outputs=Outputs(logits=OUTPUT, class_activation=_activation(chosen), features=features),
            files=tuple(sorted(files.listed, key=lambda file: file.path)),
            self_test=self_test,
        )
    except ValidationError as error:
        raise _not_describable(run, error) from None
    # After everything that it lists, because a reader takes a folder with a manifest for a complete bundle.
    (files.folder / MANIFEST).write_bytes(manifest.to_json())
    return manifest


def _activation(chosen: Candidate) -> str | None:
    names = {node["name"] for node in json.loads(chosen.files.model_json)["modelTopology"]["node"]}
    return ACTIVATION if ACTIVATION in names else None


def _features(chosen: Candidate) -> str | None:
    """The tensor that enters the head; None for a graph that does not end in one."""
    head = find_head(chosen.graph())
    return head.features if head else None


def _read_priors(run: Run, priors: PriorsRecord) -> bytes:
    data = _read(run, PRIORS_FILE)
    try:
        parse_priors(data, priors, len(run.record.classes))
    except ValueError as error:
        raise BadInput(
            f"{PRIORS_FILE} of a run holds the priors that run.json describes",
            received=f"{run.folder / PRIORS_FILE}: {error}",
            next_step="Train again",
        ) from None
    return data


def _read(run: Run, path: str) -> bytes:
    target = (run.folder / path).resolve()
    if not target.is_relative_to(run.folder.resolve()) or not target.is_file():
        raise BadInput(
            "Every file that run.json names lies in the run's folder",
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
