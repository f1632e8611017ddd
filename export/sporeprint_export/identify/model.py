"""A bundle's model in TensorFlow, from the same bytes that a phone gets."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from sporeprint_export.browser_ops import check_ops
from sporeprint_export.bundle import Bundle
from sporeprint_export.replay import prune
from sporeprint_export.shards import read_graph
from sporeprint_training.errors import BadInput


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
        self._function = prune(graph, bundle.manifest.outputs.logits)

    def logits(self, pixels: NDArray[np.uint8]) -> list[float]:
        """One number per class for one photo, `(size, size, 3)`, RGB from 0 to 255."""
        # One at a time, as on the phone: the graph's shapes are worked out for a batch of one.
        answer = self._function(tf.constant(pixels[np.newaxis], tf.float32))
        values: list[float] = np.asarray(answer)[0].astype(float).tolist()
        return values
