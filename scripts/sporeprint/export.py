"""`sporeprint export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sporeprint.terminal import JsonOption, TerminalProgress, emit, native_noise_hidden, say, show
from sporeprint_export.manifest import Precision

PrecisionOption = Annotated[Precision, typer.Option(help="How weights are stored; computing is always float32.")]


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run, RUNS/ID.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")] = Path("bundle"),
    precision: PrecisionOption = "float16",
    name: Annotated[str | None, typer.Option(help="Name of the model, as users see it [the data set's].")] = None,
    as_json: JsonOption = False,
) -> None:
    """Convert a run to a bundle for the browser and prove it equal to the Keras model."""
    with native_noise_hidden():
        from sporeprint_export.export import export_run

        report = export_run(run, out, precision=precision, name=name, progress=TerminalProgress())
    rows = [
        (backend, kind, figures["agreement"], figures["mean_abs_dp"], figures["max_abs_dp"])
        for backend, kinds in report.parity.items()
        for kind, figures in kinds.items()
    ]
    show("Parity with Keras", ("ran in", "precision", "agreement", "mean |Δp|", "max |Δp|"), rows)
    say(f"{out}: {report.bytes / 1e6:.2f} MB, model {report.manifest.id}")
    emit(
        {
            "precision": precision,
            "bytes": report.bytes,
            "bytes_brotli": report.bytes_brotli,
            "agreement": rows[0][2],
            "accuracy_drop": None,
            "changed_bytes": None,
            "parity": report.parity,
        },
        as_json=as_json,
    )
