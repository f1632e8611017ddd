"""`sporeprint identify`."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sporeprint.terminal import JsonOption, TerminalProgress, console, native_noise_hidden, say
from sporeprint_export.bundle import read_bundle, read_priors
from sporeprint_export.manifest import Manifest
from sporeprint_training.artefact import replacing_text
from sporeprint_training.errors import BadInput, StepFailed
from sporeprint_training.priors.rule import Context

if TYPE_CHECKING:
    from sporeprint_export.identify.answer import Answer

STANDARD_OUTPUT = "-"
_COLUMNS = 160
"""Width of a table that goes to no terminal."""


def identify(
    sources: Annotated[list[str], typer.Argument(help="Photos, folders of photos, http(s) addresses.")],
    model: Annotated[Path, typer.Option(help="Folder of a bundle, written by `sporeprint export`.")] = Path("bundle"),
    top: Annotated[int, typer.Option(min=1, max=50, help="Classes to name for each photo.")] = 3,
    one_find: Annotated[bool, typer.Option("--one-find", help="All photos show one find: give one answer.")] = False,
    month: Annotated[
        int | None, typer.Option(min=1, max=12, help="Month in which the photos were taken, for the model's priors.")
    ] = None,
    place: Annotated[
        str | None, typer.Option(help="Where they were taken, LATITUDE,LONGITUDE in degrees, for the same.")
    ] = None,
    csv: Annotated[str | None, typer.Option(help="Write the answers to a CSV file; - is standard output.")] = None,
    as_json: JsonOption = False,
    allow_private_hosts: Annotated[
        bool, typer.Option("--allow-private-hosts", help="Fetch from this machine and its own network too.")
    ] = False,
) -> None:
    """Identify photos as the app does: same model, pixels, rule and thresholds. No reason to eat anything."""
    if csv == STANDARD_OUTPUT and as_json:
        raise BadInput(
            "Standard output takes one form of the answers",
            received="--csv - and --json",
            next_step="Name a file for the CSV",
        )
    latitude, longitude = _place(place)
    bundle = read_bundle(model)
    with native_noise_hidden():
        from sporeprint_export.identify.answer import Occasion
        from sporeprint_export.identify.batch import IdentifyOptions
        from sporeprint_export.identify.batch import identify as identify_photos
        from sporeprint_export.identify.fetch import Limits
        from sporeprint_export.identify.model import BundleModel
        from sporeprint_export.identify.photos import find_photos

        network = BundleModel(bundle)
    photos = find_photos(sources)
    occasion = Occasion(read_priors(bundle), Context(month, latitude, longitude)) if month or place else None
    options = IdentifyOptions(top, one_find, occasion, Limits(private_hosts=allow_private_hosts))
    started, answered = time.monotonic(), 0
    with (
        outputs(bundle.manifest, csv, top, as_json=as_json) as writers,
        TerminalProgress().step("Identify", len(photos)) as advance,
    ):
        for answer in identify_photos(photos, network, bundle.manifest, options, advance):
            answered += answer.error is None
            for write in writers:
                write(answer)
    seconds = time.monotonic() - started
    say(f"{len(photos)} photos in {seconds:.1f} s, {len(photos) / seconds:.1f}/s; model {bundle.manifest.id}")
    if unseen := bundle.manifest.provenance.never_seen:
        say(f"Deadly species that the model has never seen and cannot name: {', '.join(unseen)}")
    if not answered:
        raise StepFailed(
            "At least one of the photos can be identified",
            received=f"none of {len(photos)}",
            next_step="Do what is said of each of them above",
        )


def _place(text: str | None) -> tuple[float, float] | tuple[None, None]:
    if text is None:
        return None, None
    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        latitude = longitude = math.inf
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise BadInput(
            "A place is a latitude of -90 to 90 and a longitude of -180 to 180, in degrees",
            received=f"--place {text}",
            next_step="Write it like --place 59.3,18.1",
        )
    return latitude, longitude


@contextmanager
def outputs(
    manifest: Manifest, csv: str | None, top: int, *, as_json: bool
) -> Iterator[list[Callable[[Answer], None]]]:
    """Everything that answers are written to; files and JSON are complete when the block ends well."""
    from sporeprint.answer_table import TableWriter
    from sporeprint_export.identify.writers import CsvWriter, JsonWriter

    # Kept, because a progress bar on a terminal takes sys.stdout's place.
    stream = sys.stdout
    taken = as_json or csv == STANDARD_OUTPUT
    with ExitStack() as stack:
        table = TableWriter(_table_console(taken=taken), manifest)
        stack.callback(table.close)
        writers: list[Callable[[Answer], None]] = [table.write]
        if csv is not None:
            target = stream if csv == STANDARD_OUTPUT else stack.enter_context(replacing_text(Path(csv)))
            writers.append(CsvWriter(target, manifest, top).write)
        json_writer = JsonWriter(stream, manifest) if as_json else None
        if json_writer:
            writers.append(json_writer.write)
        yield writers
        if json_writer:
            json_writer.close()


def _table_console(*, taken: bool) -> Console:
    # Above a progress bar only the bar's own console prints cleanly.
    if taken or (sys.stdout.isatty() and console.is_terminal):
        return console
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else _COLUMNS, highlight=False)
