"""Photos of what is no class: can the scores tell, and does the app name them all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from sporeprint_training.calibrate import softmax
from sporeprint_training.dataset.names import scientific_name
from sporeprint_training.dataset.sources import IMAGE_SUFFIXES, files_in
from sporeprint_training.errors import BadInput
from sporeprint_training.evaluate.answers import Answers, answer, cost
from sporeprint_training.evaluate.intervals import auroc, share
from sporeprint_training.evaluate.schema import Unknown
from sporeprint_training.familiarity import FAMILIARITY_FILE, read_familiarity
from sporeprint_training.images import UnreadableImage, read_input
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.metrics import Matrix
from sporeprint_training.predictions import Predictions
from sporeprint_training.progress import Progress
from sporeprint_training.run import Run

_BATCH = 32


def known_scores(
    logits: Matrix, familiarity: NDArray[np.float64], temperature: float
) -> dict[str, NDArray[np.float64]]:
    """How much each photo looks like something known, by four scores; logits have shape `(photos, classes)`.

    `familiarity` is what the decision rule looks at. `max_probability` is the best calibrated score (Hendrycks & Gimpel
    2017), `max_logit` the best logit (Hendrycks et al. 2022), `energy` the logarithm of the summed powers of the logits
    (Liu et al. 2020, with the sign turned).
    """
    wide = logits.astype(np.float64)
    peak = wide.max(axis=1)
    return {
        "familiarity": familiarity,
        "max_probability": softmax(wide, temperature).max(axis=1),
        "max_logit": peak,
        "energy": peak + np.log(np.exp(wide - peak[:, None]).sum(axis=1)),
    }


def measure_unknown(run: Run, folder: Path, test: Predictions, answers: Answers, progress: Progress) -> Unknown:
    """Compare the photos of `folder` with the known test photos.

    Args:
        run: whose model answers.
        folder: photos, in class folders or not; those in a folder named as one of the classes are left out.
        test: the known photos.
        answers: to them.
        progress: told of the photos.

    Raises:
        BadInput: the folder holds no photo that can be used.
    """
    paths, rejected = unknown_photos(run, folder)
    logits, familiarity, unreadable = answer_files(run, paths, progress)
    rejected += unreadable
    if not len(logits):
        said = ", ".join(f"{reason} {count}" for reason, count in sorted(rejected.items()))
        raise BadInput(
            "A folder of unknown things holds photos that are of none of the classes",
            received=f"{folder} without any" + (f" ({said})" if said else ""),
            next_step="Name a folder of other species, animals, plants or rooms",
        )
    taxa, record = run.record.taxa(), run.record
    scores, nothing = softmax(logits, record.temperature), np.zeros(len(logits), int)
    said_of = answer(scores, familiarity, nothing, taxa, record.thresholds)
    known = known_scores(test.logits, test.familiarity, record.temperature)
    unknown = known_scores(logits, familiarity, record.temperature)
    return Unknown(
        n=len(logits),
        known=len(test),
        rejected=dict(sorted(rejected.items())),
        auroc={name: auroc(known[name], unknown[name]) for name in known},
        refused=share(said_of.unknown),
        named=share(said_of.at("species")),
        answered=share(~said_of.at(None)),
        cost=cost(answers.named, test.label, taxa, said_of.named),
    )


def unknown_photos(run: Run, folder: Path) -> tuple[list[Path], Counter[str]]:
    """Image files under a folder, and how many were left out because their folder names one of the run's classes."""
    if not folder.is_dir():
        raise BadInput("Photos of unknown things lie in a folder", received=str(folder), next_step="Check the path")
    classes = {record.scientific_name for record in run.record.classes}
    names = sorted(name for name in files_in(folder) if PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES)
    of_class = [any(scientific_name(part) in classes for part in PurePosixPath(name).parts[:-1]) for name in names]
    paths = [folder / name for name, left_out in zip(names, of_class, strict=True) if not left_out]
    return paths, Counter({"known_class": sum(of_class)} if any(of_class) else {})


def answer_files(
    run: Run, paths: Sequence[Path], progress: Progress
) -> tuple[NDArray[np.float32], NDArray[np.float64], Counter[str]]:
    """Logits `(usable photos, classes)` and familiarity of photo files, and the unusable ones by reason."""
    rejected = Counter[str]()
    if not paths:
        return np.zeros((0, len(run.record.classes)), np.float32), np.zeros(0), rejected
    from sporeprint_training.evaluate.run_features import body_and_head  # TensorFlow takes seconds to load
    from sporeprint_training.execution import answers as outputs

    body, head = body_and_head(run)
    familiar = read_familiarity((run.folder / FAMILIARITY_FILE).read_bytes())
    features = []
    with progress.step("Identifying unknown photos", len(paths)) as advance:
        for start in range(0, len(paths), _BATCH):
            batch = [_read(path, run.record.input) for path in paths[start : start + _BATCH]]
            rejected.update(item for item in batch if isinstance(item, str))
            pixels = [item for item in batch if not isinstance(item, str)]
            if pixels:
                features.append(outputs(body, np.stack(pixels), _BATCH))
            advance(len(batch))
    together = np.concatenate([np.zeros((0, body.output_shape[1]), np.float32), *features])
    return np.asarray(head(together)), familiar.of(together), rejected


def _read(path: Path, spec: InputSpec) -> NDArray[np.uint8] | str:
    try:
        return read_input(path, spec)
    except UnreadableImage as error:
        return error.reason
    except OSError:
        return "unreadable"
