"""What an archive holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sporeprint_training.dataset.darwin_core.files import ArchiveFiles
from sporeprint_training.dataset.darwin_core.headers import guess_meta
from sporeprint_training.dataset.darwin_core.meta import FILE, MAX_XML, Table, read_meta
from sporeprint_training.dataset.darwin_core.rejections import Rejections
from sporeprint_training.dataset.darwin_core.rows import count_rows
from sporeprint_training.dataset.darwin_core.terms import EVENT, MEDIA, OCCURRENCE
from sporeprint_training.errors import BadInput

_METADATA = ("metadata.xml", "eml.xml", "EML.xml")
"""Where an archive describes itself when `meta.xml` does not say."""


@dataclass(frozen=True)
class DarwinCoreArchive:
    """An archive whose description has been read, and none of its rows."""

    files: ArchiveFiles
    core: Table | None
    """None when there are only media, as in a `multimedia.txt` cut out of a download."""
    extensions: tuple[Table, ...]
    """All that are described, those without a use here too."""
    metadata: str
    """Name of the file that describes the archive; "" without one."""

    @property
    def path(self) -> Path:
        """The zip or folder."""
        return self.files.path

    @property
    def media(self) -> tuple[Table, ...]:
        """The tables of photos, sounds and films."""
        return tuple(table for table in self.extensions if table.row_type in MEDIA)

    @property
    def subjects(self) -> Table | None:
        """The table of what photos show: the core, or an event's occurrences."""
        if self.core is None or self.core.row_type != EVENT:
            return self.core
        return next((table for table in self.extensions if table.row_type == OCCURRENCE), None)

    def rows(self) -> dict[str, int]:
        """Number of sound rows in each table that is there, by the name of its first file.

        Raises:
            BadInput: a file is damaged.
        """
        tables = [table for table in (self.core, *self.extensions) if table and set(table.files) <= self.files.names]
        return {table.files[0]: count_rows(self.files, table, Rejections()) for table in tables}


def open_archive(path: Path) -> DarwinCoreArchive:
    """Read the description of an archive.

    Args:
        path: a zip or a folder; either may wrap everything in one folder.

    Raises:
        BadInput: it is neither, is unsound or hostile, describes itself in a way that breaks the standard or is not
            understood here, or lacks the core or a table of media that it describes.
    """
    files = ArchiveFiles(path)
    meta = read_meta(files.read(FILE, MAX_XML), files.label(FILE)) if FILE in files.names else guess_meta(files)
    metadata = next((name for name in (meta.metadata, *_METADATA) if name in files.names), "")
    archive = DarwinCoreArchive(files, meta.core, meta.extensions, metadata)
    for table in (archive.core, *archive.media):
        for name in table.files if table else ():
            if name not in files.names:
                raise BadInput(
                    f"Every table that {FILE} describes is in the archive",
                    received=f"{files.label(name)}, which is missing",
                    next_step="Download or pack the archive again",
                )
    return archive


def is_archive(path: Path) -> bool:
    """Whether a source calls itself a Darwin Core Archive, sound or not.

    Raises:
        BadInput: it is no folder and no sound zip.
    """
    names = ArchiveFiles(path).names
    return FILE in names or {"occurrence.txt", "multimedia.txt"} & names != set()
