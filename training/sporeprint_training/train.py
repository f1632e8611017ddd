"""Training: a data set and a configuration to a run folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_training.artefact import canonical_json, check_replaceable, replacing_folder, write_bytes
from sporeprint_training.augmentation import mosaic
from sporeprint_training.batches import PhotoReader
from sporeprint_training.calibrate import fit_temperature, softmax
from sporeprint_training.class_records import Measured, class_records, complete, months, never_seen, outside
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.dataset_record import dataset_record
from sporeprint_training.decision import Taxa
from sporeprint_training.engine.learn import learn
from sporeprint_training.engine.ledger import Ledger
from sporeprint_training.engine.outcome import Learned
from sporeprint_training.engine.prepare import begin, out_of_memory, prepare
from sporeprint_training.engine.task import Task, split_photos
from sporeprint_training.engine.unfinished import TENSORBOARD_FOLDER, Unfinished, unfinished
from sporeprint_training.evaluation import measure
from sporeprint_training.familiarity import FAMILIARITY_FILE, fit_familiarity
from sporeprint_training.fusion import fit_fusion
from sporeprint_training.health.finding import write_health
from sporeprint_training.health.live import LiveHealth
from sporeprint_training.health.report import write_training_report
from sporeprint_training.health.rules import judge
from sporeprint_training.history import write_history
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.metrics import mistaken, recalls
from sporeprint_training.models import normalised
from sporeprint_training.priors.fit import write_priors
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.reference import load_reference
from sporeprint_training.run import MODEL_FILE, RUN_JSON, SCORES_FILE, Run, RunRecord, RunSeconds, read_run
from sporeprint_training.run_files import check_assembled, write_predictions, write_self_test
from sporeprint_training.run_id import run_id, versions
from sporeprint_training.run_photos import write_photos
from sporeprint_training.runs_index import add_to_index
from sporeprint_training.runs_place import runs_place
from sporeprint_training.thresholds import choose_thresholds, measure_bands, measure_unknown, unknown_rule
from sporeprint_training.thumbnails import write_thumbnails

MOSAIC_PHOTOS = 6
NAMED_MISTAKES = 3
"""Wrong names that a class's record lists."""


def train(
    dataset: Path, runs: Path, config: RunConfig, progress: Progress = SILENT, *, resume: bool | None = None
) -> Run:
    """Train, calibrate and measure a model, and write `runs/ID/` in one step.

    What is needed to go on after a break lies in `runs/.unfinished/ID/` meanwhile.

    Args:
        dataset: folder of a data set.
        runs: folder of all runs, or the file that names it (`runs_place`); also keeps the cache of features and the
            index `runs.h5`.
        config: what to train.
        progress: told of photos and epochs.
        resume: go on from the last checkpoint of this very run, with the result of a run without a break. None does so
            if there is one, True insists, False begins anew.

    Returns:
        The run; equal inputs give an equal id and replace the run of that id.

    Raises:
        BadInput: the data set cannot be learned, data set, weights and configuration do not fit together, or there is
            nothing to resume.
        StepFailed: weights cannot be fetched, the loss is no number, memory ran out, or another process trains this
            run. No run is written then; checkpoints stay.
    """
    index = runs_place(runs)
    runs = index.folder
    prepared = prepare(dataset, config)
    identity = run_id(config, prepared.data.info, prepared.source)
    request = {
        "id": identity,
        "dataset": str(dataset.absolute()),
        "dataset_sha256": prepared.data.info.sha256,
        "config": config.model_dump(mode="json"),
        "versions": versions(),
    }
    check_replaceable(runs / identity, marker=RUN_JSON)
    try:
        with unfinished(runs, request, resume=resume, keep=config.callbacks.checkpoint.keep) as place:
            _say_resumed(place, progress)
            task = begin(prepared, runs, place=place, progress=progress, watch=_health(config, progress))
            learned = learn(task)
            with replacing_folder(runs / identity, marker=RUN_JSON) as folder:
                record = _write_run(task, learned, identity, folder)
                _take_tensorboard(place, folder)
            add_to_index(index, record)
    except (tf.errors.ResourceExhaustedError, MemoryError):
        raise out_of_memory(config) from None
    return read_run(runs / identity)


def _say_resumed(place: Unfinished, progress: Progress) -> None:
    for name in place.damaged:
        progress.note(f"Checkpoint {name} is damaged; the one before is used")
    if place.resumed:
        progress.note(f"Resuming {place.request['id']} in stage {place.resumed['stage'] + 1}")
    elif place.damaged:
        progress.note("No checkpoint is whole; beginning anew")


def _health(config: RunConfig, progress: Progress) -> Callable[[Ledger], bool]:
    live = LiveHealth(config)

    def watch(ledger: Ledger) -> bool:
        for finding in live.after_epoch(ledger.history, ledger.signals):
            progress.note(finding.line)
        return False

    return watch


def _write_health(task: Task, learned: Learned, identity: str, folder: Path) -> None:
    findings = judge(learned.history, learned.signals, task.config)
    write_health(folder, findings)
    write_training_report(
        folder,
        run_id=identity,
        config=_resolved(task.config, task.spec),
        history=learned.history,
        signals=learned.signals,
        findings=findings,
        species=task.data.species["scientific_name"].tolist(),
        mosaic=_mosaic(task),
    )


def _mosaic(task: Task) -> bytes | None:
    augmentation = task.config.dataset.data_augmentation
    if augmentation is None:
        return None
    paths = task.paths(task.photos("train"))
    # Of different species: the rows are sorted by photo, not by class.
    shown = [paths[row] for row in np.linspace(0, len(paths) - 1, MOSAIC_PHOTOS).astype(int)]
    return mosaic(PhotoReader(shown, task.spec).read(np.arange(len(shown))), augmentation, task.config.seed)


def _take_tensorboard(place: Unfinished, folder: Path) -> None:
    if (place.folder / TENSORBOARD_FOLDER).is_dir():
        shutil.move(place.folder / TENSORBOARD_FOLDER, folder / TENSORBOARD_FOLDER)


def _write_run(task: Task, learned: Learned, identity: str, folder: Path) -> RunRecord:
    started = time.monotonic()
    held_out = {split: split_photos(task.data, split) for split in ("val", "test")}
    learned.model.save(folder / MODEL_FILE)
    write_history(folder, learned.history)
    _write_health(task, learned, identity, folder)
    familiar = _familiarity(task, learned, folder)
    write_predictions(folder, held_out, learned.logits, familiar)
    write_self_test(folder, learned.model, task.spec)
    reference = load_reference(task.config.reference.folder)
    classes = enumerate(class_records(task.data, reference))
    write_photos(folder, task.data, deadly={label for label, item in classes if item.toxicity == "deadly"})
    shown = "test" if len(held_out["test"]) else "val"
    check_assembled(
        learned.model, task.spec, task.paths(held_out[shown]), learned.logits[shown], task.config.batch_size
    )
    record = _record(task, learned, familiar, identity, folder, started)
    if task.config.model.classifier.output_normalize:
        normalised(learned.model, record.temperature).save(folder / SCORES_FILE)
    write_bytes(folder / RUN_JSON, canonical_json(record.model_dump(mode="json", by_alias=True)))
    return record


def _record(
    task: Task, learned: Learned, familiar: dict[str, NDArray[np.float64]], identity: str, folder: Path, started: float
) -> RunRecord:
    labels = {split: split_photos(task.data, split)["label"].to_numpy() for split in ("val", "test")}
    reference = load_reference(task.config.reference.folder)
    classes = class_records(task.data, reference)
    unseen, table = never_seen(task.data, classes, reference, task.config.reference.regions)
    taxa = Taxa(item.taxon() for item in classes)
    temperature = fit_temperature(learned.logits["val"], labels["val"])
    targets = task.config.decision
    thresholds = choose_thresholds(softmax(learned.logits["val"], temperature), labels["val"], taxa, targets)
    thresholds = thresholds.model_copy(update={"unknown": unknown_rule(familiar["val"], targets.target_unknown)})
    test = learned.logits["test"]
    metrics = measure(test, labels["test"], taxa, temperature, thresholds, familiar["test"])
    thresholds = measure_bands(thresholds, softmax(test, temperature), labels["test"])
    train_photos, val = split_photos(task.data, "train"), split_photos(task.data, "val")
    priors = write_priors(
        folder,
        train=train_photos,
        val=val,
        scores=softmax(learned.logits["val"], temperature),
        genera=[item.taxonomy.genus for item in classes],
    )
    measured = Measured(
        recalls=recalls(test, labels["test"]),
        mistaken=mistaken(test, labels["test"], NAMED_MISTAKES),
        months=months(train_photos, len(classes)),
        thumbnails=write_thumbnails(task.data, folder),
    )
    return RunRecord(
        id=identity,
        config=_resolved(task.config, task.spec),
        weights_sha256=task.backbone.source.sha256,
        dataset=dataset_record(task.data),
        input=task.spec,
        classes=complete(classes, measured),
        never_seen=unseen,
        outside=outside(classes, unseen, reference),
        deadly_table=table,
        temperature=temperature,
        thresholds=measure_unknown(thresholds, familiar["test"]),
        fusion=fit_fusion(learned.logits["val"], labels["val"], val["observation_id"].tolist(), temperature),
        priors=priors,
        metrics=metrics,
        versions=versions(),
        seconds=_seconds(learned, started),
        n_parameters=learned.model.count_params(),
    )


def _seconds(learned: Learned, started: float) -> RunSeconds:
    training = sum(value for name, value in learned.seconds.items() if name != "features")
    return RunSeconds(features=learned.seconds["features"], training=training, evaluate=time.monotonic() - started)


def _familiarity(task: Task, learned: Learned, folder: Path) -> dict[str, NDArray[np.float64]]:
    features = learned.features
    labels = split_photos(task.data, "train")["label"].to_numpy()
    found = fit_familiarity(features["train"], labels, features["val"], task.n_classes)
    # What phones get, as they read it.
    write_bytes(folder / FAMILIARITY_FILE, found.to_bytes())
    return {split: found.of(features[split]) for split in ("val", "test")}


def _resolved(config: RunConfig, spec: InputSpec) -> RunConfig:
    return config.model_copy(update={"input": config.input.model_copy(update={"size": spec.size})})
