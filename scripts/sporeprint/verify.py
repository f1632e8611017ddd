"""`sporeprint verify`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain, zip_longest
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from sporeprint.recipe import work_folder
from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint_export.manifest import Manifest
from sporeprint_site.compare import Agreement, Scores, compare_scores, top1
from sporeprint_site.verify import STAGES, PhotoAnswer, Visit, visit_site
from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.dataset.names import scientific_name
from sporeprint_training.dataset.sources import IMAGE_SUFFIXES, files_in
from sporeprint_training.errors import BadInput, StepFailed

SHOWN_BY_BROWSERS = IMAGE_SUFFIXES - {".tif", ".tiff"}
TOP1_AGREEMENT = 0.99
MEAN_ABS_DP = 0.01
LONGEST_TASK_MS = 50.0


def verify(
    public: Annotated[Path, typer.Argument(help="A built site.")] = Path("public"),
    photos: Annotated[
        Path, typer.Option(help="Photos to identify, best in class folders: SPECIES/photo.jpg.")
    ] = Path(),
    limit: Annotated[int, typer.Option(min=1, help="Photos at most, spread over the species.")] = 200,
    run: Annotated[Path | None, typer.Option(help="The model's run [found beside a site that `make` built].")] = None,
    as_json: JsonOption = False,
) -> None:
    """Use the built app in Chromium with the network cut, and compare it with Keras and with the labels."""
    manifest = default_manifest(public)
    chosen = choose_photos(photos, limit)
    visit = visit_site(public, chosen, progress=TerminalProgress())
    folder = run or find_run(public, manifest.provenance.run)
    reference = _keras_scores(folder, manifest, chosen) if folder else [None] * len(chosen)
    found = [answer.scores for answer in visit.answers]
    agreement = compare_scores(found, reference)
    names = {item.scientific_name: index for index, item in enumerate(manifest.classes)}
    result = _result(visit, agreement, top1(found, [names.get(scientific_name(p.parent.name) or "") for p in chosen]))
    _print(visit, result)
    if not folder:
        say(f"Keras was not asked: run {manifest.provenance.run} was not found; name it with --run")
    emit(result, as_json=as_json)
    _demand(visit, reference, agreement)


def default_manifest(public: Path) -> Manifest:
    """The manifest of a site's default model.

    Raises:
        BadInput: `public` is not a built site, or its manifest was changed since.
    """
    rule, step = "A built site names its models in catalogue.json", "Build it with `sporeprint build`"
    try:
        models = json.loads((public / "catalogue.json").read_bytes())["models"]
        entry = next(model for model in models if model["default"])
        data = (public / entry["manifest"]).read_bytes()
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        raise BadInput(rule, received=str(public), next_step=step) from None
    if sha256_bytes(data) != entry["manifest_sha256"]:
        raise BadInput(rule, received=f"{public / entry['manifest']}, changed since", next_step=step)
    try:
        return Manifest.model_validate_json(data)
    except ValidationError:
        raise BadInput(
            "The site's model follows the schema of this version of Sporeprint",
            received=str(public / entry["manifest"]),
            next_step="Export and build again with this version",
        ) from None


def choose_photos(folder: Path, limit: int) -> list[Path]:
    """Up to `limit` photos, taken from each species in turn, in an order that the file system does not decide.

    Raises:
        BadInput: there are none.
    """
    files = sorted(folder / name for name in files_in(folder)) if folder.is_dir() else []
    found = [path for path in files if path.is_file() and path.suffix.lower() in SHOWN_BY_BROWSERS]
    if not found:
        raise BadInput(
            "Verifying needs photos",
            received=str(folder),
            next_step="Name a folder with --photos, best SPECIES/photo.jpg",
        )
    by_folder: dict[Path, list[Path]] = {}
    # By hash of the name: alphabetical order often means one observer's photos first.
    for path in sorted(found, key=lambda path: sha256_bytes(path.name.encode())):
        by_folder.setdefault(path.parent, []).append(path)
    turns = zip_longest(*(by_folder[key] for key in sorted(by_folder)))
    return [path for path in chain.from_iterable(turns) if path is not None][:limit]


def find_run(public: Path, run: str) -> Path | None:
    """The folder of a run beside a site that `make` built, or in `runs/`."""
    places = (work_folder(public) / "runs" / run, Path("runs") / run)
    return next((place for place in places if (place / "run.json").is_file()), None)


def _keras_scores(folder: Path, manifest: Manifest, photos: Sequence[Path]) -> list[list[float] | None]:
    with native_noise_hidden():
        from sporeprint_training.predict import predict_scores
    from sporeprint_training.run import read_run

    run = read_run(folder)
    if run.record.id != manifest.provenance.run:
        raise BadInput(
            "The site is compared with the run it was made from",
            received=f"{folder} is run {run.record.id}, the site's model is {manifest.provenance.run}",
            next_step="Name the right one with --run",
        )
    return predict_scores(run, photos, TerminalProgress())


def _result(visit: Visit, agreement: Agreement | None, share_right: float | None) -> dict[str, Any]:
    compared = asdict(agreement) if agreement else {"agreement": None, "mean_abs_dp": None, "max_abs_dp": None}
    return {
        **compared,
        "n": len(visit.answers),
        "top1": share_right,
        "bytes_until_ready": visit.bytes_until_ready,
        "bytes_until_ready_brotli": visit.bytes_until_ready_brotli(),
        "off_origin_requests": len(visit.off_origin_requests),
        "csp_violations": len(visit.csp_violations),
        "longest_task_ms": visit.longest_task_ms,
        "identify_ms": visit.identify_ms(),
        "failed": sum(answer.scores is None for answer in visit.answers),
    }


def _print(visit: Visit, result: dict[str, Any]) -> None:
    show("Browser against Keras and labels", ("what", "measured"), [
        ("photos", result["n"]),
        ("top-1 agreement with Keras", result["agreement"]),
        ("mean |Δp| of Keras's answer", result["mean_abs_dp"]),
        ("largest |Δp| of any class", result["max_abs_dp"]),
        ("top-1 by the labels", result["top1"]),
        ("MB until ready", result["bytes_until_ready"] / 1e6),
        ("  with brotli", result["bytes_until_ready_brotli"] / 1e6),
        ("requests to other origins", result["off_origin_requests"]),
        ("policy violations", result["csp_violations"]),
        ("longest main-thread task, ms (0: under 50)", result["longest_task_ms"]),
        ("identification, median ms", result["identify_ms"]["median"]),
        *((f"  {stage}", result["identify_ms"][stage]) for stage in STAGES),
    ])  # fmt: skip
    for answer in _failed(visit):
        say(f"not identified: {answer.photo}: {answer.error}")


def _failed(visit: Visit) -> list[PhotoAnswer]:
    return [answer for answer in visit.answers if answer.scores is None]


def _demand(visit: Visit, reference: Sequence[Scores | None], agreement: Agreement | None) -> None:
    faults = []
    # The agreement counts only photos that both sides identified.
    lost = [item.photo for item, known in zip(visit.answers, reference, strict=True) if known and item.scores is None]
    if lost:
        faults.append(f"{len(lost)} photos that Keras identified and the app did not, such as {lost[0]}")
    elif len(_failed(visit)) == len(visit.answers):
        faults.append("no photo was identified")
    if agreement and agreement.agreement < TOP1_AGREEMENT:
        faults.append(f"top-1 agreement {agreement.agreement:.3f} < {TOP1_AGREEMENT}")
    if agreement and agreement.mean_abs_dp > MEAN_ABS_DP:
        faults.append(f"mean |Δp| {agreement.mean_abs_dp:.4f} > {MEAN_ABS_DP}")
    if visit.off_origin_requests:
        faults.append(f"requests to other origins: {', '.join(visit.off_origin_requests[:3])}")
    if visit.csp_violations:
        faults.append(f"policy violations: {', '.join(visit.csp_violations[:3])}")
    # Timing says as much of the machine as of the app, so it is told and fails nothing.
    if visit.longest_task_ms > LONGEST_TASK_MS:
        say(f"warning: a main-thread task took {visit.longest_task_ms:.0f} ms, more than {LONGEST_TASK_MS:.0f} ms")
    if faults:
        raise StepFailed("The built app equals Keras and stays at home", received="; ".join(faults))
