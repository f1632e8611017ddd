"""How an archive, and each data set in it, is to be cited, and under which rights they are.

Source: https://www.gbif.org/citation-guidelines. What is here is what the archive says of itself, in the Ecological
Metadata Language and in GBIF's `citations.txt` and `rights.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element

from sporeprint_training.dataset.darwin_core.meta import MAX_XML, parse_xml
from sporeprint_training.dataset.darwin_core.opening import DarwinCoreArchive

MAX_CITATION = 2000
"""Characters of a citation or statement of rights that are kept."""
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]*[^\s\"<>.,;)]")
_RIGHTS_LINE = "Rights as supplied:"


@dataclass(frozen=True)
class DatasetCitation:
    """One data set that records come from. Every text is the publisher's, and "" where nothing is said."""

    key: str
    """GBIF's key, which records have as `source_dataset`."""
    title: str
    doi: str
    """Without `https://doi.org/`."""
    citation: str
    rights: str


@dataclass(frozen=True)
class Citation:
    """What to cite for a whole archive."""

    doi: str
    """Of the download, or of the data set that the archive is."""
    text: str
    datasets: tuple[DatasetCitation, ...]
    """In the order of their keys; of a download from GBIF."""


def read_citation(archive: DarwinCoreArchive) -> Citation:
    """Read what an archive says of itself.

    Raises:
        BadInput: one of its descriptions is hostile, damaged or no XML.
    """
    root = _metadata(archive)
    text = _said(root, "citation") if root is not None else ""
    rights = dict(_stated_rights(archive))
    names = sorted(name for name in archive.files.names if re.fullmatch(r"dataset/[^/]+\.xml", name))
    return Citation(
        archive_doi(archive), text or _title(root), tuple(_dataset(archive, name, rights) for name in names)
    )


def archive_doi(archive: DarwinCoreArchive) -> str:
    """The DOI to cite for everything in the archive; "" when it names none.

    Raises:
        BadInput: its description is hostile, damaged or no XML.
    """
    root = _metadata(archive)
    return "" if root is None else _doi(root)


def _metadata(archive: DarwinCoreArchive) -> Element | None:
    if not archive.metadata:
        return None
    return parse_xml(archive.files.read(archive.metadata, MAX_XML), archive.files.label(archive.metadata))


def _dataset(archive: DarwinCoreArchive, name: str, rights: dict[str, str]) -> DatasetCitation:
    root = parse_xml(archive.files.read(name, MAX_XML), archive.files.label(name))
    title, own = _title(root), " ".join(_rights(root))
    key = PurePosixPath(name).stem
    return DatasetCitation(key, title, _doi(root), _said(root, "citation"), own[:MAX_CITATION] or rights.get(title, ""))


def _doi(root: Element) -> str:
    # GBIF names the DOI of a data set before its publisher's other ids, and repeats it in the citation.
    places = [
        root.get("packageId", ""),
        *(element.get("identifier", "") for element in _elements(root, "citation")),
        *(_text(element) for element in _elements(root, "alternateIdentifier")),
        _said(root, "citation"),
    ]
    return next((found[0] for place in places if (found := _DOI.search(place))), "")


def _title(root: Element | None) -> str:
    return "" if root is None else _said(root, "title")


def _rights(root: Element) -> Iterator[str]:
    for element in _elements(root, "intellectualRights"):
        yield _text(element)
        yield from (link.get("url", "") for link in _elements(element, "ulink"))


def _said(root: Element, name: str) -> str:
    return next((text for element in _elements(root, name) if (text := _text(element))), "")[:MAX_CITATION]


def _elements(root: Element, name: str) -> Iterator[Element]:
    return (element for element in root.iter() if element.tag.rpartition("}")[2] == name)


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _stated_rights(archive: DarwinCoreArchive) -> Iterator[tuple[str, str]]:
    """Titles of data sets and their rights in GBIF's `rights.txt`."""
    if "rights.txt" not in archive.files.names:
        return
    title = ""
    for line in archive.files.read("rights.txt", MAX_XML).decode("utf-8", "replace").splitlines():
        if line.startswith("Dataset:"):
            title = line.removeprefix("Dataset:").strip()
        elif line.startswith(_RIGHTS_LINE):
            yield title, line.removeprefix(_RIGHTS_LINE).strip()[:MAX_CITATION]
