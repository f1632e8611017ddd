"""Fungi that matter whatever the photos hold: names, ranks, danger and look-alikes, each danger with its source."""

from sporeprint_training.reference.table import (
    Reference,
    ReferenceTaxon,
    load_reference,
    read_reference,
)

__all__ = ["Reference", "ReferenceTaxon", "load_reference", "read_reference"]
