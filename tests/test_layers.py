"""Imports point one way: scripts → site → export → training, and the site needs nothing but the bundle's contract."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BELOW = {
    "training/sporeprint_training": set(),
    "export/sporeprint_export": {"sporeprint_training"},
    "site/sporeprint_site": {"sporeprint_training", "sporeprint_export"},
}
OURS = {"sporeprint", "sporeprint_training", "sporeprint_export", "sporeprint_site"}


def imports(package: str) -> Iterator[tuple[Path, str]]:
    """Every module that a package's files import, wherever in the file."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield path, node.module or ""


@pytest.mark.parametrize("package", BELOW)
def test_a_stage_imports_only_the_stages_below_it(package):
    own = package.rpartition("/")[2]
    wrong = [
        f"{path.relative_to(ROOT)}: {module}"
        for path, module in imports(package)
        if (top := module.partition(".")[0]) in OURS - {own} and top not in BELOW[package]
    ]
    assert wrong == []


def test_the_site_knows_of_export_only_the_bundles_contract():
    used = {module for _, module in imports("site/sporeprint_site") if module.startswith("sporeprint_export")}
    assert used <= {f"sporeprint_export.{name}" for name in ("bundle", "manifest", "transfer")}
