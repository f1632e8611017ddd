"""What a run records about each class: taxonomy, danger and look-alikes from the reference, counts and recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sporeprint_training.dataset.placement import completed, of_reference
from sporeprint_training.dataset.store import TAXON_RANKS, Dataset
from sporeprint_training.reference import Reference
from sporeprint_training.reference.regions import Region
from sporeprint_training.run import ClassRecord, DeadlyTable, Taxonomy
from sporeprint_training.thumbnails import Thumbnail


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


def complete(
    records: list[ClassRecord], recalls: list[float | None], thumbnails: Mapping[int, Thumbnail]
) -> tuple[ClassRecord, ...]:
    """The same records with what was measured and drawn."""
    return tuple(
        record.model_copy(
            update={
                "recall": recalls[label],
                "thumbnail": thumbnails[label].path if label in thumbnails else None,
                "thumbnail_credit": thumbnails[label].credit if label in thumbnails else "",
            }
        )
        for label, record in enumerate(records)
    )


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
