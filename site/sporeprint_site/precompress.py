"""Files compressed beforehand, for web servers that send `page.html.br` in the place of `page.html`."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from sporeprint_training.errors import StepFailed

Coding = Literal["br", "gz"]
_LEFT_OUT = (".png", ".jpg", ".jpeg", ".webp", "_headers", ".nojekyll")
"""Pictures are compressed already, and hosts read the last two themselves."""
_LEAST_GAIN = 0.02
"""A file that becomes hardly smaller only costs the phone the time to unpack it."""
_PARALLEL = 4


def precompressed(files: Mapping[str, bytes], codings: Sequence[Coding]) -> dict[str, bytes]:
    """Compressed copies of the files that gain by it: `path.br` and `path.gz`, the same bytes every time.

    Args:
        files: path in the site to content.
        codings: which to make.

    Raises:
        StepFailed: brotli is wanted and not installed.
    """
    found: dict[str, bytes] = {}
    wanted = {path: data for path, data in sorted(files.items()) if not path.endswith(_LEFT_OUT)}
    for coding in codings:
        compress = _brotli() if coding == "br" else _gzip
        # Both let other threads run while they work.
        with ThreadPoolExecutor(_PARALLEL) as threads:
            small = dict(zip(wanted, threads.map(compress, wanted.values()), strict=True))
        found |= {
            f"{path}.{coding}": data for path, data in small.items() if len(data) < len(files[path]) * (1 - _LEAST_GAIN)
        }
    return found


def sizes_in_words(files: Mapping[str, bytes], made: Mapping[str, bytes]) -> list[str]:
    """A line for each coding: how many files it pays for, and how much smaller they are."""
    lines: list[str] = []
    for coding in ("br", "gz"):
        paths = [path.removesuffix(f".{coding}") for path in made if path.endswith(f".{coding}")]
        if paths:
            before, after = (
                sum(len(files[path]) for path in paths),
                sum(len(made[f"{path}.{coding}"]) for path in paths),
            )
            lines.append(f"{coding}: {len(paths)} files, {after / 1e6:.2f} MB instead of {before / 1e6:.2f} MB")
    return lines


def _gzip(data: bytes) -> bytes:
    packed = gzip.compress(data, 9, mtime=0)
    # The tenth byte names the system that packed it (RFC 1952, 2.3.1); 255 is "unknown", the same everywhere.
    return packed[:9] + b"\xff" + packed[10:]


def _brotli() -> Callable[[bytes], bytes]:
    try:
        import brotli
    except ImportError:
        raise StepFailed(
            'Files are compressed with brotli when precompress names "br"',
            received="no brotli",
            next_step="Install it: pip install 'sporeprint[precompress]', or leave \"br\" out",
        ) from None

    def compress(data: bytes) -> bytes:
        packed: bytes = brotli.compress(data, quality=11)
        return packed

    return compress
