"""`meta.xml`: which tables an archive has and what their columns are (https://dwc.tdwg.org/text/).

The file is a stranger's. A document type declaration is refused as soon as it begins, so that no entity is ever
declared, let alone expanded.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from pathlib import PurePosixPath, PureWindowsPath
from xml.etree import ElementTree
from xml.parsers import expat

from sporeprint_training.dataset.darwin_core.terms import CORES, short
from sporeprint_training.errors import BadInput

FILE = "meta.xml"
MAX_XML = 16_000_000
"""Bytes of an XML file: GBIF's largest description of a data set has less than one million."""
_MAX_ELEMENTS = 200_000
"""Of an XML file: each takes a hundred bytes of memory, and as little as four in the file."""
_MAX_COLUMNS = 10_000
_MAX_HEADER_LINES = 1000
_PLAIN = "\t\n\r" + "".join(map(chr, range(32, 127)))
_ESCAPES = {r"\t": "\t", r"\n": "\n", r"\r": "\r", r"\r\n": "\r\n", r"\\": "\\"}


@dataclass(frozen=True)
class Layout:
    """How a table is written."""

    separator: str = ","
    quote: str = '"'
    """What encloses fields; "" when nothing does, and then it is an ordinary character."""
    encoding: str = "utf-8"
    header_lines: int = 0
    carriage_return: bool = False
    """Lines end with a carriage return alone; otherwise with a line feed, after a carriage return or not."""


@dataclass(frozen=True)
class Field:
    """A term and where it stands."""

    term: str
    index: int | None
    """Column, from 0; None when only `default` is stated."""
    default: str = ""
    """For rows that say nothing."""


@dataclass(frozen=True)
class Table:
    """A core or extension: one or more files with the same columns."""

    row_type: str
    files: tuple[str, ...]
    layout: Layout
    key: int | None
    """Column of the core's id, by which the tables are joined."""
    fields: tuple[Field, ...]

    @cached_property
    def terms(self) -> dict[str, Field]:
        """Fields by `short` name; the first one counts."""
        return {short(field.term): field for field in reversed(self.fields)}

    def field(self, *terms: str) -> Field | None:
        """The first of the terms that the table has."""
        return next((self.terms[term.casefold()] for term in terms if term.casefold() in self.terms), None)


@dataclass(frozen=True)
class Meta:
    """What `meta.xml` says."""

    core: Table | None
    extensions: tuple[Table, ...]
    metadata: str
    """Name of the file that describes the whole; "" when none is named."""


def read_meta(data: bytes, label: str) -> Meta:
    """Read `meta.xml`.

    Args:
        data: its bytes, in any encoding that it declares.
        label: what messages call it.

    Raises:
        BadInput: it is no XML, declares a document type, has no core or an unknown one, names files outside the
            archive, or describes a table that nobody can split into fields.
    """
    root = parse_xml(data, label)
    if _local(root.tag) not in ("archive", "stararchive"):
        raise _broken(label, f"the element {_local(root.tag)[:80]}", "Its root is <archive>")
    cores = [child for child in root if _local(child.tag) == "core"]
    if len(cores) != 1:
        raise _broken(label, f"{len(cores)} cores", "It describes exactly one core")
    core = _table(cores[0], label)
    if core.row_type not in CORES:
        raise BadInput(
            f"An archive's core has the rowType {', '.join(CORES)}",
            received=f"{label}: {core.row_type[:200] or 'no rowType'}",
            next_step="Correct the rowType, or ask the publisher for occurrences",
        )
    extensions = tuple(_table(child, label) for child in root if _local(child.tag) == "extension")
    metadata = _attributes(root).get("metadata", "").strip()
    # An address is none of the archive's files.
    return Meta(core, extensions, "" if "://" in metadata else _inside(metadata, label) if metadata else "")


def parse_xml(data: bytes, label: str) -> ElementTree.Element:
    """The root of a stranger's XML.

    Raises:
        BadInput: it is not well-formed, too large, or declares a document type.
    """
    if len(data) > MAX_XML:
        raise _broken(label, f"{len(data):,} bytes", f"It has at most {MAX_XML // 10**6} MB")
    builder, parser = ElementTree.TreeBuilder(), expat.ParserCreate(namespace_separator="}")
    number = count()

    def refuse(*_: object) -> None:
        raise BadInput(
            "XML in an archive declares no document type and no entities",
            received=f"{label}, which does",
            next_step="Do not use this file; it was made to attack its reader",
        )

    def start(tag: str, attributes: dict[str, str]) -> None:
        if next(number) >= _MAX_ELEMENTS:
            raise _broken(label, "more", f"It has at most {_MAX_ELEMENTS:,} elements")
        builder.start(tag, attributes)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        # GBIF has written line breaks before the declaration, where the standard allows none.
        parser.Parse(data.lstrip(), True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the latter two: an unknown encoding
        raise _broken(label, str(error)[:200], "It is well-formed XML") from None
    return builder.close()


def _table(element: ElementTree.Element, label: str) -> Table:
    said = _attributes(element)
    kind = _local(element.tag)
    files = [
        _inside((location.text or "").strip(), label)
        for location in element.iter()
        if _local(location.tag) == "location"
    ]
    row_type = said.get("rowtype", "").strip()
    if not files:
        raise _broken(label, f"a {kind} {row_type[:200]} without any", "Every table has a file as its location")
    if not row_type:
        raise _broken(label, f"{files[0]} without one", "Every table has a rowType")
    children = {name: [child for child in element if _local(child.tag) == name] for name in ("id", "coreid", "field")}
    keys = [_index(child, label) for child in (*children["coreid"], *children["id"])]
    fields = tuple(_field(child, label) for child in children["field"])
    return Table(row_type, tuple(files), _layout(said, label), keys[0] if keys else None, fields)


def _field(element: ElementTree.Element, label: str) -> Field:
    said = _attributes(element)
    return Field(said.get("term", "").strip(), _index(element, label), said.get("default", "").strip())


def _index(element: ElementTree.Element, label: str) -> int | None:
    text = _attributes(element).get("index", "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) >= _MAX_COLUMNS:
        raise _broken(label, f"the index {text[:40]!r}", "The index of a column is a whole number from 0")
    return int(text)


def _layout(said: dict[str, str], label: str) -> Layout:
    # A parser makes a space of a tab or line break that stands as itself in an attribute.
    separator = {" ": "\t", "": ","}.get(value := _unescaped(said, "fieldsterminatedby", ","), value)
    quote = _unescaped(said, "fieldsenclosedby", '"').strip()
    lines = _unescaped(said, "linesterminatedby", "\n").strip(" ") or "\n"
    for name, text in (("fieldsTerminatedBy", separator), ("fieldsEnclosedBy", quote or '"')):
        if len(text) != 1 or not text.isascii() or text in "\r\n\0":
            raise _broken(label, f"{name}={text[:40]!r}", "Fields are separated and enclosed by one ASCII character")
    if separator == quote:
        raise _broken(label, f"{separator!r} for both", "Fields are separated by one character, enclosed by another")
    if lines not in ("\n", "\r\n", "\r"):
        raise _broken(label, f"linesTerminatedBy={lines[:40]!r}", "Lines end with a line break")
    header = said.get("ignoreheaderlines", "").strip() or "0"
    if not (header.isascii() and header.isdigit()) or len(header) > 9 or int(header) > _MAX_HEADER_LINES:
        raise _broken(label, f"ignoreHeaderLines={header[:40]!r}", "The number of header lines is a whole number")
    return Layout(separator, quote, _encoding(said.get("encoding", ""), label), int(header), lines == "\r")


def _encoding(text: str, label: str) -> str:
    try:
        name = codecs.lookup(text.strip() or "utf-8").name.removesuffix("-sig")
        usable = _PLAIN.encode(name) == _PLAIN.encode("ascii")
    except (LookupError, ValueError):  # the former also for a codec of something else than text
        usable, name = False, ""
    # With a state, bytes that look like separators may be none.
    if not usable or name.startswith(("iso2022", "raw")):
        raise _broken(label, f"encoding={text[:40]!r}", "Tables are in UTF-8, or in an encoding that contains ASCII")
    return "utf-8" if name == "ascii" else name


def _unescaped(said: dict[str, str], name: str, default: str) -> str:
    text = said.get(name, default)
    return _ESCAPES.get(text.strip().lower(), text)


def _inside(name: str, label: str) -> str:
    """A location as it is called in the archive.

    Raises:
        BadInput: it is empty, an address, or outside.
    """
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    outside = posix.is_absolute() or windows.drive or windows.root or ".." in (*posix.parts, *windows.parts)
    if not name or outside or "://" in name or "\0" in name:
        raise BadInput(
            "Every file that meta.xml names lies in the archive",
            received=f"{label} with the location {name[:200]!r}",
            next_step="Download what lies elsewhere into the archive's folder and name it there",
        )
    return posix.as_posix()


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()


def _attributes(element: ElementTree.Element) -> dict[str, str]:
    return {_local(name): value for name, value in element.attrib.items()}


def _broken(label: str, received: str, rule: str) -> BadInput:
    return BadInput(rule, received=f"{label}: {received}", next_step="Correct the file, or ask for the archive again")
