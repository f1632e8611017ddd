"""Names of Darwin Core, Dublin Core, GBIF and Audiovisual Core, and which of them fill a records frame.

Sources: https://dwc.tdwg.org/terms/, https://ac.tdwg.org/termlist/, https://rs.gbif.org/extension/.
"""

from __future__ import annotations

DWC = "http://rs.tdwg.org/dwc/terms/"
GBIF = "http://rs.gbif.org/terms/1.0/"
AC = "http://rs.tdwg.org/ac/terms/"
_NAMESPACES = (
    DWC,
    GBIF,
    AC,
    "http://purl.org/dc/terms/",
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/xap/1.0/rights/",
)
OCCURRENCE, TAXON, EVENT = f"{DWC}Occurrence", f"{DWC}Taxon", f"{DWC}Event"
CORES = (OCCURRENCE, TAXON, EVENT)
MULTIMEDIA, IMAGE, AUDIOVISUAL = f"{GBIF}Multimedia", f"{GBIF}Image", f"{AC}Multimedia"
MEDIA = (MULTIMEDIA, IMAGE, AUDIOVISUAL)
ADDRESS = {MULTIMEDIA: "identifier", IMAGE: "identifier", AUDIOVISUAL: "accessURI"}
"""The term that locates the file itself. `references` and `furtherInformationURL` lead to a page that shows it, and
Audiovisual Core's `identifier` is any code, so neither stands in for it."""

TEXT_TERMS = {
    "scientific_name": ("scientificName",),
    "accepted_name": ("acceptedScientificName", "acceptedNameUsage"),
    "rank": ("taxonRank",),
    "kingdom": ("kingdom",),
    "phylum": ("phylum",),
    "class": ("class",),
    "order": ("order",),
    "family": ("family",),
    "genus": ("genus",),
    "species": ("species",),
    "taxonomic_status": ("taxonomicStatus",),
    "basis_of_record": ("basisOfRecord",),
    "observer": ("recordedBy",),
    "rights_holder": ("rightsHolder",),
    "licence_verbatim": ("license", "rights"),
    "source_dataset": ("datasetKey", "datasetID", "datasetName"),
    "country": ("countryCode", "country"),
    "observed_on": ("eventDate",),
    "year": ("year",),
    "month": ("month",),
    "day": ("day",),
    "status": ("occurrenceStatus",),
}
"""Column, or what a column is made of, to the terms of an occurrence that state it, the best first."""
NUMBER_TERMS = {
    "latitude": "decimalLatitude",
    "longitude": "decimalLongitude",
    "uncertainty_m": "coordinateUncertaintyInMeters",
}
"""Column to its term."""
MEDIA_TERMS = {
    "author": ("creator",),
    "rights_holder": ("rightsHolder", "Owner"),
    "licence_verbatim": ("license", "rights", "WebStatement", "UsageTerms"),
    "type": ("type",),
    "format": ("format",),
}
"""The same for rows of media. What a photo's row says of rights and licence comes before what its occurrence says."""
NAMES = ("species", "acceptedScientificName", "scientificName", "acceptedNameUsage", "genus")
"""Terms of which an occurrence needs one: without any, nobody can say what a photo shows."""


def short(term: str) -> str:
    """A term without its namespace when that is known, in lower case as headers of simple downloads are."""
    name = term.strip()
    for namespace in _NAMESPACES:
        if name.startswith(namespace):
            name = name.removeprefix(namespace)
            break
    return name.casefold()
