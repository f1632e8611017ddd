"""`sporeprint`: the command line."""

from __future__ import annotations

import os
import sys
import warnings

import typer

from sporeprint import (
    backbones,
    build,
    demo,
    doctor,
    evaluate,
    export,
    identify,
    ingest,
    inspect,
    make,
    runs,
    serve,
    train,
    tune,
    verify,
)
from sporeprint.terminal import console, fail, own_stderr
from sporeprint_training.errors import SporeprintError, StepFailed

EXTRAS = {
    **dict.fromkeys(("tensorflow", "keras", "tensorflow_hub", "numpy", "pandas"), "training"),
    **dict.fromkeys(("h5py", "httpx", "matplotlib", "tables", "optuna"), "training"),
    "tensorflowjs": "export",
    "playwright": "verify",
}
"""Package to the extra that installs it."""

# TensorFlow's C++ side greets every start with lines about libraries that nobody asked for; real errors are raised.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# tensorflow-hub still reads its version through setuptools; its users can do nothing about that.
warnings.filterwarnings("ignore", message="pkg_resources is deprecated")

app = typer.Typer(
    name="sporeprint",
    help="From labelled photos to an app that names fungi on a phone with no signal.",
    no_args_is_help=True,
    add_completion=False,
    # A bug keeps Python's own traceback: it is what a bug report needs.
    pretty_exceptions_enable=False,
)
COMMANDS = (
    demo, make, ingest, inspect, train, tune, evaluate, export, build, serve, verify, identify, backbones, doctor,
)  # fmt: skip
for module in COMMANDS:
    app.command()(getattr(module, module.__name__.rpartition(".")[2]))
app.add_typer(runs.runs)


def main() -> None:
    """Run the command line: exit 0 success, 1 failure, 2 bad input."""
    own_stderr()
    try:
        app()
    except SporeprintError as error:
        fail(error)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").partition(".")[0])
        if extra is None:
            raise
        fail(
            StepFailed(
                "This command needs more than the base install",
                received=f"no {error.name}",
                next_step=f"Run: pip install 'sporeprint[{extra}]'",
            )
        )
        sys.exit(StepFailed.exit_code)
    except KeyboardInterrupt:
        console.print("Stopped.")
        sys.exit(130)
