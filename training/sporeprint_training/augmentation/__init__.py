"""Random changes of the training photos: what is drawn, how pixels change, and a picture of it for the report."""

from sporeprint_training.augmentation.layer import Augmenter
from sporeprint_training.augmentation.mosaic import mosaic

__all__ = ["Augmenter", "mosaic"]
