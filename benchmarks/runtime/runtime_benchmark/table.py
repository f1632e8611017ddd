"""From measurements to rows, and from rows to what they say."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime_benchmark.measured import Answer, ColdStart, Site
from sporeprint_site.compare import compare_scores
from sporeprint_training.decision import calibrated_scores

Scores = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Row:
    """One runtime's figures."""

    name: str
    ours: bool
    reference: bool
    """The app with float32 weights: latencies are compared with it."""
    backend: str
    bytes: int
    """Sent until the first answer: page, library, wasm, model."""
    bytes_brotli: int
    ready_ms: float
    """Median over the cold starts."""
    first_ms: float
    median_ms: float
    """Median over the pictures, warm, of each one's fastest answer."""
    best_ms: float
    """The fastest picture: what is left of `median_ms` on a machine with nothing else to do."""
    ratio: float
    """`median_ms` as a share of the reference's."""
    memory: int | None
    """Bytes beyond a blank page's; median over the cold starts."""
    agreement: float
    """Share of pictures with the trained model's best class."""
    max_abs_dp: float
    """Largest difference of a calibrated score from the trained model's."""


def make_rows(
    sites: Sequence[Site],
    cold: Mapping[str, Sequence[ColdStart]],
    warm: Mapping[str, Sequence[Answer]],
    *,
    brotli: Mapping[Path, int],
    blank: int | None,
    keras: Scores,
    temperature: float,
) -> list[Row]:
    """Rows from the fastest to the slowest; one that answers otherwise than the trained model comes after all others.

    Args:
        sites: what was measured; one of them is the reference.
        cold: runtime's name to its cold starts, at least one.
        warm: runtime's name to its answers by picture.
        brotli: every sent file to its length after brotli.
        blank: a blank page's memory.
        keras: the trained model's calibrated scores by picture.
        temperature: divides the peers' logits.
    """
    medians = {name: statistics.median(answer.ms for answer in answers) for name, answers in warm.items()}
    reference = next(medians[site.name] for site in sites if site.reference)
    rows = []
    for site in sites:
        starts = cold[site.name]
        sent = [site.folder / path.lstrip("/") for path in starts[0].sent]
        compared = compare_scores(_scores(site, warm[site.name], temperature), keras)
        assert compared is not None  # there are pictures
        memory = [start.memory - blank for start in starts if start.memory is not None and blank is not None]
        rows.append(
            Row(
                name=site.name,
                ours=site.ours,
                reference=site.reference,
                backend=starts[0].backend,
                bytes=sum(path.stat().st_size for path in sent),
                bytes_brotli=sum(brotli[path] for path in sent),
                ready_ms=statistics.median(start.ready_ms for start in starts),
                first_ms=statistics.median(start.first_ms for start in starts),
                median_ms=medians[site.name],
                best_ms=min(answer.ms for answer in warm[site.name]),
                ratio=medians[site.name] / reference,
                memory=int(statistics.median(memory)) if memory else None,
                agreement=compared.agreement,
                max_abs_dp=compared.max_abs_dp,
            )
        )
    return sorted(rows, key=lambda row: (_wrong(row), row.median_ms))


def _scores(site: Site, answers: Sequence[Answer], temperature: float) -> list[list[float]]:
    if site.ours:
        return [list(answer.values) for answer in answers]
    return [calibrated_scores(answer.values, temperature) for answer in answers]


def _wrong(row: Row) -> bool:
    # A quantised bundle may lose a photo on the edge between two species; the float32 models are all the same model.
    return row.agreement < 1 and not (row.ours and not row.reference)


@dataclass(frozen=True)
class Verdict:
    """What the issue asks of the project's runtime."""

    fewest_bytes: bool
    """Whether the reference sends fewer bytes than every peer, raw and after brotli."""
    fastest_peer: str
    slower: float
    """The reference's median latency over the fastest right peer's, minus one; negative when ours is faster."""


def judge(rows: Sequence[Row]) -> Verdict:
    """Compare the reference with the peers; a peer that answers wrongly does not count for its speed."""
    ours = next(row for row in rows if row.reference)
    peers = [row for row in rows if not row.ours]
    fastest = min((row for row in peers if not _wrong(row)), key=lambda row: row.median_ms)
    return Verdict(
        fewest_bytes=all(ours.bytes < row.bytes and ours.bytes_brotli < row.bytes_brotli for row in peers),
        fastest_peer=fastest.name,
        slower=ours.median_ms / fastest.median_ms - 1,
    )
