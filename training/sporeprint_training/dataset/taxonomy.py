"""What species lie in, from a table with GBIF's columns: a species list, occurrences, or a few lines written by hand.

A row names a species in `species`, `acceptedScientificName` or `scientificName`, and what it lies in in `kingdom` to
`genus`. Only the rows of a data set's classes are kept, and every other column is passed over: a million occurrences
take no more memory than ten.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath

from sporeprint_training.dataset.names import binomial, is_infraspecific, printable, scientific_name
from sporeprint_training.dataset.placement import Placements, species_key
from sporeprint_training.dataset.store import SPECIES, TAXON_RANKS
from sporeprint_training.dataset.table import Table, open_table
from sporeprint_training.errors import BadInput

_NAMES = ("species", "acceptedScientificName", "scientificName")
"""Columns that name a row's species; the first one that does has the accepted name, the others are synonyms."""
_FOLDER = "file"
"""Column of `observations.csv`: the photo, whose folder names the class too."""
_MAX_BYTES = 20_000_000_000
_LISTED = 5
"""Species without a row that are named; the rest is counted."""
_WIDTH = SPECIES["family"][1]
# Mark-up, and what a spreadsheet would calculate.
_NO_NAME = re.compile(r"[<>]|^[=+@]")
_TAXON = re.compile(r"[^\W\d_]+([ -][^\W\d_]+)*")
# How tables say that nobody knows.
_UNPLACED = re.compile(r".*\bincertae sedis\b.*|unknown|unplaced|not assigned|null|na|n/a|none|-", re.IGNORECASE)


def read_taxonomy(path: Path, classes: Collection[str]) -> Placements:
    """Read what a file says of the data set's classes.

    Args:
        path: CSV, or separated by tabs as GBIF's downloads are; UTF-8.
        classes: names of species, or of whole genera.

    Raises:
        BadInput: there is no such file, it is too large, not UTF-8, lacks the columns or names no species; a row has
            too many or too few fields, or names that cannot be any; or two rows place one taxon differently. The
            message names file and line.
    """
    if not path.is_file():
        raise BadInput("A taxonomy is a file", received=f"{path}, which is none", next_step="Check the path")
    if (size := path.stat().st_size) > _MAX_BYTES:
        raise BadInput(
            f"A taxonomy has at most {_MAX_BYTES // 10**9} GB",
            received=f"{path} with {size:,} bytes",
            next_step="Ask GBIF for a species list instead of occurrences",
        )
    found = Placements()
    with path.open("rb") as stream:
        table = open_table(stream, path.name)
        if not _has_ranks(table) or not set(_NAMES) & set(table.columns):
            raise BadInput(
                f"A taxonomy has a column {' or '.join(_NAMES)}, and some of {', '.join(TAXON_RANKS)}",
                received=f"{table.place(1)}: {', '.join(table.columns)[:200] or 'nothing'}",
                next_step="Name the columns as GBIF does",
            )
        if not _add(found, table, _NAMES, classes):
            raise BadInput(
                "A taxonomy names species",
                received=f"{path.name} without any",
                next_step="Write genus and epithet, such as Boletus edulis, under species or scientificName",
            )
    return found


def add_observations(found: Placements, table: Table, classes: Collection[str]) -> None:
    """Add what an `observations.csv` says of the data set's classes, if it has columns of ranks.

    Raises:
        BadInput: as `read_taxonomy`, from the first row on.
    """
    # "class" and "order" alone may be anybody's label and number.
    if _has_ranks(table) and not {"kingdom", "phylum", "family", "genus"}.isdisjoint(table.columns):
        _add(found, table, (*_NAMES, _FOLDER), classes)


def without_row(found: Placements, path: Path, species: Sequence[str]) -> list[str]:
    """A warning that names the species which the file says nothing of; none when it knows all."""
    absent = [name for name in species if not found.own(name)]
    if not absent:
        return []
    more = ", ..." if len(absent) > _LISTED else ""
    return [
        f"{path.name} has no row for {len(absent)} of {len(species)} species: {', '.join(absent[:_LISTED])}{more}; "
        "their ranks come from the reference table, as far as it knows them"
    ]


def _has_ranks(table: Table) -> bool:
    for name in (*_NAMES, *TAXON_RANKS):
        if table.columns.count(name) > 1:
            raise BadInput(
                "A column of a taxonomy occurs once", received=f"{table.place(1)}: {name}", next_step="Rename the other"
            )
    return not set(TAXON_RANKS).isdisjoint(table.columns)


def _add(found: Placements, table: Table, columns: tuple[str, ...], classes: Collection[str]) -> int:
    wanted, synonyms, rows = {species_key(name) for name in classes}, dict[tuple[str, ...], str](), 0
    seen = set[tuple[str, ...]]()
    for line, names, cells in _named_rows(table, columns):
        rows += bool(names)
        genus = cells[-1] or (names[0].split()[0] if names else "")
        others = tuple(name for name in names[1:] if name in wanted)
        key = (*names[:1], *others, *cells)
        if (not others and wanted.isdisjoint((*names[:1], genus))) or key in seen:
            continue
        seen.add(key)
        place = table.place(line)
        ranks = _ranks(cells, names, place)
        found.add(names[0] if names else "", ranks, place)
        synonyms.update({(name, *ranks.values()): place for name in others})
    # A name may be one species' own and, with another author, a synonym of a second.
    own = {name for name in wanted if found.above("species", name)}
    for (name, *taxa), place in synonyms.items():
        if name not in own:
            found.add(name, dict(zip(TAXON_RANKS, taxa, strict=True)), place)
    return rows


def _named_rows(table: Table, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...], tuple[str, ...]]]:
    named = [(table.columns.index(name), name == _FOLDER) for name in columns if name in table.columns]
    ranked = [table.columns.index(rank) if rank in table.columns else None for rank in TAXON_RANKS]
    for line, row in table.rows:
        texts = tuple(_class_of(row[column]) if folder else row[column] for column, folder in named)
        names = _species(texts)
        if names is None:
            raise BadInput(
                "A scientific name holds no mark-up, formula or invisible character",
                received=f"{table.place(line)}: {ascii(' / '.join(texts))[:120]}",
                next_step="Correct the row",
            )
        yield line, names, tuple("" if column is None else row[column].strip() for column in ranked)


@lru_cache(maxsize=100_000)
def _species(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    """The accepted species, then synonyms; none when nothing names a species, None when a text can be no name."""
    texts = tuple(unicodedata.normalize("NFC", text.strip()) for text in texts)
    if not all(printable(text) and not _NO_NAME.search(text) for text in texts):
        return None
    names = list[str]()
    for text in texts:
        name = binomial(text)
        # A variety of one species may be accepted as another: only whole species are synonyms.
        if name and name not in names and not (names and is_infraspecific(text)):
            names.append(name)
    return tuple(names)


def _class_of(file: str) -> str:
    parts = PurePosixPath(file).parts
    return scientific_name(parts[0]) or "" if parts else ""


def _ranks(cells: tuple[str, ...], names: tuple[str, ...], place: str) -> dict[str, str]:
    ranks = {rank: _taxon(cell, rank, place) for rank, cell in zip(TAXON_RANKS, cells, strict=True)}
    genus = names[0].split()[0] if names else ranks["genus"]
    if ranks["genus"] not in ("", genus):
        # Under another genus's name, what is known of the danger of its relatives would not be shown.
        raise BadInput(
            "An accepted species lies in the genus that its name begins with",
            received=f"{place}: {names[0]} in {ranks['genus']}",
            next_step="Correct the genus, or give the accepted name under species",
        )
    return {**ranks, "genus": genus}


def _taxon(cell: str, rank: str, place: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", cell).replace("×", " ").split(" ")).strip()
    if not text or _UNPLACED.fullmatch(text):
        return ""
    if not _TAXON.fullmatch(text) or len(text.encode()) > _WIDTH:
        raise BadInput(
            f"The name of a {rank} is made of letters, {_WIDTH} at most",
            received=f"{place}: {ascii(text)[:120]}",
            next_step="Correct it, or leave it empty where it is not known",
        )
    return text[0].upper() + text[1:]
