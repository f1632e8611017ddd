"""What a run records about each class: taxonomy, danger and look-alikes from the reference, counts and recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sporeprint_training.dataset.placement import completed, of_reference
from sporeprint_training.dataset.store import TAXON_RANKS, Dataset
from sporeprint_training.guide_records import Mistaken, OutsideTaxon, RunThumbnail
from sporeprint_training.priors.file import MONTHS
from sporeprint_training.priors.votes import take_votes
from sporeprint_training.reference import Reference
from sporeprint_training.reference.regions import Region
from sporeprint_training.run import ClassFacts, ClassRecord, DeadlyTable, Taxonomy


def class_records(data: Dataset, reference: Reference) -> list[ClassRecord]:
    """One record per row of the data set's `species`, in that order, before anything was measured."""
    rows = data.species.sort_values("label").to_dict("records")
    return [_record({str(key): value for key, value in row.items()}, reference) for row in rows]


def _record(row: Mapping[str, object], reference: Reference) -> ClassRecord:
    name = str(row["scientific_name"])
    facts = reference.get(name)
    # A run's own table may know species that the ingest's did not.
    taxonomy = completed(name, {rank: str(row[rank] or "") for rank in TAXON_RANKS}, [of_reference(facts)])
    known = (
        {
            "authorship": facts.authorship,
            "common_names": dict(facts.common_names),
            "toxicity": facts.toxicity,
            "syndrome": facts.syndrome,
            "toxicity_source": facts.toxicity_source,
            "look_alikes": tuple(facts.look_alikes),
            "deadly_look_alikes": tuple(reference.deadly_look_alikes(name)),
        }
        if facts
        else {}
    )
    return ClassRecord.model_validate(
        {
            "scientific_name": name,
            "rank": row["rank"],
            "taxonomy": Taxonomy.model_validate(taxonomy),
            "n_photos": row["n_photos"],
            "n_test": row["n_test"],
            "recall": None,
            **known,
        }
    )


@dataclass(frozen=True)
class Measured:
    """What a training adds to the records, by label."""

    recalls: Sequence[float | None]
    mistaken: Sequence[Sequence[tuple[int, int]]]
    """As `metrics.mistaken`."""
    months: Sequence[tuple[int, ...] | None]
    """As `months`."""
    thumbnails: Mapping[int, tuple[RunThumbnail, ...]]


def complete(records: list[ClassRecord], measured: Measured) -> tuple[ClassRecord, ...]:
    """The same records with what was measured and drawn."""
    return tuple(
        record.model_copy(
            update={
                "recall": measured.recalls[label],
                "mistaken_for": tuple(
                    Mistaken(scientific_name=records[other].scientific_name, n=n)
                    for other, n in measured.mistaken[label]
                ),
                "months": measured.months[label],
                "thumbnails": measured.thumbnails.get(label, ()),
            }
        )
        for label, record in enumerate(records)
    )


def months(photos: pd.DataFrame, n_classes: int) -> list[tuple[int, ...] | None]:
    """Observations per class and month, January first and as in the north; None for a class without any date.

    Args:
        photos: rows of `Dataset.photos`.
        n_classes: of the data set.
    """
    votes = take_votes(photos)
    dated = votes.month >= 0
    counts = np.zeros((n_classes, MONTHS), int)
    np.add.at(counts, (votes.label[dated], votes.month[dated]), 1)
    return [tuple(row) if any(row) else None for row in counts.tolist()]


def never_seen(
    data: Dataset, records: list[ClassRecord], reference: Reference, regions: Sequence[Region] = ()
) -> tuple[tuple[str, ...], DeadlyTable | None]:
    """Deadly species of the regions (none means all) that are no class of the model, and the table that says so.

    A data set that is declared not to be of fungi has neither.
    """
    if data.info.not_fungi:
        return (), None
    names = {record.scientific_name for record in records}
    deadly = reference.deadly_in(regions)
    table = DeadlyTable(name=reference.name, sha256=reference.sha256, n_deadly=len(deadly), regions=tuple(regions))
    return tuple(name for name in deadly if name not in names), table


def outside(records: Sequence[ClassFacts], unseen: Sequence[str], reference: Reference) -> tuple[OutsideTaxon, ...]:
    """What the reference knows of species that are no classes: look-alikes of classes, and the deadly never seen."""
    classes = {record.scientific_name for record in records}
    wanted = {*unseen, *(name for record in records for name in record.look_alikes)} - classes
    found = [(name, reference.get(name)) for name in sorted(wanted)]
    return tuple(
        OutsideTaxon(
            scientific_name=name,
            authorship=facts.authorship,
            family=facts.family,
            common_names=dict(facts.common_names),
            toxicity=facts.toxicity,
            syndrome=facts.syndrome,
            toxicity_source=facts.toxicity_source,
        )
        for name, facts in found
        if facts
    )
