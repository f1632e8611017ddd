"""Runs that were never trained: a record and its answers are all that an evaluation reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sporeprint_training.artefact import canonical_json
from sporeprint_training.config_model import ModelConfig
from sporeprint_training.config_schema import RunConfig
from sporeprint_training.decision import Band, Thresholds
from sporeprint_training.input_spec import InputSpec
from sporeprint_training.predictions import Predictions, write
from sporeprint_training.run import (
    ClassRecord,
    DatasetRecord,
    Run,
    RunMetrics,
    RunRecord,
    RunSeconds,
    Taxonomy,
    read_run,
)


def a_class(name: str, family: str = "", **facts: object) -> ClassRecord:
    """A class whose genus is the first word of its name."""
    taxonomy = Taxonomy(genus=name.split()[0], family=family)
    return ClassRecord.model_validate({"scientific_name": name, "taxonomy": taxonomy, "n_photos": 10, **facts})


CLASSES = (
    a_class(
        "Agaricus campestris", "Agaricaceae", look_alikes=["Amanita virosa"], deadly_look_alikes=["Amanita virosa"]
    ),
    a_class("Amanita muscaria", "Amanitaceae", toxicity="poisonous"),
    a_class("Amanita virosa", "Amanitaceae", toxicity="deadly", look_alikes=["Agaricus campestris"]),
    a_class("Boletus edulis", "Boletaceae"),
)
THRESHOLDS = Thresholds(
    species=0.7, genus=0.8, family=0.9, order=1.0, deadly=0.2, target_precision=0.9, target_deadly_recall=0.99,
    bands=(Band(name="high", from_score=0.9), Band(name="medium", from_score=0.6), Band(name="low", from_score=0)),
)  # fmt: skip


def a_record(classes: Sequence[ClassRecord], thresholds: Thresholds, identity: str) -> RunRecord:
    """The record of a run with those classes."""
    metrics = RunMetrics(
        top1=None, top3=None, macro_f1=None, n=0, deadly_recall=None, deadly_false_alarm=None, ece=None
    )
    return RunRecord(
        id=identity,
        config=RunConfig.model_validate({"model": ModelConfig.model_validate({"base": "compact"})}),
        weights_sha256="",
        dataset=DatasetRecord(name="four", sha256="1" * 64, drawn=False, licence="", attribution=""),
        input=InputSpec(size=32),
        classes=tuple(classes),
        never_seen=("Galerina marginata",),
        temperature=1.0,
        thresholds=thresholds,
        metrics=metrics,
        versions={"keras": "3"},
        seconds=RunSeconds(features=0, training=1, evaluate=0),
        n_parameters=1000,
    )


def logits_for(labels: Sequence[int], named: Sequence[int], n_classes: int = 4, score: float = 0.95) -> np.ndarray:
    """Logits whose softmax gives the named class `score` and the right class most of the rest."""
    rows = np.full((len(labels), n_classes), 1e-6)
    rows[np.arange(len(labels)), labels] = 1 - score
    rows[np.arange(len(labels)), named] = score
    return np.log(rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


def answers_to(
    labels: Sequence[int],
    logits: np.ndarray,
    *,
    photos: Sequence[str] | None = None,
    finds: Sequence[str] | None = None,
    split: str = "test",
    familiarity: float = 0.0,
) -> Predictions:
    """Answers to photos; without names each photo is its own find."""
    names = photos or [f"{index:016x}" for index in range(len(labels))]
    text = np.array(names, dtype=np.str_)
    return Predictions(
        photo_id=text,
        label=np.array(labels, np.int32),
        split=np.array([split] * len(labels), dtype=np.str_),
        observation_id=np.array(finds or names, dtype=np.str_),
        group_id=text,
        familiarity=np.full(len(labels), familiarity),
        logits=np.asarray(logits, np.float32),
    )


def write_run(
    folder: Path, answers: Predictions, classes: Sequence[ClassRecord] = CLASSES, thresholds: Thresholds = THRESHOLDS
) -> Run:
    """Write a run folder; its name is the run's id."""
    folder.mkdir(parents=True)
    record = a_record(classes, thresholds, folder.name)
    (folder / "run.json").write_bytes(canonical_json(record.model_dump(mode="json", by_alias=True)))
    write(folder / "predictions.h5", answers)
    return read_run(folder)
