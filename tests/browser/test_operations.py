"""Every operation that an exported model may have runs on every backend, and gives the same."""

import pytest

from operation_graphs import CASES, operation_graph
from sporeprint_export.browser_ops import load_browser_ops
from sporeprint_site.vendoring import VENDOR

pytestmark = pytest.mark.browser
RUN = """async ([engine, graphs]) => {
  const { loadGraphModelSync, runningBackend, startBackend, tensor } =
    await import(new URL(engine, document.baseURI).href);
  await startBackend(new URL("vendor/", document.baseURI).href);
  const found = {};
  for (const [op, { topology, specs, data }] of Object.entries(graphs)) {
    try {
      const weightData = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer;
      const model = loadGraphModelSync(
        { modelTopology: topology, format: "graph-model", weightSpecs: specs, weightData });
      const [result] = [model.execute(tensor([0]), ["result"])].flat();
      found[op] = { shape: result.shape, values: [...await result.data()] };
    } catch (error) {
      found[op] = { error: String(error) };
    }
  }
  return [runningBackend(), found];
}"""


@pytest.fixture
def results(app, site, tmp_path):
    """Backend to operation to shape and values."""
    files = {"wasm": "tfjs.js", "webgl": "backends/tfjs-webgl.js", "cpu": "backends/tfjs-cpu.js"}
    graphs = {op: operation_graph(op) for op in CASES}
    found = {}
    for backend, file in files.items():
        site.extra[f"{backend}.js"] = (VENDOR / file).read_bytes()
        # A page each: tfjs keeps its state in the page's globals.
        running, found[backend] = app.open().evaluate(RUN, [f"{backend}.js", graphs])
        assert running == backend
    return found


def test_every_operation_runs_on_every_backend_with_the_same_result(results):
    assert set(CASES) | {"NoOp", "Placeholder"} == set(load_browser_ops())
    faults = [fault for op in CASES if (fault := fault_of(op, {name: found[op] for name, found in results.items()}))]
    assert faults == []


def fault_of(op, found):
    """What is wrong with the three results of an operation; nothing when they agree."""
    failed = {backend: result["error"] for backend, result in found.items() if "error" in result}
    if failed:
        return op, failed
    reference = found["cpu"]
    if len(set(reference["values"])) == 1:
        return op, "its result would be the same for other operations"
    right = {"shape": reference["shape"], "values": pytest.approx(reference["values"], rel=1e-5, abs=1e-5)}
    other = {backend: result for backend, result in found.items() if result != right}
    return (op, other, reference) if other else None
