"""The precisions that weights can be stored in, and what one may cost; free of TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from sporeprint_export.manifest import Precision

PrecisionChoice = Literal[Precision, "auto"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
LARGE_PRODUCT = 40_000
"""`int6` gives products with at least as many weights six bits, and the others, which come earlier and are more
sensitive, eight."""
_OWN_BITS: dict[Precision, int] = {"int8": 8, "int6": 6}


@dataclass(frozen=True)
class Budget:
    """What the weights' precision may cost, measured against the Keras model on held-out photos."""

    agreement: float = 0.99
    """Least share of photos with the same best class."""
    mean_abs_dp: float = 0.01
    """Largest mean |Δp| of the Keras model's best class, as `sporeprint verify` allows it."""
    accuracy_drop: float = 0.005
    """Largest loss of top-1, as a share of the photos."""

    def for_choice(self) -> Budget:
        """The budget when the smallest precision is looked for: half of the mean |Δp|.

        It moves less from run to run than the two shares of photos do, so that it is what keeps a precision at the
        edge from being chosen with one seed and refused with the next.
        """
        return replace(self, mean_abs_dp=self.mean_abs_dp / 2)


DEFAULT_BUDGET = Budget()


def bits_for(precision: Precision, size: int) -> int | None:
    """Bits for a product of `size` weights in one of our own precisions; None for tensorflowjs' precisions."""
    bits = _OWN_BITS.get(precision)
    return bits if bits is None or size >= LARGE_PRODUCT else 8
