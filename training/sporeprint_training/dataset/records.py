"""Media records: what a source says of every photo before any photo is opened, in one form for all sources.

A source of any format (Darwin Core Archive, table, class folders, HDF5) is read into a frame with these columns; what
follows (filters, taxonomy, selection, download) knows no format.
"""

from __future__ import annotations

RANKS = ("kingdom", "phylum", "class", "order", "family", "genus", "species")

TEXT_COLUMNS = (
    # Where the photo is: an address, or a path inside `source`.
    "media",
    "source",
    # The observation's address or id: photos with the same one show one find, and no split divides them.
    "observation_id",
    # As stated, with or without its author; then what the source says it is an accepted name of.
    "scientific_name",
    "accepted_name",
    # Lower case, such as "species", "subspecies", "genus"; "" unknown.
    "rank",
    *RANKS,
    # Of the name, such as "accepted", "synonym", "doubtful", lower case; "" unknown.
    "taxonomic_status",
    # `2021-10-03` or `2021-10`; "" unknown.
    "observed_on",
    "basis_of_record",
    # Who saw it (recordedBy), who took the photo (creator), who holds the rights, as stated.
    "observer",
    "author",
    "rights_holder",
    # Licence as stated; `licences.py` makes an SPDX id of it.
    "licence_verbatim",
    # The data set at GBIF or elsewhere that the record is from, and the DOI to cite.
    "source_dataset",
    "doi",
    "country",
)
NUMBER_COLUMNS = ("latitude", "longitude", "uncertainty_m")
"""Degrees in WGS84 and metres, float64; NaN unknown."""
COLUMNS = (*TEXT_COLUMNS, *NUMBER_COLUMNS, "line")
"""`line` is the record's line in the source's table of photos, 1 for the first, 0 where it has none."""
