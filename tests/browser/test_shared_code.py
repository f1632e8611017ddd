"""JavaScript that exists twice or stands alone: the decision rule, the worker bridge, the header reader."""

import io
import random

import pytest
from PIL import Image

from sporeprint_training.decision import RANKS, Band, Taxon, Thresholds, calibrated_scores, decide

pytestmark = pytest.mark.browser

DECIDE = """async (cases) => {
  const { calibratedScores, decide } = await import(new URL("app/shared/decision.js", document.baseURI).href);
  const number = (value) => ({ nan: NaN, inf: Infinity })[value] ?? value;
  return cases.map(({ logits, scores, taxa, thresholds, temperature }) => {
    try {
      const used = scores ? scores.map(number) : calibratedScores(logits.map(number), temperature);
      return { scores: used, decision: decide(used, taxa, thresholds) };
    } catch (error) {
      return { error: error.name };
    }
  });
}"""


@pytest.fixture
def page(app):
    return app.open()


def random_case(source: random.Random) -> dict:
    count = source.choice([1, 2, 5, 12, 40])
    taxa = []
    for index in range(count):
        names = {"species": f"Species {index}", "genus": f"Genus {index // 2}", "family": f"Family {index // 5}"}
        if source.random() < 0.7:
            names["order"] = f"Order {index // 11}"
        if source.random() < 0.1:
            del names[source.choice(["species", "genus"])]
        toxicity = source.choice(["deadly", "poisonous", "not_assessed", "not_assessed", "not_assessed"])
        look_alikes = [f"Species {count + index}"] if source.random() < 0.1 else []
        taxa.append({"names": names, "toxicity": toxicity, "deadly_look_alikes": look_alikes})
    levels = sorted((source.choice([0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.9]) for _ in range(2)), reverse=True)
    bands = [
        {"name": name, "from_score": level} for name, level in zip(("high", "medium", "low"), (*levels, 0), strict=True)
    ]
    ranks = {rank: source.choice([0.1, 0.2, 0.3, 0.5, 0.6, 0.8, 1.0]) for rank in RANKS}
    case = {"taxa": taxa, "thresholds": {**ranks, "deadly": source.choice([0.1, 0.2, 0.3, 0.6]), "bands": bands}}
    if source.random() < 0.5:
        # Few distinct tenths: ties between taxa and sums that land exactly on thresholds are common.
        return case | {"scores": [source.choice([0.0, 0.1, 0.1, 0.2, 0.3, 0.6]) for _ in taxa]}
    logits = [source.gauss(0, 4) for _ in taxa]
    if source.random() < 0.1:
        logits[source.randrange(count)] = source.choice(["nan", "inf"])
    return case | {"logits": logits, "temperature": source.uniform(0.3, 3)}


def answer_in_python(case: dict) -> dict:
    taxa = [Taxon(**item) for item in case["taxa"]]
    thresholds = Thresholds(**{**case["thresholds"], "bands": tuple(Band(**b) for b in case["thresholds"]["bands"])})
    try:
        scores = case.get("scores") or calibrated_scores([float(v) for v in case["logits"]], case["temperature"])
        return {"scores": scores, "decision": decide(scores, taxa, thresholds).model_dump(mode="json")}
    except ValueError:
        return {"error": "RangeError"}


def with_names(case: dict) -> dict:
    # The browser's taxon carries its own name; Python reads it from the ranks.
    named = [(taxon, next(taxon["names"][rank] for rank in RANKS if rank in taxon["names"])) for taxon in case["taxa"]]
    return case | {"taxa": [{**taxon, "name": name} for taxon, name in named]}


def test_the_browser_decides_as_python_does(page):
    source = random.Random(2024)
    cases = [random_case(source) for _ in range(500)]
    answers = page.evaluate(DECIDE, [with_names(case) for case in cases])
    reasons = set()
    for case, got in zip(cases, answers, strict=True):
        expected = answer_in_python(case)
        assert got.get("error") == expected.get("error"), case
        if "error" in expected:
            continue
        assert got["scores"] == pytest.approx(expected["scores"], abs=1e-12)
        assert got["decision"].pop("score") == pytest.approx(expected["decision"].pop("score"), abs=1e-12)
        assert got["decision"] == expected["decision"], case
        reasons.add(expected["decision"]["alarm_reason"])
    assert reasons == {None, "score", "look_alike", "group"}


BRIDGE = """async ([script, silence]) => {
  const { WorkerBridge } = await import(new URL("app/page/bridge.js", document.baseURI).href);
  const bridge = new WorkerBridge(() => new Worker(new URL(script, document.baseURI), { type: "module" }), silence);
  const outcome = (call) => call.then((value) => value, (error) => error.code);
  const calls = [1, 2].map((photo) => outcome(bridge.call({ type: "identify", photo })));
  const results = await Promise.all(calls);
  return { results, incarnation: bridge.incarnation };
}"""


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        ("onmessage = () => { throw new Error('dead'); };", "crashed"),
        ("this is no script", "crashed"),
        ("onmessage = () => {};", "timeout"),
        (
            "onmessage = ({ data: { call } }) =>"
            " postMessage({ call, kind: 'failed', failure: { code: 'crashed', details: {} } });",
            "crashed",
        ),
    ],
    ids=["throws", "does not load", "says nothing", "says that it failed for no known reason"],
)
def test_a_lost_worker_rejects_every_call_and_is_begun_anew(page, site, script, outcome):
    site.extra["worker.js"] = script.encode()
    # A busy machine may need a second to begin a worker; only the silent one is meant to run out of time.
    got = page.evaluate(BRIDGE, ["worker.js", 500 if outcome == "timeout" else 20_000])
    assert got == {"results": [outcome, outcome], "incarnation": 2}


def test_calls_reach_the_worker_one_after_the_other(page, site):
    site.extra["worker.js"] = b"""
      let busy = false;
      onmessage = async ({ data }) => {
        const overlapping = busy;
        busy = true;
        await new Promise((resolve) => setTimeout(resolve, 50));
        busy = false;
        postMessage({ call: data.call, kind: "done", value: [data.photo, overlapping] });
      };"""
    got = page.evaluate(BRIDGE, ["worker.js", 5000])
    assert got == {"results": [[1, False], [2, False]], "incarnation": 1}


RECOVERY = """async () => {
  const { ModelClient } = await import(new URL("app/page/model_client.js", document.baseURI).href);
  const scripts = ["bad.js", "good.js"];
  const entry = { id: "m", name: "m", manifest: "m", manifest_sha256: "", manifest_bytes: 0, bytes: 0, default: true };
  const spawn = () => new Worker(new URL(scripts.shift() ?? "bad.js", document.baseURI), { type: "module" });
  const client = new ModelClient({ models: [entry] }, entry, document.baseURI, spawn);
  const first = await client.identify(new Blob(["x"]));
  return [first, scripts.length];
}"""


def test_a_worker_that_dies_while_identifying_is_replaced_once(page, site):
    script = """onmessage = ({ data }) => {
      if (data.type === 'prepare') postMessage({ call: data.call, kind: 'done', value: {} });
      else %s
    };"""
    site.extra["bad.js"] = (script % "throw new Error('dead');").encode()
    site.extra["good.js"] = (script % "postMessage({ call: data.call, kind: 'done', value: 'named' });").encode()
    assert page.evaluate(RECOVERY) == ["named", 0]


def test_a_policy_that_forbids_wasm_is_named(make_app, site):
    def without_wasm(answer):
        policy = answer.headers.get("Content-Security-Policy", "").replace(" 'wasm-unsafe-eval'", "")
        return type(answer)(answer.status, {**answer.headers, "Content-Security-Policy": policy}, answer.body)

    site.faults["/"] = without_wasm
    app = make_app(site)
    assert "WebAssembly" in app.wait_for(app.open(), "failed")
    assert all("wasm" in text for text in app.violations)
    app.violations.clear()


def test_a_worker_script_that_does_not_arrive_ends_in_words(app, site):
    site.faults["app/worker/main.js"] = lambda answer: type(answer)(404, {"Content-Type": "text/html"}, b"gone")
    words = app.wait_for(app.open(), "failed")
    assert "Something went wrong" in words


HEADER = """async (path) => {
  const { readHeader } = await import(new URL("app/worker/image_header.js", document.baseURI).href);
  return readHeader(new Uint8Array(await (await fetch(path)).arrayBuffer()));
}"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "WEBP lossless", "GIF", "BMP", "AVIF"])
def test_a_photo_tells_its_size_before_it_is_decoded(page, site, kind):
    stream = io.BytesIO()
    options = {"lossless": True} if "lossless" in kind else {}
    Image.new("RGB", (321, 123), (10, 20, 30)).save(stream, kind.split()[0], **options)
    site.extra["photo"] = stream.getvalue()
    assert page.evaluate(HEADER, "photo") == {"format": kind.split()[0].lower(), "width": 321, "height": 123}
