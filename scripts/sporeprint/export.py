"""`sporeprint export`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint_export.precision import DEFAULT_BUDGET, Budget, PrecisionChoice

if TYPE_CHECKING:
    from sporeprint_export.export import ExportOptions, ExportReport
    from sporeprint_export.runtime import Runtime, Scores, Unmeasured
    from sporeprint_site.runtime import Backend

PrecisionOption = Annotated[
    PrecisionChoice,
    typer.Option(help="How weights are stored; auto measures all and takes the smallest within the budget."),
]
AgreementOption = Annotated[
    float, typer.Option("--min-agreement", min=0, max=1, help="Share of photos to name as the Keras model does.")
]
DropOption = Annotated[
    float, typer.Option("--max-accuracy-drop", min=0, max=100, help="Points of top-1 that the precision may cost.")
]
BrowserOption = Annotated[
    bool, typer.Option("--browser/--no-browser", help="Measure the finished bundle in Chromium too.")
]
DeadlyDropOption = Annotated[
    bool,
    typer.Option("--allow-deadly-drop", help="Release a model that is worse at deadly species than the earlier one."),
]
FEW_PHOTOS = 100
PHOTOS_IN_BROWSER: dict[Backend, int] = {"wasm": 512, "webgl": 8, "cpu": 4}
"""The app's own backend answers all held-out photos; the others take ten or twenty times as long for one."""


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run, RUNS/ID.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")] = Path("bundle"),
    precision: PrecisionOption = "auto",
    min_agreement: AgreementOption = DEFAULT_BUDGET.agreement,
    max_accuracy_drop: DropOption = DEFAULT_BUDGET.accuracy_drop * 100,
    name: Annotated[str | None, typer.Option(help="Name of the model, as users see it [the data set's].")] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="An earlier bundle: refuse a model that is worse at deadly species, keep its precision if that is "
            "worth it, and tell what its phones download."
        ),
    ] = None,
    allow_deadly_drop: DeadlyDropOption = False,
    also: Annotated[
        str, typer.Option(help="Other forms of the model too: saved-model, tflite, keras, separated by commas.")
    ] = "",
    browser: BrowserOption = True,
    as_json: JsonOption = False,
) -> None:
    """Convert a run to a bundle for the browser and prove it equal to the Keras model."""
    with native_noise_hidden():
        from sporeprint_export.export import ExportOptions
        from sporeprint_export.other_forms import parse_forms

    budget = Budget(agreement=min_agreement, accuracy_drop=max_accuracy_drop / 100)
    options = ExportOptions(
        precision,
        budget,
        name=name,
        also=parse_forms(also),
        against=against,
        allow_deadly_drop=allow_deadly_drop,
    )
    report = export_with_browser(run, out, options, browser=browser)
    say(f"{out}: {report.bytes / 1e6:.2f} MB, {report.bytes_brotli / 1e6:.2f} MB with brotli, {_named(report)}")
    emit(summary(report), as_json=as_json)


def _named(report: ExportReport) -> str:
    return f"precision {report.chosen.precision}, model {report.manifest.id}"


def export_with_browser(run: Path, out: Path, options: ExportOptions, *, browser: bool) -> ExportReport:
    """Export, measure in Chromium if wanted, and print the tables."""
    progress = TerminalProgress()
    with native_noise_hidden():
        from sporeprint_export.export import export_run

        report = export_run(run, out, options, runtime=chromium(progress) if browser else None, progress=progress)
    _show(report)
    return report


def chromium(progress: TerminalProgress) -> Runtime:
    """The app in Chromium, on each backend."""
    from sporeprint_export.runtime import Unmeasured
    from sporeprint_site.runtime import NotMeasured, measure_in_browser

    def measure(bundle: Path, photos: Sequence[Path]) -> Mapping[str, Sequence[Scores] | Unmeasured]:
        found = measure_in_browser(bundle, photos, PHOTOS_IN_BROWSER, progress=progress)
        return {
            backend: Unmeasured(scores.because, at_fault=scores.browser) if isinstance(scores, NotMeasured) else scores
            for backend, scores in found.items()
        }

    return measure


def _show(report: ExportReport) -> None:
    _show_precisions(report)
    _show_browser(report)
    if report.changed_bytes is not None:
        share = report.changed_bytes / report.bytes
        say(f"Phones with the earlier bundle download {report.changed_bytes / 1e6:.3f} MB of it ({share:.1%})")
    if report.forms:
        rows = [
            (form, parity.agreement, parity.mean_abs_dp, parity.max_abs_dp) for form, parity in report.forms.items()
        ]
        show("Other forms, against Keras", ("form", "agree", "mean |Δp|", "max |Δp|"), rows)


def _show_precisions(report: ExportReport) -> None:
    show(
        f"Precisions, against Keras on {report.chosen.fidelity.parity.n} held-out photos",
        ("", "MB", "brotli", "agree", "mean |Δp|", "max |Δp|", "top-1", "drop", "worst class"),
        [
            (
                candidate.precision,
                candidate.bytes / 1e6,
                candidate.bytes_brotli / 1e6,
                candidate.fidelity.parity.agreement,
                f"{candidate.fidelity.parity.mean_abs_dp:.2g}",
                f"{candidate.fidelity.parity.max_abs_dp:.2g}",
                candidate.fidelity.accuracy,
                candidate.fidelity.accuracy_drop,
                candidate.fidelity.worst_class_drop,
            )
            for candidate in report.candidates
        ],
    )
    for candidate in report.candidates:
        if candidate.faults:
            say(f"{candidate.precision} is not used: {', '.join(candidate.faults)}")
    for precision, reason in report.unusable.items():
        say(f"{precision} is not used: {reason}")
    if report.chosen.fidelity.parity.n < FEW_PHOTOS:
        say(f"warning: fewer than {FEW_PHOTOS} held-out photos say little of what a precision costs")


def _show_browser(report: ExportReport) -> None:
    figures = {
        backend: kinds[report.chosen.precision] for backend, kinds in report.parity.items() if backend != "tensorflow"
    }
    if figures:
        show(
            f"{report.chosen.precision} in the app in Chromium, from photo files, against Keras",
            ("backend", "n", "agree", "mean |Δp|", "max |Δp|", "max |Δp| to TensorFlow"),
            [
                (backend, *(values[key] for key in ("n", "agreement", "mean_abs_dp", "max_abs_dp")), _exact(values))
                for backend, values in figures.items()
            ],
        )
    for backend, reason in report.unmeasured.items():
        say(f"not measured on {backend}: {reason}")


def _exact(figures: Mapping[str, Any]) -> str:
    return f"{figures['max_abs_dp_tensorflow']:.1e}"


def summary(report: ExportReport) -> dict[str, Any]:
    """What `--json` prints."""
    browser = report.parity.get("wasm", report.parity["tensorflow"])[report.chosen.precision]
    return {
        "precision": report.chosen.precision,
        "bytes": report.bytes,
        "bytes_brotli": report.bytes_brotli,
        "agreement": browser["agreement"],
        "accuracy_drop": browser["accuracy_drop"],
        "changed_bytes": report.changed_bytes,
        "parity": report.parity,
    }
