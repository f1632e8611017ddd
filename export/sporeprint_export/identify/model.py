"""A bundle's model in TensorFlow, from the same bytes that a phone gets."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_export.browser_ops import check_ops
from sporeprint_export.bundle import Bundle
from sporeprint_export.identify.look import Look
from sporeprint_export.replay import prune
from sporeprint_export.shards import read_graph
from sporeprint_training.errors import BadInput
from sporeprint_training.familiarity import read_familiarity


class BundleModel:
    """The graph of a checked bundle, read once.

    Args:
        bundle: from `read_bundle`.

    Raises:
        BadInput: the graph names a shard that the manifest does not list, or an operation that the browser lacks: the
            app could not run it, and TensorFlow knows operations that write files.
    """

    def __init__(self, bundle: Bundle) -> None:
        files = {file.path: file for file in bundle.manifest.files}
        graph_file = next(file for file in files.values() if file.role == "graph")
        try:
            graph = read_graph(bundle.read(graph_file), lambda path: bundle.read(files[path]))
        except (KeyError, ValueError, TypeError) as error:
            raise BadInput(
                "The graph of a bundle is tensorflowjs' model.json with the shards of the manifest",
                received=f"{bundle.folder / graph_file.path}: {error}",
                next_step="Run `sporeprint export` again; do not edit a bundle by hand",
            ) from None
        check_ops((node["name"], node["op"]) for node in graph.nodes)
        outputs = bundle.manifest.outputs
        known = next((file for file in files.values() if file.role == "familiarity"), None)
        self._familiarity = read_familiarity(bundle.read(known)) if known and outputs.features else None
        wanted = [outputs.logits, *([outputs.features] if self._familiarity and outputs.features else [])]
        self._function = prune(graph, *wanted)

    def look(self, pixels: NDArray[np.uint8]) -> Look:
        """What the model says of one photo, `(size, size, 3)`, RGB from 0 to 255."""
        # One at a time, as on the phone: the graph's shapes are worked out for a batch of one.
        answer = self._function(tf.constant(pixels[np.newaxis], tf.float32))
        if self._familiarity is None:
            return Look(_values(answer), None)
        logits, features = answer
        familiarity = float(self._familiarity.of(np.asarray(features).reshape(1, -1))[0])
        return Look(_values(logits), familiarity)


def _values(logits: tf.Tensor) -> tuple[float, ...]:
    return tuple(np.asarray(logits).reshape(-1).astype(float).tolist())
