"""tensorflowjs' converter without its step that takes sums for biases; `convert` runs this file in its own process.

`normalize_bias_add` (tensorflowjs 4.22) turns every sum whose first term is a convolution into a `BiasAdd`, also the
sum of two convolutions at the end of a ResNet block whose bias is zero. The fused convolution then has a picture for a
bias, which no backend runs. `fold` has already written every true bias as a `BiasAdd`, so nothing is lost.
"""

import os
import sys
from typing import Any

from tensorflowjs.converters import converter, normalize_bias_add


def _unchanged(graph: Any) -> Any:
    return graph


if __name__ == "__main__":
    normalize_bias_add.normalize_bias_add_op = _unchanged
    # Not its main(), which splits the options at spaces.
    converter.convert(sys.argv[1:])
    sys.stdout.flush()
    # All is written, and to take TensorFlow down in order takes another two seconds.
    os._exit(0)
