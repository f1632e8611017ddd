"""What every command prints with: one console, progress with rate and time left, JSON as the last line."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from sporeprint_training.errors import SporeprintError

# Messages go to standard error, so that standard output holds results only.
console = Console(stderr=True, highlight=False)

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line of standard output.")]


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        left = task.time_remaining
        parts = [f"{speed:,.0f}/s"] if speed else []
        parts += [f"{left:,.0f} s left"] if left and not task.finished else [f"{task.elapsed or 0:,.0f} s"]
        return Text(" · ".join(parts), style="dim")


class TerminalProgress:
    """Progress on a terminal as bars, elsewhere (a log, CI) as one line per finished step."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """One named piece of work; call the yielded function with how much was done."""
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate())
        started = time.monotonic()
        with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
            task = bars.add_task(escape(name), total=total)
            yield lambda amount: bars.advance(task, amount)
            bars.update(task, total=bars.tasks[0].completed if total is None else total)
        if not console.is_terminal:
            console.print(f"{escape(name)}: {time.monotonic() - started:.1f} s")

    def note(self, text: str) -> None:
        """One line, also above a running bar."""
        say(text)


def own_stderr() -> None:
    """Give Python a descriptor of its own for standard error, so that the native one can be hidden on its own."""
    sys.stderr.flush()
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")


@contextmanager
def native_noise_hidden() -> Iterator[None]:
    """Hide what TensorFlow's C++ side prints meanwhile; what Python prints still appears (see `own_stderr`).

    Its notes about CUDA plugins and graph optimisers obey no log level. Whatever goes wrong is still raised.
    """
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def say(text: str) -> None:
    """Print one plain line; nothing in it is taken for markup."""
    console.print(escape(text), soft_wrap=True)


def fail(error: SporeprintError) -> None:
    """Print an error the user can act on, as one line."""
    console.print(f"[red]error:[/red] {escape(str(error))}", soft_wrap=True)


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print a table; names from outside are data, not markup."""
    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None, header_style="dim")
    for index, column in enumerate(columns):
        # What a row is about is not shortened: a narrow terminal folds the other cells.
        table.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(escape(number(cell)) for cell in row))
    console.print(table)


def number(value: Any) -> str:
    """A cell's text: three digits for shares, grouped thousands, a dash for what was not measured."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 0.01 and value else f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def emit(result: Mapping[str, Any], *, as_json: bool) -> None:
    """Print the result as the last line of standard output, when JSON was asked for."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False, allow_nan=False), flush=True)
