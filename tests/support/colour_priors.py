"""Priors of the colour model: two species with opposite seasons and homes."""

from __future__ import annotations

from array import array

from colour_bundle import COLOURS
from sporeprint_training.priors.file import PlaceLevels, Priors, cell_of, encode_priors
from sporeprint_training.priors.record import PlaceRecord, PriorsRecord, SeasonRecord

OXFORD, SYDNEY = (51.75, -1.25), (-33.87, 151.2)
_AUTUMN, _SPRING = [-12] * 6 + [6] * 6, [6] * 6 + [-12] * 6
_COMMON = {"n": 400, "n_validation": 80, "gain": 0.2, "width": 0.6, "weight": 0.5}


def colour_priors(season: float = 1.0, place: float = 1.0) -> tuple[PriorsRecord, Priors, bytes]:
    """Description, content and file.

    Amanita muscaria grows in the second half of the year and in Oxford, Boletus edulis in the first and in Sydney; the
    others are indifferent.
    """
    cells = tuple(sorted((cell_of(*OXFORD, 5.0), cell_of(*SYDNEY, 5.0))))
    months = {"Amanita muscaria": _AUTUMN, "Boletus edulis": _SPRING}
    # Cells are numbered from the south.
    homes = {"Amanita muscaria": [-12, 6], "Boletus edulis": [6, -12]}
    names = [item.scientific_name for item in COLOURS]
    priors = Priors(
        len(names),
        array("b", [level for name in names for level in months.get(name, [0] * 12)]) if season else None,
        PlaceLevels(5.0, cells, array("b", [level for name in names for level in homes.get(name, [0, 0])]))
        if place
        else None,
    )
    record = PriorsRecord(
        path="priors.bin",
        season=SeasonRecord(strength=season, **_COMMON),
        place=PlaceRecord(strength=place, degrees=5.0, cells=2, **_COMMON),
    )
    return record, priors, encode_priors(priors)
