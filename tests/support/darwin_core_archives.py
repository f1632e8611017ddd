"""Small Darwin Core Archives, written as strangers might."""

DWC, DC, GBIF = "http://rs.tdwg.org/dwc/terms/", "http://purl.org/dc/terms/", "http://rs.gbif.org/terms/1.0/"
OCCURRENCE = (f"{GBIF}gbifID", f"{DWC}occurrenceID", f"{DWC}scientificName", f"{DWC}countryCode")
MULTIMEDIA = (f"{GBIF}gbifID", f"{DC}type", f"{DC}format", f"{DC}identifier", f"{DC}license")
TAB = 'encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1"'


def described(tag: str, row_type: str, location: str, terms: tuple[str, ...], attributes: str = TAB) -> str:
    """A table in `meta.xml`; its first column is the core's id."""
    key = "id" if tag == "core" else "coreid"
    fields = "".join(f'<field index="{index}" term="{term}"/>' for index, term in enumerate(terms))
    location = f"<files><location>{location}</location></files>"
    return f'<{tag} {attributes} rowType="{row_type}">{location}<{key} index="0"/>{fields}</{tag}>'


def meta(*tables: str) -> str:
    """A whole `meta.xml`."""
    return f'<archive xmlns="http://rs.tdwg.org/dwc/text/">{"".join(tables)}</archive>'


CORE = described("core", f"{DWC}Occurrence", "occurrence.txt", OCCURRENCE)
MEDIA = described("extension", f"{GBIF}Multimedia", "multimedia.txt", MULTIMEDIA)
PLAIN = {
    "meta.xml": meta(CORE, MEDIA),
    "occurrence.txt": "gbifID\toccurrenceID\tscientificName\tcountryCode\n"
    "1\turn:a\tAmanita muscaria (L.) Lam.\tSE\n"
    "2\t77\tBoletus edulis Bull.\tFR\n",
    "multimedia.txt": "gbifID\ttype\tformat\tidentifier\tlicense\n"
    "1\tStillImage\timage/jpeg\thttps://example.org/1.jpg\tCC0\n"
    "1\tStillImage\timage/jpeg\thttps://example.org/2.jpg\tCC0\n"
    "2\tStillImage\timage/jpeg\thttps://example.org/3.jpg\t\n",
}
"""Two occurrences with three photos."""
