"""An answer in words, as the app says it: bands with their measured rate, danger only upward, no percentages."""

from __future__ import annotations

import math

from sporeprint_export.manifest import Manifest, ModelClass
from sporeprint_training.decision import Decision, Rank, Toxicity
from sporeprint_training.priors.rule import Flag

SAFETY = "A photo cannot show whether a mushroom is safe to eat. Do not eat anything because of this result."
"""Stands above the names wherever an answer goes."""
DRAWN = "Demo: trained on drawings. It does not know real mushrooms."
NOT_SURE = "Not sure"
UNKNOWN = "None of these, as far as it can tell"
ALARM = "Possibly deadly"
ALARM_REASONS = {
    "score": "It may be a deadly species:",
    "look_alike": "It is easily mistaken for a deadly species:",
    "group": "This group includes deadly species:",
}
DANGER: dict[Toxicity, str] = {
    "deadly": "Known deadly",
    "poisonous": "Known poisonous",
    "not_assessed": "Not assessed",
}
FLAGS: dict[Flag, str] = {"unusual_month": "unusual in this month", "rare_here": "rarely reported here"}
DEADLY_GROUP = "Includes deadly species"
POSSIBLY_POISONOUS = "Treat it as possibly poisonous"
_COUNTED_BELOW = 20
_ROUNDING = 1e-9


def answer_text(decision: Decision) -> str:
    """The answer's name, or that there is none."""
    return decision.taxon or (UNKNOWN if decision.unknown else NOT_SURE)


def confidence_text(decision: Decision, manifest: Manifest) -> str:
    """How often answers like this were right; "" where there is no answer."""
    if decision.rank is None:
        return ""
    if decision.rank != "species":
        twentieths = math.floor(manifest.thresholds.target_precision * 20 + _ROUNDING)
        return f"a group is named only where that was right about {_times(twentieths)} in trials"
    band = next((band for band in manifest.thresholds.bands if band.name == decision.band), None)
    if band is None or band.right is None or band.n == 0:
        return f"{decision.band}: how often answers like this are right was not measured"
    return f"{decision.band}: {rate_text(band.right, band.n)}"


def rate_text(right: float, n: int) -> str:
    """A share that never promises more than was measured: rounded down, counted out when the test was small."""
    count = round(right * n)
    twentieths = math.floor(right * 20 + _ROUNDING)
    if n < _COUNTED_BELOW or count == n or twentieths == 0:
        return f"right {count} times out of {n} in testing"
    return f"right about {_times(twentieths)} in testing, n = {n}"


def _times(twentieths: int) -> str:
    return f"{twentieths // 2} times in 10" if twentieths % 2 == 0 else f"{twentieths} times in 20"


def danger_text(decision: Decision, manifest: Manifest, best: ModelClass) -> str:
    """The danger of what was answered: of a species its own, of a group its worst.

    Without an answer it is the unknown's, and that of the family (or what is known of its place) of the best class.
    """
    if decision.taxon is None:
        places: tuple[tuple[str, Rank], ...] = (
            (best.taxonomy.family, "family"),
            (best.taxonomy.order, "order"),
            (best.taxonomy.genus, "genus"),
        )
        near, rank = next((place for place in places if place[0]), ("", None))
        worse = bool(near) and holds_deadly(near, rank, manifest)
        return f"{POSSIBLY_POISONOUS}; {near} includes deadly species" if worse else POSSIBLY_POISONOUS
    if decision.rank == "species":
        species = (item for item in manifest.classes if item.rank == "species")
        return DANGER[next(item.toxicity for item in species if item.scientific_name == decision.taxon)]
    return DEADLY_GROUP if holds_deadly(decision.taxon, decision.rank, manifest) else DANGER["not_assessed"]


def holds_deadly(group: str, rank: Rank | None, manifest: Manifest) -> bool:
    """Whether a group has a deadly member, however improbable, or one that the model has never seen.

    Of a species outside the model only the genus is known, from its name.
    """
    deadly = (item.taxon() for item in manifest.classes if item.toxicity == "deadly")
    seen = any(rank and taxon.names.get(rank) == group for taxon in deadly)
    unseen = manifest.provenance.never_seen
    return seen or (rank == "genus" and any(name.split()[0] == group for name in unseen))
