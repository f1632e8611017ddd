"""For every operation of browser_ops.json a graph of that operation alone, on small numbers."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Sequence
from typing import Any

Attributes = dict[str, dict[str, Any]]
Operand = tuple[tuple[int, ...], Sequence[float]] | list[int]
"""Shape and float32 values, or whole numbers in one dimension."""


def _text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def _ints(*values: int) -> dict[str, Any]:
    return {"list": {"i": [str(value) for value in values]}}


def _flag(value: bool) -> dict[str, bool]:
    return {"b": value}


def _int(value: int) -> dict[str, str]:
    return {"i": str(value)}


def _floats(*shape: int, least: float = -3.0) -> Operand:
    """Values from `least` to 7.x with no pattern that an operation could hide behind."""
    return shape, [least + (7 + 0.3 * math.sin(i)) * ((i * 37 % 23) / 22) for i in range(math.prod(shape))]


def _scalar(value: float) -> Operand:
    return (), [value]


_WINDOW: Attributes = {"strides": _ints(1, 2, 2, 1), "padding": _text("SAME"), "data_format": _text("NHWC")}
_CONV: Attributes = {**_WINDOW, "dilations": _ints(1, 1, 1, 1)}
_POOL: Attributes = {**_WINDOW, "ksize": _ints(1, 2, 2, 1)}
_MATRIX: Attributes = {"transpose_a": _flag(False), "transpose_b": _flag(False)}
_REDUCE: Attributes = {"keep_dims": _flag(True)}
_PHOTO = _floats(1, 5, 5, 3)
_GRID = _floats(3, 4)
_PADDING = ((4, 2), [0, 0, 1, 1, 1, 1, 0, 0])


def _fused(*steps: str) -> Attributes:
    names = [_text(step)["s"] for step in steps]
    return {"fused_ops": {"list": {"s": names}}, "num_args": _int(1)}


_UNARY = ("Elu", "Exp", "Identity", "Neg", "Relu", "Relu6", "Shape", "Sigmoid", "Softmax", "Square", "StopGradient")
_BINARY = ("Add", "AddV2", "Maximum", "Minimum", "Mul", "RealDiv", "SquaredDifference", "Sub")
_SLICED = {f"{name}_mask": _int(0) for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}

CASES: dict[str, tuple[list[Operand], Attributes]] = {
    **{op: ([_GRID], {}) for op in (*_UNARY, "Tanh")},
    **{op: ([_floats(3, 4, least=0.5)], {}) for op in ("Rsqrt", "Sqrt")},
    **{op: ([_GRID, _floats(4, least=0.5)], {}) for op in _BINARY},
    **{op: ([_PHOTO, [1, 2]], _REDUCE) for op in ("Max", "Mean", "Sum")},
    "AddN": ([_GRID, _GRID, _GRID], {"N": _int(3)}),
    "AvgPool": ([_PHOTO], _POOL),
    "BiasAdd": ([_PHOTO, _floats(3)], {"data_format": _text("NHWC")}),
    "Cast": ([_GRID], {"SrcT": {"type": "DT_FLOAT"}, "DstT": {"type": "DT_INT32"}}),
    "ClipByValue": ([_GRID, _scalar(-1), _scalar(2.5)], {}),
    "ConcatV2": ([_GRID, _floats(3, 2), [1]], {"N": _int(2)}),
    "Const": ([_GRID], {}),
    "Conv2D": ([_PHOTO, _floats(3, 3, 3, 2)], _CONV),
    "DepthwiseConv2dNative": ([_PHOTO, _floats(3, 3, 3, 1)], _CONV),
    "ExpandDims": ([_GRID, [1]], {}),
    "FusedBatchNormV3": (
        [_PHOTO, _floats(3), _floats(3), _floats(3), _floats(3, least=0.5)],
        {"epsilon": {"f": 0.001}, "data_format": _text("NHWC")},
    ),
    "FusedDepthwiseConv2dNative": (
        [_PHOTO, _floats(3, 3, 3, 1), _floats(3)],
        {**_CONV, **_fused("BiasAdd", "Relu6")},
    ),
    "GatherV2": ([_GRID, [2, 0], [0]], {"batch_dims": _int(0)}),
    "IdentityN": ([_GRID, _GRID], {}),
    "LeakyRelu": ([_GRID], {"alpha": {"f": 0.2}}),
    "MatMul": ([_GRID, _floats(4, 5)], _MATRIX),
    "MaxPool": ([_PHOTO], _POOL),
    "MirrorPad": ([_PHOTO, _PADDING], {"mode": _text("REFLECT")}),
    "Pack": ([_GRID, _GRID], {"axis": _int(0)}),
    "Pad": ([_PHOTO, _PADDING], {}),
    "PadV2": ([_PHOTO, _PADDING, _scalar(1.5)], {}),
    "Prelu": ([_PHOTO, _floats(3)], {}),
    "Reshape": ([_GRID, [2, 6]], {}),
    "ResizeBilinear": ([_PHOTO, [7, 4]], {"align_corners": _flag(False), "half_pixel_centers": _flag(True)}),
    "ReverseV2": ([_GRID, [1]], {}),
    "Slice": ([_GRID, [1, 0], [2, 3]], {}),
    "Split": ([[1], _GRID], {"num_split": _int(2)}),
    "SplitV": ([_GRID, [1, 3], [1]], {}),
    "Squeeze": ([_floats(3, 1, 4)], {"squeeze_dims": _ints(1)}),
    "StridedSlice": ([_GRID, [0, 1], [3, 4], [2, 2]], _SLICED),
    "Tile": ([_GRID, [2, 1]], {}),
    "Transpose": ([_GRID, [1, 0]], {}),
    "Unpack": ([_GRID], {"num": _int(3), "axis": _int(0)}),
    "_FusedConv2D": ([_PHOTO, _floats(3, 3, 3, 2), _floats(2)], {**_CONV, **_fused("BiasAdd", "Relu")}),
    "_FusedMatMul": ([_GRID, _floats(4, 5), _floats(5)], {**_MATRIX, **_fused("BiasAdd", "Relu6")}),
}
_NUMBERS_ALONE = {"ExpandDims": 1, "GatherV2": 2, "ConcatV2": 2, "Split": 0, "SplitV": 2}
"""Where an operand is a whole number and not a list of one."""


def operation_graph(op: str) -> dict[str, Any]:
    """What `loadGraphModelSync` takes, as JSON: the operands are weights named a, b, …; the result is "result"."""
    operands, attributes = CASES[op]
    nodes, specs, data = [], [], b""
    for index, operand in enumerate(operands):
        name = "abcde"[index]
        if isinstance(operand, list):
            shape, kind = (() if _NUMBERS_ALONE.get(op) == index else (len(operand),)), "int32"
            data += struct.pack(f"<{len(operand)}i", *operand)
        else:
            shape, values = operand
            kind = "int32" if all(isinstance(value, int) for value in values) and shape else "float32"
            data += struct.pack(f"<{len(values)}{'i' if kind == 'int32' else 'f'}", *values)
        specs.append({"name": name, "shape": list(shape), "dtype": kind})
        nodes.append(_const(name, shape, kind))
    inputs = ["abcde"[index] for index in range(len(operands))]
    last = {"name": "result", "op": op, "input": inputs, "attr": {"T": {"type": "DT_FLOAT"}, **attributes}}
    if op == "Const":
        last = _const("result", (3, 4), "float32")
        specs[0]["name"], nodes = "result", []
    one = {"shape": {"dim": [{"size": "1"}]}}
    image = {"name": "image", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}, "shape": one}}
    return {
        "topology": json.loads(json.dumps({"node": [image, *nodes, last], "versions": {"producer": 1}, "library": {}})),
        "specs": specs,
        "data": base64.b64encode(data).decode(),
    }


def _const(name: str, shape: Sequence[int], kind: str) -> dict[str, Any]:
    dtype = {"float32": "DT_FLOAT", "int32": "DT_INT32"}[kind]
    tensor = {"dtype": dtype, "tensorShape": {"dim": [{"size": str(size)} for size in shape]}}
    return {"name": name, "op": "Const", "input": [], "attr": {"dtype": {"type": dtype}, "value": {"tensor": tensor}}}
