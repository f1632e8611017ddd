"""The embedded sample: class folders of drawn photos, made in parallel."""

from __future__ import annotations

from concurrent.futures import as_completed
from pathlib import Path

from sporeprint_training.artefact import replacing_folder
from sporeprint_training.drawn.picture import draw_photo
from sporeprint_training.drawn.species import DRAWN_SPECIES
from sporeprint_training.progress import SILENT, Progress
from sporeprint_training.workers import local_workers

PHOTOS_PER_SPECIES = 96
MARKER = "DRAWN.txt"
"""A file that tells the sample from a folder of somebody's photos."""
_BATCH = 12
_QUALITY = 88


def draw_sample(
    out: Path, *, photos_per_species: int = PHOTOS_PER_SPECIES, seed: int = 0, progress: Progress = SILENT
) -> None:
    """Write `SPECIES/NNN.jpg` for every drawn species; an older sample is replaced when the new one is complete.

    Args:
        out: folder of the class folders.
        photos_per_species: pictures of each.
        seed: pictures of another seed share nothing with these.
        progress: told of every picture.
    """
    numbers = [seed * 1_000_003 + number for number in range(photos_per_species)]
    steps = progress.step("Drawing", len(DRAWN_SPECIES) * len(numbers))
    with replacing_folder(out, marker=MARKER) as folder, steps as advance:
        (folder / MARKER).write_text("Drawn by Sporeprint; no photo is among these pictures. CC0-1.0\n")
        for species in DRAWN_SPECIES:
            (folder / species).mkdir()
        with local_workers() as pool:
            tasks = [
                pool.submit(_draw_batch, folder / species, species, start, numbers[start : start + _BATCH])
                for species in DRAWN_SPECIES
                for start in range(0, len(numbers), _BATCH)
            ]
            for task in as_completed(tasks):
                advance(task.result())


def _draw_batch(folder: Path, species: str, start: int, seeds: list[int]) -> int:
    for number, seed in enumerate(seeds, start):
        draw_photo(species, seed).save(folder / f"{number:03d}.jpg", quality=_QUALITY)
    return len(seeds)
