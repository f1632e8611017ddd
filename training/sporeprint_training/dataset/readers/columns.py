"""What columns of strangers' tables are called, and what they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sporeprint_training.dataset.readers.texts import text
from sporeprint_training.dataset.records import RANKS
from sporeprint_training.errors import BadInput

FILE, ADDRESS = "file", "address"
ALIASES: Mapping[str, tuple[str, ...]] = {
    FILE: ("file", "filename", "filepath", "path", "imagepath", "image", "photo"),
    ADDRESS: ("url", "identifier", "photourl", "imageurl", "mediaurl", "accessuri", "address"),
    "scientific_name": ("scientificname", "species", "label", "taxonname", "taxon", "name", "classname", "class"),
    "accepted_name": ("acceptedscientificname", "acceptedname"),
    "observation_id": (
        *("observationurl", "observationid", "observationuuid", "observation"),
        *("occurrenceid", "gbifid"),
    ),
    "rank": ("taxonrank", "rank"),
    "taxonomic_status": ("taxonomicstatus",),
    "observed_on": ("observedon", "eventdate", "dateobserved", "date", "created"),
    "basis_of_record": ("basisofrecord",),
    "observer": ("observer", "recordedby"),
    "author": ("author", "creator", "photographer"),
    "rights_holder": ("rightsholder",),
    "licence_verbatim": ("licence", "license", "licenceurl", "licenseurl"),
    "source_dataset": ("sourcedataset", "datasetname", "datasetkey"),
    "doi": ("doi",),
    "country": ("country", "countrycode"),
    "latitude": ("latitude", "decimallatitude", "lat"),
    "longitude": ("longitude", "decimallongitude", "lon", "lng"),
    "uncertainty_m": ("coordinateuncertaintyinmeters", "positionalaccuracy", "uncertaintym"),
    **{rank: (rank,) for rank in RANKS},
}
"""Field of a record to the columns that may hold it, the best first; letters and digits only, lower case."""
_PLAIN = re.compile(r"[^a-z0-9]")


def plain(column: str) -> str:
    """A column's name as `ALIASES` has it: `rightsHolder` and `rights_holder` are the same."""
    return _PLAIN.sub("", column.lower())


def fields_of(columns: Sequence[str], where: str) -> dict[str, int]:
    """Which column holds which field of a record.

    Args:
        columns: the table's header.
        where: what messages call the table.

    Returns:
        Field to index; `file` or `address`, and `scientific_name`, are among them.

    Raises:
        BadInput: neither a photo nor a name has a column, or two columns have the same name; the message names them.
    """
    names = [plain(column) for column in columns]
    found: dict[str, int] = {}
    for field, aliases in ALIASES.items():
        for alias in aliases:
            if alias in names and not (alias == "class" and field == "scientific_name" and _places(names)):
                found[field] = names.index(alias)
                if names.count(alias) > 1:
                    raise BadInput(
                        "A column of a table occurs once",
                        received=f"{where} with two columns {alias}",
                        next_step="Rename or remove one of the two",
                    )
                break
    _require(found, columns, where)
    if found.get("species") == found["scientific_name"]:
        del found["species"]  # there it is a label, with an author or not
    return found


def _places(names: Sequence[str]) -> bool:
    # Beside other ranks, "class" is one of them and no label.
    return not {"kingdom", "phylum", "order", "family", "genus"}.isdisjoint(names)


def _require(found: Mapping[str, int], columns: Sequence[str], where: str) -> None:
    missing = []
    if FILE not in found and ADDRESS not in found:
        missing.append("file or url")
    if "scientific_name" not in found:
        missing.append("species")
    if missing:
        there = text(", ".join(columns))[:200] or "nothing"
        raise BadInput(
            "A table of photos has a column file or url, and a column species",
            received=f"{where} without {', and without '.join(missing)}; it has {there}",
            next_step="Add or rename the column; docs/data-sources.md lists the names that are understood",
        )
