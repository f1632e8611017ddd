"""The capstone's grid for flowers, on the backbones that lie on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def local_grid(data: Path) -> dict[str, Any]:
    """`grid.flowers.json` with `base` replaced: 4 batch sizes × 2 backbones × 3 dropouts × 3 learning rates.

    Args:
        data: folder with `run_configs/` and `weights/`.
    """
    content: dict[str, Any] = json.loads((data / "run_configs" / "grid.flowers.json").read_bytes())
    weights = data / "weights"
    content["model"]["base"] = [
        {"base": "mobilenet_v2", "weights": str(weights / "mobilenet_v2_1.0_224_imagenet_notop.weights.h5")},
        {"base": "hub", "weights": str(weights / "hub_inat_insect_mobilenet_v2")},
    ]
    return content
