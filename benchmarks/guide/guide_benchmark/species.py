"""As many species as asked for: first those of the reference table, then invented ones with names of the usual lengths.

Everything follows from the number alone, so that two builds are of the same species.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

from sporeprint_training.decision import Toxicity
from sporeprint_training.reference import load_reference

_STARTS = ("Aga", "Bole", "Cla", "Cortin", "Ento", "Hygro", "Ino", "Lacta", "Myce", "Phaeo", "Psathy", "Rus", "Tricho")
_ENDS = ("ria", "cybe", "loma", "mycena", "porus", "pilus", "derma", "stoma", "phora")
_EPITHETS = ("albo", "atro", "aureo", "brunneo", "fulvo", "griseo", "ochro", "rubro", "sub", "violaceo", "viridi")
_MARKS = ("cephalus", "color", "fibrillosa", "lutea", "pes", "punctata", "squamosa", "striata", "tomentosa", "virens")
_ENGLISH = ("Ashen", "Bitter", "Bleeding", "Crested", "Frosted", "Golden", "Pale", "Scaly", "Slimy", "Winter")
_ENGLISH_KINDS = ("bolete", "bonnet", "brittlegill", "funnel", "knight", "milkcap", "webcap", "waxcap")
_GERMAN = ("Bitterer", "Blauender", "Gelber", "Grüner", "Früher", "Rötender", "Schöner", "Süßer", "Weißer", "Zäher")
_GERMAN_KINDS = ("Helmling", "Milchling", "Ritterling", "Röhrling", "Schleierling", "Täubling", "Trichterling")


@dataclass(frozen=True)
class Species:
    """What a class of the generated model is called and what is said of it."""

    scientific_name: str
    authorship: str
    order: str
    family: str
    common_names: dict[str, str]
    toxicity: Toxicity = "not_assessed"
    syndrome: str = ""
    toxicity_source: str = ""
    look_alikes: tuple[str, ...] = ()
    deadly_look_alikes: tuple[str, ...] = ()
    months: tuple[int, ...] | None = None


def make_species(count: int) -> list[Species]:
    """`count` species, sorted by name; a fifth of the invented ones have no common name, and a tenth no dates."""
    found = itertools.chain(_real(), _invented())
    return sorted(itertools.islice(found, count), key=lambda item: item.scientific_name)


def _real() -> list[Species]:
    table = load_reference()
    chance = random.Random(1)
    return [
        Species(
            scientific_name=name,
            authorship=taxon.authorship,
            order=taxon.order,
            family=taxon.family,
            common_names=dict(taxon.common_names),
            toxicity=taxon.toxicity,
            syndrome=taxon.syndrome,
            toxicity_source=taxon.toxicity_source,
            look_alikes=taxon.look_alikes,
            deadly_look_alikes=table.deadly_look_alikes(name),
            months=_months(chance),
        )
        for name, taxon in table.taxa.items()
    ]


def _invented() -> list[Species]:
    chance = random.Random(0)
    names = [
        f"{start}{end} {epithet}{mark}"
        for start, end, epithet, mark in itertools.product(_STARTS, _ENDS, _EPITHETS, _MARKS)
    ]
    chance.shuffle(names)
    return [_species(name, chance) for name in names]


def _species(name: str, chance: random.Random) -> Species:
    genus = name.split()[0]
    common = {
        "en": f"{chance.choice(_ENGLISH)} {chance.choice(_ENGLISH_KINDS)}",
        "de": f"{chance.choice(_GERMAN)} {chance.choice(_GERMAN_KINDS)}",
    }
    return Species(
        scientific_name=name,
        authorship=chance.choice(("Fr.", "(Pers.) Quél.", "(Bull. ex Fr.) P.Kumm.", "Peck")),
        order="Agaricales",
        family=f"{genus}ceae",
        common_names=common if chance.random() < 0.8 else {},
        months=_months(chance) if chance.random() < 0.9 else None,
    )


def _months(chance: random.Random) -> tuple[int, ...]:
    peak = chance.choice((3, 8, 9, 10))
    return tuple(max(0, int(chance.gauss(14 - 5 * abs(month - peak), 2))) for month in range(12))
