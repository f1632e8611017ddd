"""Answers as tables on a terminal: the safety line first, the alarm before the name, names in italics."""

from __future__ import annotations

import unicodedata

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sporeprint_export.identify.answer import Answer
from sporeprint_export.identify.words import (
    ALARM,
    ALARM_REASONS,
    DANGER,
    DRAWN,
    FLAGS,
    SAFETY,
    answer_text,
    confidence_text,
    danger_text,
)
from sporeprint_export.manifest import Manifest
from sporeprint_training.decision import Decision

PAGE = 50
"""Answers in one table: the safety line stands above each."""
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_RED = "bold red"
_LONG = 40
"""Characters of a path or address that a table has room for."""


class TableWriter:
    """Prints a table for every `PAGE` answers.

    Args:
        target: where to.
        manifest: of the model that answers.
    """

    def __init__(self, target: Console, manifest: Manifest) -> None:
        self._target, self._manifest = target, manifest
        self._answers: list[Answer] = []

    def write(self, answer: Answer) -> None:
        """Add one answer."""
        self._answers.append(answer)
        if len(self._answers) == PAGE:
            self.close()

    def close(self) -> None:
        """Print what is left."""
        if self._answers:
            self._target.print(page(self._answers, self._manifest))
            self._answers = []


def page(answers: list[Answer], manifest: Manifest) -> Table:
    """One table of answers."""
    title = f"{SAFETY}\n{DRAWN}" if manifest.provenance.drawn else SAFETY
    table = Table(title=Text(title), title_justify="left", title_style="bold", box=None, header_style="dim", leading=1)
    for column in ("photo", "answer", "how sure", "danger", "most like"):
        table.add_column(column, overflow="fold")
    for answer in answers:
        table.add_row(*_row(answer, manifest))
    return table


def _row(answer: Answer, manifest: Manifest) -> list[Text]:
    photo = Text("\n".join(_short(plain(source)) for source in answer.sources or (answer.source,)))
    decision = answer.decision
    if decision is None:
        return [photo, Text(f"Not identified. {plain(answer.error.text if answer.error else '')}")]
    danger = danger_text(decision, manifest, answer.ranked[0][0])
    return [
        photo,
        _name(decision),
        Text(confidence_text(decision, manifest) or "–"),
        Text(danger, style="" if danger == DANGER["not_assessed"] else "red"),
        Text("\n").join(
            _candidate(item.scientific_name, DANGER[item.toxicity], [FLAGS[flag] for flag in flags])
            for (item, _), flags in zip(answer.ranked, answer.flags, strict=True)
        ),
    ]


def _name(decision: Decision) -> Text:
    text = Text()
    if decision.alarm:
        text.append(f"{ALARM}. {ALARM_REASONS[decision.alarm_reason or 'score']} ", style=_RED)
        text.append(", ".join(map(plain, decision.deadly)), style="italic bold red")
        text.append("\n")
    text.append(plain(answer_text(decision)), style="italic" if decision.taxon else "")
    return text.append(f" ({decision.rank})") if decision.rank else text


def _candidate(name: str, danger: str, odd: list[str]) -> Text:
    text = Text(plain(name), style="italic")
    if danger != DANGER["not_assessed"]:
        text.append(f" ({danger})", style="not italic red")
    return text.append(f", {', '.join(odd)}", style="not italic") if odd else text


def _short(source: str) -> str:
    # The end tells photos apart; CSV and JSON have the whole.
    *front, folder, name = ("", "", *source.split("/"))
    return f"…/{folder}/{name}" if len(source) > _LONG and any(front) else source


def plain(text: str) -> str:
    """Text without what a terminal obeys or a reader cannot see, such as escape sequences and reversed writing."""
    return "".join("\ufffd" if unicodedata.category(letter) in _INVISIBLE else letter for letter in text)
