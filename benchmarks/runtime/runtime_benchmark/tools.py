"""The peers' packages and the converters to their formats: pinned, fetched once, into a folder that git ignores."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sporeprint_site.vendoring import node_and_npm
from sporeprint_training.errors import StepFailed

HOME = Path(__file__).parents[1]
"""benchmarks/runtime."""
WORK = HOME / ".work"
_PINS = ("package.json", "package-lock.json", ".npmrc", "requirements.txt")
_LOG_LINES = 5


@dataclass(frozen=True)
class Tools:
    """What `install_tools` made."""

    modules: Path
    """node_modules with the peers and esbuild."""
    converters: Path
    """Python packages that turn a saved model into ONNX, for a process of their own."""
    node: Path

    def bundle(self, source: Path, out: Path) -> None:
        """Bundle and minify a page's module, as any site would."""
        command = [self.modules / ".bin" / "esbuild", source, "--bundle", "--minify", "--format=esm", "--target=es2022"]
        # The pages lie outside the folder that holds node_modules.
        run_quietly(
            [*map(str, command), "--platform=browser", "--external:node:*", "--external:module", f"--outfile={out}"],
            environment={"NODE_PATH": str(self.modules), "PATH": f"{self.node.parent}{os.pathsep}{os.environ['PATH']}"},
            rule=f"esbuild bundles {source.name}",
        )

    def brotli(self, paths: Sequence[Path]) -> dict[Path, int]:
        """Length of each file after brotli, or its own where that is smaller; kept, for it takes long."""
        kept = WORK / "brotli.json"
        known: dict[str, int] = json.loads(kept.read_bytes()) if kept.is_file() else {}
        digests = {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
        missing = {digest: path for path, digest in digests.items() if digest not in known}
        found = run_quietly(
            [str(self.node), str(HOME / "brotli.mjs")],
            environment={},
            rule="Node compresses what the pages fetch",
            standard_input="\n".join(map(str, missing.values())),
        )
        lengths = {Path(path): length for path, length in json.loads(found).items()}
        known |= {digest: lengths[path] for digest, path in missing.items()}
        kept.write_text(json.dumps(known))
        return {path: min(known[digest], path.stat().st_size) for path, digest in digests.items()}


def install_tools() -> Tools:
    """Fetch the pinned packages unless they are there.

    Raises:
        StepFailed: no Node, or a package could not be fetched.
    """
    try:
        node, npm, environment = node_and_npm()
    except RuntimeError as error:
        raise StepFailed("The peers are npm packages", received=str(error)) from None
    tools = Tools(WORK / "node_modules", WORK / "converters", node)
    pins = hashlib.sha256(b"".join((HOME / name).read_bytes() for name in _PINS)).hexdigest()
    stamp = WORK / "pins.sha256"
    if stamp.is_file() and stamp.read_text() == pins:
        return tools
    WORK.mkdir(exist_ok=True)
    for name in _PINS:
        shutil.copyfile(HOME / name, WORK / name)
    run_quietly(
        [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], environment, "npm fetches the peers", folder=WORK
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--upgrade", "--target", tools.converters]
    run_quietly([*map(str, pip), "--requirement", str(HOME / "requirements.txt")], {}, "pip fetches the converters")
    stamp.write_text(pins)
    return tools


def run_quietly(
    command: Sequence[str],
    environment: dict[str, str],
    rule: str,
    *,
    folder: Path = WORK,
    standard_input: str = "",
) -> str:
    """Run a tool and return what it printed; shown only when it fails.

    Raises:
        StepFailed: it failed; with `rule` and the last lines of its output.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        input=standard_input,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise StepFailed(rule, received=f"exit status {done.returncode}: {' | '.join(lines[-_LOG_LINES:])}")
    return done.stdout
