"""Archives without `meta.xml`: only what GBIF's own conventions make certain.

Those are GBIF's simple download, one table with a header, and tables cut out of GBIF's full download, which have fixed
names (https://techdocs.gbif.org/en/data-use/download-formats). Everything else is refused.
"""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

from sporeprint_training.dataset.darwin_core.files import ArchiveFiles
from sporeprint_training.dataset.darwin_core.meta import FILE, Field, Layout, Meta, Table
from sporeprint_training.dataset.darwin_core.terms import EVENT, MULTIMEDIA, OCCURRENCE, TAXON
from sporeprint_training.errors import BadInput

_SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".tab", ".text", ".data"})
"""Of data files, as GBIF's reader of archives knows them."""
_SIDE_FILES = frozenset({"citations.txt", "rights.txt", "readme.txt", "verbatim.txt", "observations.csv"})
_GBIF_NAMES = {"occurrence.txt": OCCURRENCE, "multimedia.txt": MULTIMEDIA}
_KINDS = {"gbifid": OCCURRENCE, "occurrenceid": OCCURRENCE, "taxonid": TAXON, "eventid": EVENT}
"""Column, in lower case, to what a table with it is about; the first one that is there counts."""
_MAX_HEADER = 100_000


def guess_meta(files: ArchiveFiles) -> Meta:
    """Describe an archive that does not describe itself.

    Raises:
        BadInput: nobody can be certain what its tables are.
    """
    tables = sorted(
        name
        for name in files.names
        if "/" not in name and PurePosixPath(name).suffix.lower() in _SUFFIXES and name.lower() not in _SIDE_FILES
    )
    if tables and set(tables) <= set(_GBIF_NAMES):
        found = {name: _table(files, name, _GBIF_NAMES[name]) for name in tables}
        media = (found["multimedia.txt"],) if "multimedia.txt" in found else ()
        return Meta(found.get("occurrence.txt"), media, "")
    if len(tables) == 1:
        return Meta(_table(files, tables[0], ""), (), "")
    raise BadInput(
        f"An archive has a {FILE}, or is one table with a header, or GBIF's occurrence.txt and multimedia.txt",
        received=f"{files.path} with {', '.join(tables[:5])[:200] or 'no table'}",
        next_step=f"Ask for the archive with its {FILE}",
    )


def _table(files: ArchiveFiles, name: str, row_type: str) -> Table:
    line = next(files.blocks(name, _MAX_HEADER), b"").removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
    try:
        header = line.decode().rstrip("\r")
    except UnicodeDecodeError:
        header = ""
    layout = _layout(header)
    columns = [column.strip() for column in _split(header, layout)]
    known = [column.casefold() for column in columns]
    kind = row_type or next((kind for column, kind in _KINDS.items() if column in known), "")
    key = next((known.index(column) for column in _KINDS if column in known), None)
    if not kind or key is None:
        raise BadInput(
            "A table without meta.xml has a column gbifID, occurrenceID, taxonID or eventID",
            received=f"{files.label(name)}: {ascii(header)[:200]}",
            next_step="Ask for the archive with its meta.xml",
        )
    fields = tuple(Field(column, index) for index, column in enumerate(columns) if column)
    return Table(kind, (name,), layout, key, fields)


def _layout(header: str) -> Layout:
    separator = max("\t,;|", key=header.count) if "\t" not in header else "\t"
    # GBIF's tables never enclose fields, and a quotation mark in a name is one; CSV does.
    enclosed = separator != "\t" or header.startswith('"')
    return Layout(separator, '"' if enclosed else "", "utf-8", 1)


def _split(header: str, layout: Layout) -> list[str]:
    if not layout.quote:
        return header.split(layout.separator)
    return next(csv.reader(io.StringIO(header), delimiter=layout.separator), [])
