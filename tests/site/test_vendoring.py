"""The bundle of third-party browser code: every operation runs on every backend, and phones get one of them."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sporeprint_export.browser_ops import load_browser_ops
from sporeprint_site import vendoring
from sporeprint_site.build import build_site
from sporeprint_training.errors import StepFailed

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def vendored() -> Path:
    vendoring.vendor(ROOT)
    return vendoring.VENDOR


def bundle_with(folder: Path, ops: dict[str, list[str]]) -> subprocess.CompletedProcess[str]:
    """Bundle for other operations, in a copy of the project."""
    (folder / "export" / "sporeprint_export").mkdir(parents=True)
    (folder / "export" / "sporeprint_export" / "browser_ops.json").write_text(json.dumps({"format": 1, "ops": ops}))
    site = folder / "site"
    for name in ("bundling", "engines"):
        shutil.copytree(ROOT / "site" / name, site / name)
    for name in ("bundle.mjs", "package.json", "wasm-licences.txt"):
        shutil.copy(ROOT / "site" / name, site / name)
    (site / "node_modules").symlink_to(ROOT / "site" / "node_modules")
    node, _, environment = vendoring.node_and_npm()
    return subprocess.run(
        [str(node), "bundle.mjs"],
        cwd=site,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("ops", "words"),
    [
        ({"Erf": ["Erf", "Frobnicate"]}, "wasm backend has every kernel of browser_ops.json. Received: Frobnicate"),
        (
            {"Dilation2D": ["Dilation2DBackpropInput"]},
            "webgl backend has every kernel of browser_ops.json. Received: Di",
        ),
        ({"Frobnicate": []}, "runs every operation of browser_ops.json. Received: Frobnicate"),
    ],
)
def test_an_operation_that_a_backend_cannot_run_is_named_when_bundling(vendored, tmp_path, ops, words):
    done = bundle_with(tmp_path, ops)
    assert done.returncode != 0
    assert words in done.stderr


def test_every_variant_registers_every_kernel_of_exported_models(vendored):
    kernels = {kernel for kernels in load_browser_ops().values() for kernel in kernels}
    for file in (vendored / "tfjs.js", *(vendored / "backends").iterdir()):
        text = file.read_text()
        assert [kernel for kernel in kernels if f'"{kernel}"' not in text] == [], file.name
    assert {path.name for path in (vendored / "backends").iterdir()} == {"tfjs-webgl.js", "tfjs-cpu.js"}


def test_a_site_computes_with_one_engine_and_takes_no_other_along(vendored, make_bundle, tmp_path):
    build_site([make_bundle()], tmp_path / "usual")
    other = vendored / "backends" / "tfjs-cpu.js"
    build_site([make_bundle()], tmp_path / "measured", engine=other)
    assert (tmp_path / "usual" / "vendor" / "tfjs.js").read_bytes() == (vendored / "tfjs.js").read_bytes()
    assert (tmp_path / "measured" / "vendor" / "tfjs.js").read_bytes() == other.read_bytes()
    for site in ("usual", "measured"):
        assert not list((tmp_path / site).rglob("*backends*"))


def test_an_engine_that_was_never_bundled_is_named(vendored, make_bundle, tmp_path):
    with pytest.raises(StepFailed, match=r"tfjs-abacus\.js"):
        build_site([make_bundle()], tmp_path / "public", engine=vendored / "backends" / "tfjs-abacus.js")
