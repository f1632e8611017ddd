"""The reference table: small CSV files, checked on reading.

`taxa.csv` names species; `families.csv` places them, so that two species of one family cannot disagree on the order;
`syndromes.csv` and `sources.csv` hold the texts that `taxa.csv` refers to by key; `look_alikes.csv` lists pairs, each
once, and is read in both directions. `regions.csv`, which may be missing, says on which continents a species is known
to grow, each with its source; a species without a row counts for all of them.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast, get_args

from sporeprint_training.artefact import canonical_json, sha256_bytes
from sporeprint_training.decision import Toxicity
from sporeprint_training.errors import BadInput
from sporeprint_training.reference.regions import REGIONS, WORLD, Region

BUILT_IN = "built-in"
"""Name of the table that comes with Sporeprint."""
_FOLDER = Path(__file__).parent
_MAX_TEXT = 300
_LANGUAGES = ("en", "de", "fr", "sv")
"""BCP 47 tags of the common-name columns."""
_TAXA = ("scientific_name", "authorship", "family", *_LANGUAGES, "toxicity", "syndrome", "source")
_FAMILIES = ("family", "kingdom", "phylum", "class", "order")
_TEXTS = ("key", "text")
_PAIRS = ("one", "other")
_PLACES = ("scientific_name", "regions", "source")
_REGIONS_FILE = "regions.csv"
_FILES = ("families.csv", "look_alikes.csv", _REGIONS_FILE, "sources.csv", "syndromes.csv", "taxa.csv")
_Row = tuple[str, dict[str, str]]
"""Where a row stands (file and line) and its fields."""


@dataclass(frozen=True)
class ReferenceTaxon:
    """What is known of one species; an empty text means "not known here"."""

    scientific_name: str
    authorship: str
    kingdom: str
    phylum: str
    class_: str
    order: str
    family: str
    genus: str
    common_names: Mapping[str, str]
    """BCP 47 language tag to name."""
    toxicity: Toxicity
    """`not_assessed` says that nobody looked here, never that it is harmless."""
    syndrome: str
    """What the poison does, in a few words."""
    toxicity_source: str
    """The publication that the danger level is taken from."""
    look_alikes: tuple[str, ...]
    """Species it is mistaken for, sorted; symmetric, and all of them in the table."""
    regions: tuple[Region, ...] = REGIONS
    """Where it is known to grow; everywhere when the table does not say."""

    @property
    def taxonomy(self) -> dict[str, str]:
        """Rank (kingdom to genus, with the key `class`) to name."""
        return {
            "kingdom": self.kingdom,
            "phylum": self.phylum,
            "class": self.class_,
            "order": self.order,
            "family": self.family,
            "genus": self.genus,
        }


@dataclass(frozen=True)
class Reference:
    """All taxa of the table by scientific name."""

    taxa: Mapping[str, ReferenceTaxon]
    name: str = BUILT_IN
    """`BUILT_IN`, or the folder's name."""
    sha256: str = ""
    """Hash over the table's files: a changed danger level or look-alike makes another run."""

    def get(self, name: str) -> ReferenceTaxon | None:
        """The taxon of that scientific name, or None when the table lacks it."""
        return self.taxa.get(name)

    @property
    def deadly(self) -> tuple[str, ...]:
        """Names of all species known to be deadly, sorted."""
        return self.deadly_in(REGIONS)

    def deadly_in(self, regions: Collection[Region]) -> tuple[str, ...]:
        """Names of the species known to be deadly that grow in any of the regions, sorted; no region means all."""
        wanted = frozenset(regions or REGIONS)
        deadly = (taxon for taxon in self.taxa.values() if taxon.toxicity == "deadly")
        return tuple(sorted(taxon.scientific_name for taxon in deadly if wanted.intersection(taxon.regions)))

    def deadly_look_alikes(self, name: str) -> tuple[str, ...]:
        """The deadly species that `name` is mistaken for, sorted; empty for a name that the table lacks."""
        taxon = self.taxa.get(name)
        return tuple(other for other in taxon.look_alikes if self.taxa[other].toxicity == "deadly") if taxon else ()


def load_reference(folder: str | None = None, regions: Collection[Region] = ()) -> Reference:
    """The table in `folder`; without one the table that comes with Sporeprint, read once per process.

    Raises:
        BadInput: as `read_reference`, or the table knows no deadly species of the regions.
    """
    table = read_reference(Path(folder)) if folder else _built_in()
    if not table.deadly_in(regions):
        raise BadInput(
            "The reference table knows deadly species of the regions asked for",
            received=f"none of {', '.join(regions) or 'any region'} in {folder or 'the built-in table'}",
            next_step="Name other regions with --region, or none for all",
        )
    return table


@lru_cache(maxsize=1)
def _built_in() -> Reference:
    return read_reference(_FOLDER, BUILT_IN)


def read_reference(folder: Path, name: str = "") -> Reference:
    """Read and check a reference table.

    Args:
        folder: holds the files.
        name: what to call the table; empty takes the folder's name.

    Raises:
        BadInput: a file or column is missing, a name occurs twice, a reference by key leads nowhere, or a danger
            level or a region has no source; the message names file and line.
    """
    families = {row["family"]: row for _, row in _rows(folder / "families.csv", _FAMILIES)}
    syndromes = {row["key"]: row["text"] for _, row in _rows(folder / "syndromes.csv", _TEXTS)}
    sources = {row["key"]: row["text"] for _, row in _rows(folder / "sources.csv", _TEXTS)}
    rows: dict[str, _Row] = {}
    for where, row in _rows(folder / "taxa.csv", _TAXA):
        species = row["scientific_name"]
        _check(len(species.split()) == 2, where, "a scientific name has two words", species)
        _check(species not in rows, where, "a scientific name occurs once", species)
        rows[species] = where, row
    pairs = _look_alikes(folder / "look_alikes.csv", set(rows))
    places = _regions(folder / _REGIONS_FILE, set(rows), sources)
    taxa = {
        species: _taxon(where, row, families, syndromes, sources, tuple(sorted(pairs.get(species, ()))))
        for species, (where, row) in sorted(rows.items())
    }
    placed = {
        species: replace(taxon, regions=places[species]) if species in places else taxon
        for species, taxon in taxa.items()
    }
    return Reference(placed, name or folder.resolve().name, _sha256(folder))


def _sha256(folder: Path) -> str:
    paths = (folder / file for file in _FILES)
    return sha256_bytes(
        canonical_json({path.name: sha256_bytes(path.read_bytes()) for path in paths if path.is_file()})
    )


def _taxon(
    where: str,
    row: dict[str, str],
    families: Mapping[str, dict[str, str]],
    syndromes: Mapping[str, str],
    sources: Mapping[str, str],
    look_alikes: tuple[str, ...],
) -> ReferenceTaxon:
    toxicity = row["toxicity"]
    _check(row["family"] in families, where, "a family is listed in families.csv", row["family"])
    _check(toxicity in get_args(Toxicity), where, "toxicity is deadly, poisonous or not_assessed", toxicity)
    assessed = toxicity != "not_assessed"
    for column, texts in (("syndrome", syndromes), ("source", sources)):
        _check(
            (row[column] in texts) == assessed, where, f"every danger, and nothing else, has a {column}", row[column]
        )
    place = families[row["family"]]
    return ReferenceTaxon(
        scientific_name=row["scientific_name"],
        authorship=row["authorship"],
        kingdom=place["kingdom"],
        phylum=place["phylum"],
        class_=place["class"],
        order=place["order"],
        family=row["family"],
        genus=row["scientific_name"].split()[0],
        common_names={tag: row[tag] for tag in _LANGUAGES if row[tag]},
        toxicity=cast(Toxicity, toxicity),
        syndrome=syndromes.get(row["syndrome"], ""),
        toxicity_source=sources.get(row["source"], ""),
        look_alikes=look_alikes,
    )


def _regions(path: Path, known: set[str], sources: Mapping[str, str]) -> dict[str, tuple[Region, ...]]:
    places: dict[str, tuple[Region, ...]] = {}
    for where, row in _rows(path, _PLACES) if path.is_file() else ():
        name, words = row["scientific_name"], row["regions"].split()
        _check(name in known, where, "a species with regions is in taxa.csv", name)
        _check(name not in places, where, "a species has one row of regions", name)
        _check(row["source"] in sources, where, "every species with regions has a source", row["source"])
        _check(bool(words), where, f"regions are {', '.join(REGIONS)}, or {WORLD} alone", "")
        for word in words:
            right = word in REGIONS or words == [WORLD]
            _check(right, where, f"regions are {', '.join(REGIONS)}, or {WORLD} alone", row["regions"])
        places[name] = REGIONS if words == [WORLD] else tuple(region for region in REGIONS if region in words)
    return places


def _look_alikes(path: Path, known: set[str]) -> dict[str, set[str]]:
    pairs: dict[str, set[str]] = {}
    for where, row in _rows(path, _PAIRS):
        one, other = row["one"], row["other"]
        _check(one != other, where, "a look-alike is another species", one)
        for name, twin in ((one, other), (other, one)):
            _check(name in known, where, "both names of a pair are in taxa.csv", name)
            _check(twin not in pairs.get(name, ()), where, "a pair is listed once", f"{one}, {other}")
            pairs.setdefault(name, set()).add(twin)
    return pairs


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[_Row]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            names = tuple(reader.fieldnames or ())
            _check(names == columns, f"{path.name}, line 1", f"the columns are {', '.join(columns)}", ", ".join(names))
            for row in reader:
                where = f"{path.name}, line {reader.line_num}"
                _check(None not in row and None not in row.values(), where, "a row has one field per column", "")
                longest = max(row.values(), key=len)
                _check(len(longest) <= _MAX_TEXT, where, f"a text has at most {_MAX_TEXT} characters", longest[:40])
                yield where, {column: value.strip() for column, value in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            "A reference table is a folder with " + ", ".join(file for file in _FILES if file != _REGIONS_FILE),
            received=f"{path}: {error}",
            next_step="Add the file, in UTF-8, or leave --reference away to use the built-in table",
        ) from None


def _check(holds: bool, where: str, rule: str, received: str) -> None:
    if not holds:
        raise BadInput(f"In the reference table {rule}", received=f"{where}: {received!r}", next_step="Correct the row")
