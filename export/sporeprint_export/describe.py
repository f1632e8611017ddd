"""What the manifest says of a run, apart from the files."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any

from sporeprint_export.manifest import Metrics, ModelClass, Precision, Provenance
from sporeprint_export.thumbnail_packs import Place
from sporeprint_training.run import ClassRecord, RunRecord


def describe(record: RunRecord, precision: Precision, places: Mapping[str, Place]) -> dict[str, Any]:
    """The manifest's keys that follow from the run, and from where its reference photos lie in the bundle.

    Args:
        record: of the run.
        precision: of the weights.
        places: of the photos, by path in the run folder.

    Raises:
        pydantic.ValidationError: the record breaks a rule of the model definition.
    """
    return {
        "input": record.input,
        "classes": tuple(_model_class(item, places) for item in record.classes),
        "outside": record.outside,
        "temperature": record.temperature,
        "thresholds": record.thresholds,
        "fusion": record.fusion,
        # Without a file there is nothing to apply; why there is none stays in run.json.
        "priors": record.priors if record.priors and record.priors.path else None,
        "metrics": Metrics.model_validate(record.metrics.model_dump(include=set(Metrics.model_fields))),
        "provenance": _provenance(record, precision),
    }


def _model_class(item: ClassRecord, places: Mapping[str, Place]) -> ModelClass:
    facts = item.model_dump(mode="json", by_alias=True, exclude={"thumbnails"})
    photos = [{**photo.model_dump(exclude={"path"}), **places[photo.path]._asdict()} for photo in item.thumbnails]
    return ModelClass.model_validate({**facts, "thumbnails": photos})


def _provenance(record: RunRecord, precision: Precision) -> Provenance:
    return Provenance(
        dataset_sha256=record.dataset.sha256,
        dataset_name=record.dataset.name,
        drawn=record.dataset.drawn,
        run=record.id,
        backbone=record.config.model.base,
        precision=precision,
        licence=record.dataset.licence,
        attribution=record.dataset.attribution,
        licences=record.dataset.licences,
        citation=record.dataset.citation,
        sources=record.dataset.sources,
        splits=record.dataset.splits,
        never_seen=record.never_seen,
        deadly_table=record.deadly_table,
        not_fungi=record.dataset.not_fungi,
        versions={**record.versions, "tensorflowjs": importlib.metadata.version("tensorflowjs")},
    )
