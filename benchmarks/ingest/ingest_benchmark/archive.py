"""An archive as large as asked for, with made-up finds in GBIF's columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from ingest_benchmark.columns import MULTIMEDIA, OCCURRENCE

_SPECIES, _PEOPLE, _TEMPLATES = 2_500, 20_000, 20_000
_BLOCK = 5_000
_SYLLABLES = ("am", "bo", "cor", "dri", "ella", "fus", "ga", "hy", "li", "my", "nar", "op", "pso", "rus", "ti", "va")
_LICENCES = (("CC_BY_NC_4_0", "by-nc/4.0"), ("CC_BY_4_0", "by/4.0"), ("CC0_1_0", "zero/1.0"))
_FIRST = 2_000_000_000
_TABLE = 'encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1"'
_ROW_TYPES = {
    "occurrence.txt": "http://rs.tdwg.org/dwc/terms/Occurrence",
    "multimedia.txt": "http://rs.gbif.org/terms/1.0/Multimedia",
}


def write_archive(folder: Path, occurrences: int, media: int) -> None:
    """Write an unpacked archive: `meta.xml`, `occurrence.txt`, `multimedia.txt`.

    Args:
        folder: is created.
        occurrences: number of rows with 241 columns, about 1,100 bytes each.
        media: number of photos, which belong to occurrences in the order of both.
    """
    folder.mkdir(parents=True, exist_ok=True)
    finds = _finds()
    tables = ("core", "occurrence.txt", OCCURRENCE), ("extension", "multimedia.txt", MULTIMEDIA)
    described = "".join(_described(tag, name, columns) for tag, name, columns in tables)
    (folder / "meta.xml").write_text(f'<archive xmlns="http://rs.tdwg.org/dwc/text/">{described}</archive>')
    _write(folder / "occurrence.txt", OCCURRENCE, _occurrences(finds, occurrences))
    _write(folder / "multimedia.txt", MULTIMEDIA, _media(finds, occurrences, media))


def _described(tag: str, name: str, columns: list[str]) -> str:
    key = "id" if tag == "core" else "coreid"
    fields = "".join(f'<field index="{index}" term="{_term(column)}"/>' for index, column in enumerate(columns))
    files = f"<files><location>{name}</location></files>"
    return f'<{tag} {_TABLE} rowType="{_ROW_TYPES[name]}">{files}<{key} index="0"/>{fields}</{tag}>'


def _term(column: str) -> str:
    gbif = column in ("gbifID", "acceptedScientificName", "species", "datasetKey", "mediaType")
    dublin = column in MULTIMEDIA and column != "gbifID"
    if gbif:
        return f"http://rs.gbif.org/terms/1.0/{column}"
    return f"http://purl.org/dc/terms/{column}" if dublin else f"http://rs.tdwg.org/dwc/terms/{column}"


def _write(path: Path, columns: list[str], rows: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\t".join(columns) + "\n")
        while block := list(islice(rows, _BLOCK)):
            stream.write("".join(block))


def _finds() -> list[dict[str, str]]:
    """Templates of finds, which rows repeat with numbers of their own."""
    random = Random(0)
    species = [_taxonomy(random) for _ in range(_SPECIES)]
    people = [f"{_word(random)} {_word(random)}" for _ in range(_PEOPLE)]
    # As on the long tail of real finds: few species have most of them.
    return [_find(random, species[int(_SPECIES * random.random() ** 3)], random.choice(people))
            for _ in range(_TEMPLATES)]  # fmt: skip


def _word(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=3)).capitalize()


def _taxonomy(random: Random) -> dict[str, str]:
    genus, epithet, author = _word(random), _word(random).lower(), _word(random)
    name = f"{genus} {epithet} {author}, {random.randint(1753, 2020)}"
    return {
        "scientificName": name, "acceptedScientificName": name, "verbatimScientificName": f"{genus} {epithet}",
        "species": f"{genus} {epithet}", "genus": genus, "genericName": genus, "specificEpithet": epithet,
        "family": f"{_word(random)}aceae", "order": random.choice(("Agaricales", "Boletales", "Russulales")),
        "class": "Agaricomycetes", "phylum": "Basidiomycota", "kingdom": "Fungi", "taxonRank": "SPECIES",
        "taxonomicStatus": "ACCEPTED", "taxonKey": str(random.randint(10**6, 10**7)), "kingdomKey": "5",
    }  # fmt: skip


def _find(random: Random, taxonomy: dict[str, str], person: str) -> dict[str, str]:
    year, month, day = random.randint(2008, 2024), random.randint(1, 12), random.randint(1, 28)
    date, (code, licence) = f"{year}-{month:02}-{day:02}", random.choice(_LICENCES)
    place = f"{_word(random)}, {_word(random)} county, {_word(random)}"
    return {
        **taxonomy, "recordedBy": person, "rightsHolder": person, "identifiedBy": person, "license": code,
        "media_license": f"http://creativecommons.org/licenses/{licence}/", "modified": f"{date}T01:39:04Z",
        "eventDate": f"{date}T{random.randint(0, 23):02}:{{1:.2}}:{random.randint(0, 59):02}",
        "year": str(year), "month": str(month), "day": str(day), "rights": f"© {person} some rights reserved",
        "decimalLatitude": f"{random.uniform(35, 70):.2f}{{1}}", "geodeticDatum": "WGS84",
        "decimalLongitude": f"{random.uniform(-120, 40):.2f}{{1}}", "hasCoordinate": "true",
        "coordinateUncertaintyInMeters": f"{random.randint(3, 30_000)}.0", "locality": place, "verbatimLocality": place,
        "countryCode": random.choice(("SE", "US", "DE", "FR", "NO", "DK", "NA")), "stateProvince": _word(random),
        "basisOfRecord": "HUMAN_OBSERVATION", "occurrenceStatus": "PRESENT", "hasGeospatialIssues": "false",
        "datasetKey": "50c9509d-22c7-4a22-a47d-8c48425ef4a7", "datasetName": "Finds that nobody made",
        "institutionCode": "Nobody", "collectionCode": "Observations", "mediaType": "StillImage",
        "occurrenceRemarks": " ".join(_word(random) for _ in range(random.randint(0, 12))), "publishingCountry": "US",
        "issue": "COORDINATE_ROUNDED;GEODETIC_DATUM_ASSUMED_WGS84", "lastInterpreted": "2024-11-02T05:45:04.129Z",
        "lastParsed": "2024-11-02T05:45:04.129Z", "protocol": "DWC_ARCHIVE", "repatriated": "false",
    }  # fmt: skip


def _occurrences(finds: list[dict[str, str]], number: int) -> Iterator[str]:
    numbered = {"gbifID": "{0}", "occurrenceID": "https://finds.example.org/observations/{0}", "catalogNumber": "{0}"}
    rows = ["\t".join((find | numbered).get(column, "") for column in OCCURRENCE) + "\n" for find in finds]
    for index in range(number):
        yield rows[index % _TEMPLATES].format(_FIRST + index, f"{index % 10_007:04}")


def _media(finds: list[dict[str, str]], occurrences: int, number: int) -> Iterator[str]:
    rows = []
    for find in finds:
        stated = {
            "gbifID": "{0}", "type": "StillImage", "format": "image/jpeg", "created": find["modified"],
            "identifier": "https://photos.example.org/photos/{1}/original.jpeg", "publisher": "Nobody",
            "references": "https://finds.example.org/photos/{1}", "creator": find["recordedBy"],
            "license": find["media_license"], "rightsHolder": find["rightsHolder"],
        }  # fmt: skip
        rows.append("\t".join(stated.get(column, "") for column in MULTIMEDIA) + "\n")
    for index in range(number):
        owner = index * occurrences // number
        yield rows[owner % _TEMPLATES].format(_FIRST + owner, 10**8 + index)
