"""The converter's graph: fused where the browser is fastest, refused where the browser cannot follow."""

import base64
from collections import Counter

import keras
import pytest

from sporeprint_export import convert as convert_module
from sporeprint_export.browser_ops import check_ops, load_browser_ops
from sporeprint_export.convert import convert
from sporeprint_export.fold import fold
from sporeprint_export.freeze import freeze
from sporeprint_training.errors import BadInput, StepFailed


def fused(node):
    return [base64.b64decode(step).decode() for step in node["attr"]["fused_ops"]["list"]["s"]]


def test_depthwise_convolutions_carry_their_bias_and_activation(graph):
    ops = Counter(node["op"] for node in graph.nodes)
    steps = [fused(node) for node in graph.nodes if node["op"] == "FusedDepthwiseConv2dNative"]
    assert steps == [["BiasAdd", "Relu6"]]
    assert ops["DepthwiseConv2dNative"] == 1, "the first half of a separable convolution has neither"


def test_every_fused_bias_is_one_number_per_channel(graph):
    biases = [
        graph.weights[node["input"][2]]
        for node in graph.nodes
        if node["op"].startswith(("_Fused", "Fused")) and "BiasAdd" in fused(node)
    ]
    assert len(biases) >= 5
    assert {bias.ndim for bias in biases} == {1}


def test_the_sum_of_two_convolutions_is_not_taken_for_a_bias(graph):
    nodes = {node["name"]: node for node in graph.nodes}
    sums = [node for node in graph.nodes if node["op"] == "AddV2"]
    assert any({nodes[source]["op"] for source in node["input"]} == {"Conv2D"} for node in sums)


def test_nothing_is_worked_out_on_the_phone_that_is_known_before(graph):
    assert not {"Shape", "Pack", "StridedSlice", "Rsqrt"} & {node["op"] for node in graph.nodes}


@pytest.mark.usefixtures("convert_at_once")
def test_an_operation_that_the_browser_lacks_is_named_with_its_layer():
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.Lambda(lambda x: keras.ops.erf(x), name="odd_activation")(keras.layers.Conv2D(4, 3)(image))
    model = keras.Model(image, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))
    with pytest.raises(BadInput, match=r"Erf at .*odd_activation"):
        convert(fold(freeze(model)))


def test_all_missing_operations_are_named_once():
    nodes = [("a/conv", "Conv2D"), ("a/first", "Erf"), ("a/second", "Erf"), ("b/top", "TopKV2")]
    with pytest.raises(BadInput, match=r"Received: Erf at a/first, TopKV2 at b/top\."):
        check_ops(nodes)


def test_the_list_of_operations_names_a_kernel_for_all_but_the_graphs_own():
    without = {op for op, kernels in load_browser_ops().items() if not kernels}
    assert without == {"Const", "NoOp", "Placeholder", "Shape"}


def test_a_failing_converter_shows_its_last_lines(network, tmp_path, monkeypatch):
    script = tmp_path / "converter.py"
    script.write_text("import sys\nprint('loading')\nprint('no such operator: Frobnicate')\nsys.exit(3)\n")
    monkeypatch.setattr(convert_module, "_CONVERTER", script)
    with pytest.raises(StepFailed, match=r"exit status 3: loading \| no such operator: Frobnicate"):
        convert(fold(freeze(network)))


def test_a_converter_that_writes_nothing_is_a_failure(network, tmp_path, monkeypatch):
    script = tmp_path / "converter.py"
    script.write_text("")
    monkeypatch.setattr(convert_module, "_CONVERTER", script)
    with pytest.raises(StepFailed, match="exit status 0"):
        convert(fold(freeze(network)))
