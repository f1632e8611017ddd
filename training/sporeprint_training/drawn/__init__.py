"""Drawn photos of real species: a demonstration's data, made without a download."""

from sporeprint_training.drawn.picture import draw_photo
from sporeprint_training.drawn.sample import draw_sample
from sporeprint_training.drawn.species import DRAWN_SPECIES

__all__ = ["DRAWN_SPECIES", "draw_photo", "draw_sample"]
