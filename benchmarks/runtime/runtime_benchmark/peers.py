"""Who is measured: one entry per runtime that a site could ship instead of the project's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ModelFormat = Literal["tfjs", "tflite", "onnx"]
OURS = "Sporeprint"
"""First word of the rows of the project's own bundles."""


@dataclass(frozen=True)
class Peer:
    """Another runtime, as its own documentation says to use it."""

    name: str
    package: str
    """The npm package that it is; package.json pins it."""
    model: ModelFormat
    script: str
    """The page's module in pages/."""
    page: str
    """The page itself in pages/."""
    files: tuple[str, ...]
    """What the page fetches at run time, as paths in node_modules."""


_TFJS = "@tensorflow/tfjs/dist"
_WASM = "@tensorflow/tfjs-backend-wasm/dist"
_LITERT = "@litertjs/core/wasm"
_ORT = "onnxruntime-web/dist"

PEERS = (
    Peer("stock tfjs", "@tensorflow/tfjs", "tfjs", "tfjs.js", "tfjs.html", (f"{_TFJS}/tf.min.js",)),
    Peer(
        "stock tfjs, wasm backend",
        "@tensorflow/tfjs-backend-wasm",
        "tfjs",
        "tfjs.js",
        "tfjs_wasm.html",
        (
            f"{_TFJS}/tf.min.js",
            f"{_WASM}/tf-backend-wasm.min.js",
            f"{_WASM}/tfjs-backend-wasm.wasm",
            f"{_WASM}/tfjs-backend-wasm-simd.wasm",
            f"{_WASM}/tfjs-backend-wasm-threaded-simd.wasm",
        ),
    ),
    Peer(
        "LiteRT.js",
        "@litertjs/core",
        "tflite",
        "litert.js",
        "peer.html",
        tuple(
            f"{_LITERT}/litert_wasm{kind}_internal.{suffix}" for kind in ("", "_compat") for suffix in ("js", "wasm")
        ),
    ),
    Peer(
        "onnxruntime-web",
        "onnxruntime-web",
        "onnx",
        "ort.js",
        "peer.html",
        (f"{_ORT}/ort-wasm-simd-threaded.mjs", f"{_ORT}/ort-wasm-simd-threaded.wasm"),
    ),
)
