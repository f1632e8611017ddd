"""What a phone has to download: all of a bundle, compressed on the way or not, or what changed since another one."""

from __future__ import annotations

from collections.abc import Iterable

import brotli

from sporeprint_export.bundle import Bundle
from sporeprint_export.manifest import DOWNLOADED_ROLES, BundleFile, Manifest

QUALITY = 5
"""What web servers compress with on the fly; files compressed beforehand, with 11, are a few per cent smaller."""


def compressed_bytes(data: bytes) -> int:
    """Length with brotli, or as it is where that is shorter."""
    return min(len(data), len(brotli.compress(data, quality=QUALITY)))


def downloads(manifest: Manifest) -> dict[str, BundleFile]:
    """The files that a phone fetches besides the manifest, by hash: equal content is fetched once."""
    return {file.sha256: file for file in manifest.files if file.role in DOWNLOADED_ROLES}


def changed_bytes(new: Manifest, old: Manifest) -> int:
    """Bytes that a phone with `old` fetches to have `new`, its manifest included."""
    known = downloads(old)
    files = sum(file.bytes for sha256, file in downloads(new).items() if sha256 not in known)
    return files + (0 if new.id == old.id else len(new.to_json()))


def bundle_bytes(bundle: Bundle) -> tuple[int, int]:
    """Everything that a phone fetches of a bundle: as it is, and with brotli."""
    parts: Iterable[bytes] = [
        bundle.manifest.to_json(),
        *(bundle.read(file) for file in downloads(bundle.manifest).values()),
    ]
    sizes = [(len(part), compressed_bytes(part)) for part in parts]
    return sum(size for size, _ in sizes), sum(size for _, size in sizes)
