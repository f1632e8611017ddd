"""A GBIF download whose photos a server of the test gives out."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from darwin_core_archives import DC, DWC, GBIF, described, meta
from photo_server import Answer, Server, reply

_CORE = (
    f"{GBIF}gbifID",
    *(f"{DWC}{term}" for term in ("scientificName", "kingdom", "phylum", "class", "order", "family", "genus")),
    *(f"{DWC}{term}" for term in ("taxonRank", "eventDate", "decimalLatitude", "decimalLongitude", "recordedBy")),
    f"{DWC}datasetKey",
)
_MEDIA = (
    f"{GBIF}gbifID",
    *(f"{DC}{term}" for term in ("type", "format", "identifier", "license", "creator", "rightsHolder")),
)
_RANKS = "Fungi\tBasidiomycota\tAgaricomycetes\tAgaricales\tAmanitaceae"
_EML = '<eml packageId="10.15468/dl.test01"><dataset><title>Download</title></dataset></eml>'
BY = "http://creativecommons.org/licenses/by/4.0/legalcode"


@dataclass
class ServedArchive:
    """Occurrences are added one by one, then `write` packs them."""

    server: Server
    jpeg: Callable[..., bytes]
    occurrences: list[str] = field(default_factory=list)
    media: list[str] = field(default_factory=list)

    def add(
        self, name: str, photos: int = 2, *, licence: str = BY, answers: Sequence[Answer] = (), **stated: str
    ) -> str:
        """One occurrence of a species with photos that are served, or answered as `answers` say; its key."""
        key = str(1000 + len(self.occurrences))
        rank, observer = stated.get("rank", "SPECIES"), stated.get("observer", f"observer {key}")
        row = (key, name, _RANKS, name.split()[0], rank, "2021-09-12", "47.5", "8.25", observer, "data-set-key")
        self.occurrences.append("\t".join(row))
        for _ in range(photos):
            number = len(self.media)
            address = self.server.answer(f"/{number}.jpg", *(answers or (reply(self.jpeg(number, (96, 72))),)))
            credit = f"{licence}\tphotographer {number}\tholder"
            self.media.append(f"{key}\tStillImage\timage/jpeg\t{address}\t{credit}")
        return key

    def write(self, path: Path) -> Path:
        """Pack the archive."""
        tables = {
            "occurrence.txt": (_CORE, self.occurrences),
            "multimedia.txt": (_MEDIA, self.media),
        }
        with zipfile.ZipFile(path, "w") as archive:
            core = described("core", f"{DWC}Occurrence", "occurrence.txt", _CORE)
            extension = described("extension", f"{GBIF}Multimedia", "multimedia.txt", _MEDIA)
            archive.writestr("meta.xml", meta(core, extension))
            archive.writestr("metadata.xml", _EML)
            for name, (terms, rows) in tables.items():
                header = "\t".join(term.rpartition("/")[2] for term in terms)
                archive.writestr(name, "\n".join([header, *rows, ""]))
        return path
