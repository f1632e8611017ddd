"""Answers as CSV and as JSON, written one by one; the safety line stands before every name."""

from __future__ import annotations

import csv
import json
from typing import TextIO

from sporeprint_export.identify.answer import Answer
from sporeprint_export.identify.words import DANGER, SAFETY, answer_text, confidence_text, danger_text
from sporeprint_export.manifest import Manifest
from sporeprint_training.spreadsheet import inert

_DECIDED = ("alarm", "alarm_reason", "deadly", "answer", "rank", "confidence", "danger")


class CsvWriter:
    """A table with one row per answer; its header goes first.

    Args:
        stream: where to; it must not translate line ends.
        manifest: of the model that answers.
        top: number of classes in each row.
    """

    def __init__(self, stream: TextIO, manifest: Manifest, top: int) -> None:
        self._manifest, self._top = manifest, top
        self._writer = csv.writer(stream)
        best = [f"{what}_{place}" for place in range(1, top + 1) for what in ("taxon", "score", "danger")]
        self._writer.writerow(["safety", "source", *_DECIDED, *best, "model", "error"])

    def write(self, answer: Answer) -> None:
        """Add one answer."""
        decision, manifest = answer.decision, self._manifest
        decided = [""] * len(_DECIDED)
        if decision is not None:
            decided = [
                "yes" if decision.alarm else "no",
                decision.alarm_reason or "",
                "; ".join(decision.deadly),
                answer_text(decision),
                decision.rank or "",
                confidence_text(decision, manifest),
                danger_text(decision, manifest, answer.ranked[0][0]),
            ]
        ranked = [
            cell for item, score in answer.ranked for cell in (item.scientific_name, score, DANGER[item.toxicity])
        ]
        ranked += [""] * (3 * self._top - len(ranked))
        source = "; ".join(answer.sources) or answer.source
        row = [SAFETY, source, *decided, *ranked, manifest.id, answer.error.text if answer.error else ""]
        self._writer.writerow([inert(cell) if isinstance(cell, str) else f"{cell:.6f}" for cell in row])


class JsonWriter:
    """One JSON object on one line, `{"model", "drawn", "safety", "photos": […]}`, complete after `close`.

    Args:
        stream: where to.
        manifest: of the model that answers.
    """

    def __init__(self, stream: TextIO, manifest: Manifest) -> None:
        self._stream, self._manifest, self._separator = stream, manifest, ""
        head = {"model": manifest.id, "drawn": manifest.provenance.drawn, "safety": SAFETY}
        self._stream.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "photos": [')

    def write(self, answer: Answer) -> None:
        """Add one answer."""
        text = json.dumps(answer.as_dict(self._manifest), ensure_ascii=False, allow_nan=False)
        self._stream.write(self._separator + text)
        self._separator = ", "

    def close(self) -> None:
        """End the object and its line."""
        self._stream.write("]}\n")
        self._stream.flush()
