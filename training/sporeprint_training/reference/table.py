"""The reference table: five small CSV files, checked on reading.

`taxa.csv` names species; `families.csv` places them, so that two species of one family cannot disagree on the order;
`syndromes.csv` and `sources.csv` hold the texts that `taxa.csv` refers to by key; `look_alikes.csv` lists pairs, each
once, and is read in both directions.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast, get_args

from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.decision import Toxicity
from sporeprint_training.errors import BadInput

_FOLDER = Path(__file__).parent
_MAX_TEXT = 300
_LANGUAGES = ("en", "de", "fr", "sv")
"""BCP 47 tags of the common-name columns."""
_TAXA = ("scientific_name", "authorship", "family", *_LANGUAGES, "toxicity", "syndrome", "source")
_FAMILIES = ("family", "kingdom", "phylum", "class", "order")
_TEXTS = ("key", "text")
_PAIRS = ("one", "other")
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

    def get(self, name: str) -> ReferenceTaxon | None:
        """The taxon of that scientific name, or None when the table lacks it."""
        return self.taxa.get(name)

    @property
    def deadly(self) -> tuple[str, ...]:
        """Names of all species known to be deadly, sorted."""
        return tuple(sorted(name for name, taxon in self.taxa.items() if taxon.toxicity == "deadly"))

    def deadly_look_alikes(self, name: str) -> tuple[str, ...]:
        """The deadly species that `name` is mistaken for, sorted; empty for a name that the table lacks."""
        taxon = self.taxa.get(name)
        return tuple(other for other in taxon.look_alikes if self.taxa[other].toxicity == "deadly") if taxon else ()


@lru_cache(maxsize=1)
def load_reference() -> Reference:
    """The table that comes with Sporeprint, read once per process."""
    return read_reference(_FOLDER)


def reference_sha256() -> str:
    """Hash over the table's files: a changed danger level or look-alike makes another run."""
    return sha256_bytes(b"".join(path.read_bytes() for path in sorted(_FOLDER.glob("*.csv"))))


def read_reference(folder: Path) -> Reference:
    """Read and check a reference table.

    Raises:
        BadInput: a file or column is missing, a name occurs twice, a reference by key leads nowhere, or a danger
            level has no source; the message names file and line.
    """
    families = {row["family"]: row for _, row in _rows(folder / "families.csv", _FAMILIES)}
    syndromes = {row["key"]: row["text"] for _, row in _rows(folder / "syndromes.csv", _TEXTS)}
    sources = {row["key"]: row["text"] for _, row in _rows(folder / "sources.csv", _TEXTS)}
    rows: dict[str, _Row] = {}
    for where, row in _rows(folder / "taxa.csv", _TAXA):
        name = row["scientific_name"]
        _check(len(name.split()) == 2, where, "a scientific name has two words", name)
        _check(name not in rows, where, "a scientific name occurs once", name)
        rows[name] = where, row
    pairs = _look_alikes(folder / "look_alikes.csv", set(rows))
    return Reference(
        {
            name: _taxon(where, row, families, syndromes, sources, tuple(sorted(pairs.get(name, ()))))
            for name, (where, row) in sorted(rows.items())
        }
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
        raise BadInput("The reference table is five CSV files in UTF-8", received=f"{path}: {error}") from None


def _check(holds: bool, where: str, rule: str, received: str) -> None:
    if not holds:
        raise BadInput(f"In the reference table {rule}", received=f"{where}: {received!r}", next_step="Correct the row")
