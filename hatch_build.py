"""Build hook: makes the browser bundle, so that `pip install .` needs no step before it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "site"))
from sporeprint_site import vendoring


class VendorHook(BuildHookInterface[Any]):
    """Fills `site/sporeprint_site/vendor/` before the wheel (editable ones too) is put together."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, only where the machine has none that is new enough."""
        return [] if vendoring.machine_node() else [vendoring.NODE_FROM_PYPI]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before the wheel's files are collected."""
        vendoring.vendor(Path(self.root), say=self.app.display_info)
