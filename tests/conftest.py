"""Shared fixtures. Real photos and weights are used where they lie beside the project, and never committed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("SPOREPRINT_DATA", Path(__file__).parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real photos, weights and archives; skips without it unless SPOREPRINT_REAL_DATA=1 demands it."""
    if not REAL_DATA.is_dir():
        if os.environ.get("SPOREPRINT_REAL_DATA") == "1":
            pytest.fail(f"SPOREPRINT_REAL_DATA=1 asks for real data, and {REAL_DATA} does not exist")
        pytest.skip(f"no real data at {REAL_DATA}")
    return REAL_DATA
