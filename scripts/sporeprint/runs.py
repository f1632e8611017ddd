"""`sporeprint runs` and `sporeprint runs compare`."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sporeprint.terminal import JsonOption, emit, say, show
from sporeprint_training.errors import BadInput
from sporeprint_training.run import RUN_JSON, Run, read_run
from sporeprint_training.runs_place import runs_place

if TYPE_CHECKING:
    from sporeprint_training.evaluate.compare import Comparison, Paired
    from sporeprint_training.runs_unfinished import UnfinishedRun
    from sporeprint_training.tune.overview import StudyOverview

SHOWN_CLASSES = 15
"""Species in the printed table; `--json` has them all."""


class _ListsByDefault(TyperGroup):
    """`runs` and `runs FOLDER` list; only a known name is a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


runs = typer.Typer(
    name="runs",
    cls=_ListsByDefault,
    help="List all runs, best first, and what is still being done; or compare two runs.",
    pretty_exceptions_enable=False,
)


@runs.command(name="list")
def list_runs(
    folder: Annotated[Path, typer.Argument(help="Folder of runs, or a JSON file that names it.")] = Path("runs"),
    as_json: JsonOption = False,
) -> None:
    """List all runs, best first, and trainings and searches with how far they are; the default of `sporeprint runs`."""
    place = runs_place(folder)
    if not place.folder.is_dir():
        raise BadInput("Runs lie in a folder", received=str(folder), next_step="Train one with `sporeprint train`")
    from sporeprint_training.runs_index import read_index
    from sporeprint_training.runs_unfinished import unfinished_runs
    from sporeprint_training.tune.overview import studies

    table = read_index(place).sort_values("top1", ascending=False)
    # NaN is how the table says "not measured"; JSON and people say null and a dash.
    rows = [{key: None if value != value else value for key, value in row.items()} for row in table.to_dict("records")]
    rows = [{**row, "health": _health(place.folder / str(row["id"]))} for row in rows]
    columns = ("id", "dataset", "n_test", "top1", "top3", "macro_f1", "ece", "seconds")
    show(
        str(place.folder),
        (*columns, "health"),
        [[*(row[column] for column in columns), _counted(row["health"])] for row in rows],
    )
    unfinished, searches = unfinished_runs(place.folder), studies(place.folder)
    _show_unfinished(unfinished)
    _show_studies(searches)
    emit(
        {
            "runs": rows,
            "unfinished": [asdict(item) for item in unfinished],
            "studies": [asdict(item) for item in searches],
        },
        as_json=as_json,
    )


def _health(folder: Path) -> list[dict[str, str]] | None:
    """Findings of a run, None where nobody wrote any down: a list does without what it cannot read."""
    from sporeprint_training.health.finding import read_health

    try:
        found = read_health(folder)
    except BadInput:
        return None
    if found is None:
        return None
    return [item.model_dump(mode="json", include={"rule", "severity", "stage"}) for item in found.findings]


def _counted(findings: list[dict[str, str]] | None) -> str | None:
    if not findings:
        return None if findings is None else "sound"
    counts = Counter(item["severity"] for item in findings)
    named = [(counts[severity], severity) for severity in ("problem", "warning", "note") if counts[severity]]
    return ", ".join(f"{n} {severity}{'s' * (n > 1)}" for n, severity in named)


def _show_unfinished(found: list[UnfinishedRun]) -> None:
    if not found:
        return
    rows = [
        (
            item.id,
            Path(item.dataset).name,
            f"{item.stage} {item.epoch}/{item.epochs}",
            item.val_accuracy,
            "stopped; --resume continues it" if item.stopped else f"{time.time() - item.updated:.0f} s ago",
        )
        for item in found
    ]
    show("Trainings that have not ended", ("id", "dataset", "epoch", "val top-1", "last heard of"), rows)


def _show_studies(found: list[StudyOverview]) -> None:
    if not found:
        return
    columns = ("search", "dataset", "waiting", "running", "finished", "stopped early", "failed", "best")
    rows = []
    for item in found:
        count = item.standing
        stopped = count.running and not item.working
        running: Any = f"{count.running}, stopped" if stopped else count.running
        done = (count.complete, count.pruned, count.failed)
        rows.append((item.name, item.dataset, count.waiting, running, *done, item.best))
    show("Searches", columns, rows)
    for item in found:
        if item.best is not None:
            say(f"{item.name}: best with {item.best_tries}" + (f"; run {item.run}" if item.run else ""))
        for trial in item.running if item.working else ():
            reached = f", {trial.epochs} epochs, {trial.reached:.3f}" if trial.reached is not None else ""
            say(f"{item.name}: trial {trial.number} on {trial.worker or 'its way'}: {trial.tries}{reached}")


@runs.command(name="compare")
def compare_runs(
    first: Annotated[str, typer.Argument(help="Folder of a run, or its id.")],
    second: Annotated[str, typer.Argument(help="The run that may be better.")],
    folder: Annotated[Path, typer.Option("--runs", help="Folder in which ids are looked up.")] = Path("runs"),
    as_json: JsonOption = False,
) -> None:
    """Show what the second run does better than the first, on the photos that both tested."""
    from sporeprint_training.evaluate.compare import compare

    place = runs_place(folder)
    found = compare(_find(first, place.folder), _find(second, place.folder))
    _say_photos(found)
    columns = ("measure", "photos", "first", "second", "gained", "lost", "p")
    show(f"{found.first} → {found.second}", columns, [_row(item) for item in found.overall])
    low, high = found.top1_difference
    say(f"Top-1 changes by {100 * low:+.1f} to {100 * high:+.1f} points (95 %, drawing finds).")
    show(
        "Calibration and balance", ("measure", "first", "second"), [("ECE", *found.ece), ("macro-F1", *found.macro_f1)]
    )
    changed = [item for item in found.classes if item.gained or item.lost]
    if changed:
        show("Species (p corrected for all of them)", columns, [_row(item) for item in changed[:SHOWN_CLASSES]])
        if len(changed) > SHOWN_CLASSES:
            say(f"{len(changed) - SHOWN_CLASSES} more species changed; --json has them all.")
    emit(found.to_dict(), as_json=as_json)


def _find(name: str, folder: Path) -> Run:
    path = Path(name)
    return read_run(path if (path / RUN_JSON).is_file() or not (folder / name).is_dir() else folder / name)


def _say_photos(found: Comparison) -> None:
    others = [
        f"{n:,} {text}"
        for n, text in (
            (found.only_first, "only the first tested"),
            (found.only_second, "only the second tested"),
            (found.relabelled, "have another species in each"),
        )
        if n
    ]
    left_out = f"; left out: {', '.join(others)}" if others else ""
    say(f"Compared on {found.n:,} photos of {found.observations:,} finds that both tested{left_out}.")


def _row(item: Paired) -> tuple[Any, ...]:
    mark = " *" if item.significant else ""
    return item.name, item.n, item.first, item.second, item.gained, item.lost, f"{item.p:.3g}{mark}"
