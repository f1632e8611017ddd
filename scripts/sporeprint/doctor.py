"""`sporeprint doctor`."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sporeprint.terminal import JsonOption, emit, show
from sporeprint_site.browser import find_chromium
from sporeprint_site.vendoring import VENDOR, machine_node
from sporeprint_training.errors import SporeprintError

_PACKAGES = {
    "sporeprint": "",
    "tensorflow": "training",
    "keras": "training",
    "tensorflow-hub": "training",
    "pandas": "training",
    "tables": "training",
    "tensorflowjs": "export",
    "playwright": "verify",
}


def doctor(as_json: JsonOption = False) -> None:
    """Say which versions, disk and browser are there, what is missing and how to get it."""
    rows = [_package(name, extra) for name, extra in _PACKAGES.items()]
    rows += [
        ("python", platform.python_version(), ""),
        ("browser bundle", "made" if any(VENDOR.glob("*.js")) else "", "run scripts/setup, or install again"),
        ("chromium", _chromium(), "install Debian's chromium or run: playwright install chromium"),
        ("node", str(machine_node() or ""), "none needed: the build takes one from PyPI"),
        ("free disk", f"{shutil.disk_usage(Path.cwd()).free / 1e9:.0f} GB", ""),
        ("accelerators", _accelerators(), "none: training runs on the processor"),
    ]
    show("This machine", ("what", "found", "if missing"), [(n, f or "–", "" if f else how) for n, f, how in rows])
    emit({name: found or None for name, found, _ in rows}, as_json=as_json)


def _package(name: str, extra: str) -> tuple[str, str, str]:
    try:
        return name, version(name), ""
    except PackageNotFoundError:
        return name, "", f"pip install 'sporeprint[{extra}]'"


def _chromium() -> str:
    try:
        return str(find_chromium())
    except SporeprintError:
        return ""


def _accelerators() -> str:
    try:
        import tensorflow as tf
    except ImportError:
        return ""
    return ", ".join(device.name for device in tf.config.list_physical_devices("GPU"))
