"""The rewritten wasm binaries: the same products, and only of the binary that was meant."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from sporeprint_site import vendoring

SITE = Path(vendoring.__file__).parents[1]
SIMD = "tfjs-backend-wasm-simd.wasm"
SHIPPED = SITE / "node_modules" / "@tensorflow" / "tfjs-backend-wasm" / "dist"

# Depths that end within, at and beyond four unrolled steps; rows and columns that do not fill a kernel's tile.
_PRODUCTS = """
const tf = require("@tensorflow/tfjs-core");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(process.argv[1] + "/");
const random = (shape, seed) => tf.randomUniform(shape, -1, 1, "float32", seed);
(async () => {
  await tf.setBackend("wasm");
  const found = [];
  for (const depth of [1, 3, 4, 7, 16, 33]) {
    for (const activation of ["linear", "relu", "relu6"]) {
      const [x, bias] = [random([1, 5, 7, depth], 1), random([11], 2)];
      for (const side of [1, 3]) {
        const filter = random([side, side, depth, 11], 3);
        const settings = { x, filter, strides: 1, pad: "same", bias, activation };
        found.push(...tf.fused.conv2d(settings).dataSync());
      }
    }
  }
  console.log(JSON.stringify(found));
})();
"""


def in_node(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    node, _, _ = vendoring.node_and_npm()
    command = [str(node), "-e", script, *arguments]
    return subprocess.run(command, cwd=SITE, capture_output=True, text=True, check=False)


def products(folder: Path, binary: Path) -> list[float]:
    folder.mkdir()
    for name in (SIMD, "tfjs-backend-wasm.wasm", "tfjs-backend-wasm-threaded-simd.wasm"):
        shutil.copy(binary, folder / name)
    done = in_node(_PRODUCTS, str(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def tuning(call: str, binary: Path) -> subprocess.CompletedProcess[str]:
    return in_node(
        f"""import("./bundling/tune_wasm.mjs").then((tune) => {{
          const {{ readFileSync, writeFileSync }} = require("node:fs");
          writeFileSync(process.argv[2], tune.{call}(new Uint8Array(readFileSync(process.argv[1]))));
        }});""",
        str(binary),
        "/dev/null",
    )


@pytest.fixture(scope="module", autouse=True)
def vendored() -> None:
    vendoring.vendor(SITE.parent)


def test_the_binary_of_today_gives_the_same_products_bit_for_bit(tmp_path):
    expected = products(tmp_path / "shipped", SHIPPED / SIMD)
    assert len(set(expected)) > 1000
    assert products(tmp_path / "tuned", vendoring.VENDOR / SIMD) == expected


def test_six_constants_are_all_that_differs():
    shipped, tuned = (SHIPPED / SIMD).read_bytes(), (vendoring.VENDOR / SIMD).read_bytes()
    assert len(shipped) == len(tuned)
    assert [(a, b) for a, b in zip(shipped, tuned, strict=True) if a != b] == [(0x10, 0x7F)] * 6


def test_a_binary_without_the_known_kernels_stops_the_bundling():
    done = tuning("spareRegisters", SHIPPED / "tfjs-backend-wasm.wasm")
    assert done.returncode != 0
    assert "6 kernels of four rows. Received: 0" in done.stderr


def test_an_unknown_instruction_is_refused(tmp_path):
    # The first byte of a function's code, behind: type, function and code section, one body, no locals.
    module = bytes([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 5, 1, 3, 0, 0xFB, 11])
    (tmp_path / "newer.wasm").write_bytes(module)
    done = tuning("fuseMultiplyAdd", tmp_path / "newer.wasm")
    assert done.returncode != 0
    assert "WebAssembly 2.0. Received: opcode 251" in done.stderr
