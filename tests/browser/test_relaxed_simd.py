"""The binary with fused instructions: right operands in every order, and fetched alone."""

import json
import subprocess

import pytest

from sporeprint_site import vendoring

GET, SET, LOAD, STORE, MUL, ADD = [0x20], [0x21], [0xFD, 0, 4, 0], [0xFD, 11, 4, 0], [0xFD, 0xE6, 1], [0xFD, 0xE4, 1]


def at(place):
    """Load the four numbers at a place of the memory."""
    return [0x41, place, *LOAD]


# a at 0, b at 16, c at 32; the result goes to 48.
ORDERS = {
    "the sum before the product": [*at(32), *at(0), *at(16), *MUL, *ADD],
    "the sum from a local after the product": [*at(32), *SET, 0, *at(0), *at(16), *MUL, *GET, 0, *ADD],
    "the sum from memory after the product": [0x41, 32, *SET, 1, *at(0), *at(16), *MUL, *GET, 1, *LOAD, *ADD],
}


def module(code):
    """A module that exports its memory and a function without parameters, with a v128 and an i32 as locals."""
    body = [2, 1, 0x7B, 1, 0x7F, 0x41, 48, *code, *STORE, 0x0B]
    exports = [2, 1, ord("m"), 2, 0, 1, ord("f"), 0, 0]
    sections = [(1, [1, 0x60, 0, 0]), (3, [1, 0]), (5, [1, 0, 1]), (7, exports), (10, [1, len(body), *body])]
    return [0, 97, 115, 109, 1, 0, 0, 0, *(byte for id, data in sections for byte in (id, len(data), *data))]


RUN = """async (bytes) => {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(bytes));
  const numbers = new Float32Array(instance.exports.m.buffer);
  numbers.set([2, 3, 5, 7, 11, 13, 17, 19, 100, 200, 300, 400]);
  instance.exports.f();
  return Array.from(numbers.slice(12, 16));
}"""


def fused(bytes_):
    node, _, _ = vendoring.node_and_npm()
    script = """import("./bundling/tune_wasm.mjs").then(({ fuseMultiplyAdd }) => {
      console.log(JSON.stringify(Array.from(fuseMultiplyAdd(Uint8Array.from(JSON.parse(process.argv[1]))))));
    });"""
    site = vendoring.VENDOR.parents[1]
    done = subprocess.run([node, "-e", script, json.dumps(bytes_)], cwd=site, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.browser
@pytest.mark.parametrize("order", ORDERS)
def test_a_fused_product_and_sum_has_the_right_operands(browser, order):
    page = browser.new_page()
    plain = module(ORDERS[order])
    changed = fused(plain)
    assert changed != plain
    expected = [2 * 11 + 100, 3 * 13 + 200, 5 * 17 + 300, 7 * 19 + 400]
    assert page.evaluate(RUN, plain) == expected
    assert page.evaluate(RUN, changed) == expected
    page.close()


@pytest.mark.browser
def test_a_browser_fetches_the_fastest_binary_that_it_can_run_and_no_other(make_app, site):
    app = make_app(site)
    page = app.open(accept=True)
    app.wait_for(page, "ready")
    assert site.fetched("-wasm-relaxed-simd.wasm") > 0
    assert site.fetched("-wasm-simd.wasm") == 0
    assert site.fetched("backend-wasm.wasm") == 0
