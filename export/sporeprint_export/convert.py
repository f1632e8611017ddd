"""From a frozen graph to tensorflowjs' graph: fused operations, and weights apart from the topology."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorflow.core.framework.graph_pb2 import GraphDef

from sporeprint_export.browser_ops import check_ops
from sporeprint_export.freeze import OUTPUT
from sporeprint_training.errors import StepFailed

_CONVERTER = Path(__file__).with_name("run_converter.py")
SETTINGS = {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "0"}
"""Environment of the converter. Without oneDNN, the same operations are fused on every processor."""
_DTYPES = {"float32": np.float32, "int32": np.int32, "bool": np.bool_}
_LOG_LINES = 5


@dataclass(frozen=True)
class ConvertedGraph:
    """A graph in tensorflowjs' operations."""

    nodes: list[dict[str, Any]]
    """`NodeDef` messages in protobuf's JSON form; constants have no value."""
    weights: dict[str, NDArray[Any]]
    """Value of each constant by its node's name, float32, int32 or bool."""
    producer: int
    """Version of the graph's format, from TensorFlow."""
    versions: dict[str, str]
    """`generatedBy` and `convertedBy`, as the converter wrote them."""


def convert(graph: GraphDef) -> ConvertedGraph:
    """Run `tensorflowjs.converters` in a process of its own; its output is shown only when it fails.

    Weights stay float32 here: precision is chosen when they are written.

    Args:
        graph: frozen, with the output node "logits".

    Raises:
        BadInput: an operation that the browser runtime does not carry.
        StepFailed: the converter failed; with the last lines of its output.
    """
    with tempfile.TemporaryDirectory(prefix="sporeprint-convert-") as temporary:
        folder = Path(temporary)
        frozen = folder / "frozen.pb"
        frozen.write_bytes(graph.SerializeToString(deterministic=True))
        _run_converter(frozen, folder / "converted", folder / "converter.log")
        converted = _read(folder / "converted")
    check_ops((node["name"], node["op"]) for node in converted.nodes)
    return converted


def _run_converter(frozen: Path, out: Path, log: Path) -> None:
    # The operations are checked afterwards against what our runtime carries, which is less than all of tfjs.
    options = ["--input_format=tf_frozen_model", "--output_format=tfjs_graph_model", "--skip_op_check"]
    # -P: this package's folder must not come before the libraries'.
    command = [sys.executable, "-P", str(_CONVERTER), *options, f"--output_node_names={OUTPUT}", str(frozen), str(out)]
    status = _run(command, log)
    if status != 0 or not (out / "model.json").is_file():
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise StepFailed(
            "tensorflowjs converts the model",
            received=f"exit status {status}: {' | '.join(lines[-_LOG_LINES:])}",
            next_step="Run `sporeprint doctor` to check the installed versions",
        )


def _run(command: list[str], log: Path) -> int:
    with log.open("wb") as stream:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, env={**os.environ, **SETTINGS}
        )
    return done.returncode


def _read(folder: Path) -> ConvertedGraph:
    model = json.loads((folder / "model.json").read_bytes())
    weights: dict[str, NDArray[Any]] = {}
    for group in model["weightsManifest"]:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        offset = 0
        for entry in group["weights"]:
            weights[entry["name"]], offset = _decode(entry, data, offset)
    return ConvertedGraph(
        nodes=model["modelTopology"]["node"],
        weights=weights,
        producer=int(model["modelTopology"].get("versions", {}).get("producer", 0)),
        versions={key: str(model[key]) for key in ("generatedBy", "convertedBy")},
    )


def _decode(entry: dict[str, Any], data: bytes, offset: int) -> tuple[NDArray[Any], int]:
    if entry["dtype"] not in _DTYPES:
        raise StepFailed(
            f"Constants are {', '.join(_DTYPES)}",
            received=f"{entry['name']} of type {entry['dtype']}",
            next_step="Replace the layer that holds it and train again",
        )
    dtype = np.dtype(_DTYPES[entry["dtype"]])
    count = int(np.prod(entry["shape"], dtype=np.int64))
    array = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
    return array, offset + count * dtype.itemsize
