"""The same model for a server or a native app: SavedModel, TensorFlow Lite and Keras files beside the bundle.

They lie in a folder of their own, by custom `forms/` inside the bundle's: it is replaced with the bundle, no entry of
the manifest names it, and so no site ships it. Each form is proven like the bundle: its written bytes are loaded again
and identify the run's photos.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, get_args

import keras
import numpy as np
from numpy.typing import NDArray

from sporeprint_export.answers import Answers
from sporeprint_export.fidelity import measure
from sporeprint_export.form_saved_model import BATCH, saved_model_answers, write_saved_model
from sporeprint_export.form_tflite import tflite_answers, write_tflite
from sporeprint_export.manifest import Manifest, Precision
from sporeprint_export.parity import Parity
from sporeprint_export.precision import DEFAULT_BUDGET, Budget
from sporeprint_training.artefact import canonical_json, replacing_folder
from sporeprint_training.calibrate import softmax
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.execution import answers as keras_answers
from sporeprint_training.execution import without_xla_on_cpu
from sporeprint_training.progress import SILENT, Progress

Form = Literal["saved-model", "tflite", "keras"]
FORMS_JSON = "forms.json"
"""What was written, for which bundle, with the figures of `Parity`."""
PATHS: dict[Form, str] = {"saved-model": "saved_model", "tflite": "model.tflite", "keras": "model.keras"}
PRECISIONS: dict[Form, Precision] = {"saved-model": "float32", "tflite": "float16", "keras": "float32"}
"""Of the weights, which decides how far the answers may be from the Keras model's."""
SCORES_LIMIT = 1e-3
"""Largest difference between a form's scores and its own calibrated logits; TensorFlow Lite approximates exp."""
Array = NDArray[np.float32]


def parse_forms(text: str) -> tuple[Form, ...]:
    """Read the value of `--also`: forms separated by commas, each taken once.

    Raises:
        BadInput: a name that is no form.
    """
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in PATHS]
    if unknown:
        raise BadInput(
            f"--also takes {', '.join(PATHS)}, separated by commas",
            received=", ".join(unknown),
            next_step="Correct or leave out the name",
        )
    return tuple(form for form in get_args(Form) if form in names)


def write_forms(
    folder: Path,
    forms: Sequence[Form],
    model: keras.Model,
    manifest: Manifest,
    answers: Answers,
    budget: Budget = DEFAULT_BUDGET,
    progress: Progress = SILENT,
) -> dict[Form, Parity]:
    """Write the forms and prove each one, all or none.

    `saved_model/` is described in `form_saved_model`, `model.tflite` in `form_tflite`. `model.keras` is the run's own
    model: it gives logits, without temperature or softmax, and a hub module in it needs this package to load.
    `classes.txt` holds the names in the order of the outputs.

    Args:
        folder: new, or an earlier output of this function, which is replaced.
        forms: at least one.
        model: the run's, input `(batch, size, size, 3)`, output logits.
        manifest: of the same model's bundle.
        answers: what the Keras model answered.
        budget: what a form's precision may cost.
        progress: told of each form.

    Returns:
        How far each form is from the Keras model.

    Raises:
        BadInput: `folder` holds something else.
        StepFailed: a form cannot be made, or answers otherwise than the Keras model. Nothing is written then.
    """
    labels = "".join(" ".join(item.scientific_name.split()) + "\n" for item in manifest.classes)
    found: dict[Form, Parity] = {}
    with replacing_folder(folder, marker=FORMS_JSON) as new:
        for form in dict.fromkeys(forms):
            with progress.step(f"Write and check {PATHS[form]}"):
                _write(form, model, manifest, labels, new / PATHS[form])
                found[form] = _prove(form, new / PATHS[form], manifest, answers, budget)
        (new / "classes.txt").write_text(labels, encoding="utf-8", newline="\n")
        (new / FORMS_JSON).write_bytes(canonical_json(_contents(new, manifest, found)))
    return found


def _write(form: Form, model: keras.Model, manifest: Manifest, labels: str, path: Path) -> None:
    if form == "saved-model":
        write_saved_model(model, manifest, labels, path)
    elif form == "tflite":
        write_tflite(model, manifest, path)
    else:
        model.save(path)


def _prove(form: Form, path: Path, manifest: Manifest, answers: Answers, budget: Budget) -> Parity:
    logits, scores = _READERS[form](path, answers.images)
    difference = 0.0 if scores is None else float(np.abs(softmax(logits, manifest.temperature) - scores).max())
    try:
        fidelity = measure(answers, logits, manifest)
    except ValueError as error:
        raise _differs(form, str(error)) from None
    faults = fidelity.faults(PRECISIONS[form], budget)
    # Not a number is not below either.
    if not difference <= SCORES_LIMIT:
        faults.append(f"scores that are {difference:.2g} from its own calibrated logits")
    if faults:
        raise _differs(form, ", ".join(faults))
    return fidelity.parity


def _differs(form: Form, received: str) -> StepFailed:
    return StepFailed(
        f"The {form} form answers as the Keras model does",
        received=received,
        next_step=f"Nothing was written; leave {form} out of --also",
    )


def _keras_file_answers(path: Path, images: NDArray[np.uint8]) -> tuple[Array, None]:
    model: keras.Model = keras.saving.load_model(path, compile=False)
    without_xla_on_cpu(model)
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    return np.concatenate([keras_answers(model, batch, BATCH) for batch in batches]), None


_READERS: dict[Form, Callable[[Path, NDArray[np.uint8]], tuple[Array, Array | None]]] = {
    "saved-model": saved_model_answers,
    "tflite": tflite_answers,
    "keras": _keras_file_answers,
}


def _contents(folder: Path, manifest: Manifest, found: dict[Form, Parity]) -> dict[str, object]:
    def size(path: Path) -> int:
        files = path.rglob("*") if path.is_dir() else [path]
        return sum(file.stat().st_size for file in files if file.is_file())

    forms = {
        form: {
            "path": PATHS[form],
            "bytes": size(folder / PATHS[form]),
            "precision": PRECISIONS[form],
            "parity": parity.as_dict(),
        }
        for form, parity in found.items()
    }
    return {"model": manifest.id, "forms": forms}
