"""JavaScript that exists twice or stands alone: the decision rule, the worker bridge, the header reader."""

import base64
import io
import random

import numpy as np
import pytest
from PIL import Image

from sporeprint_training.artefact import sha256_bytes
from sporeprint_training.decision import RANKS, Taxon, Thresholds, calibrated_scores, decide, fuse
from sporeprint_training.familiarity import fit_familiarity

pytestmark = pytest.mark.browser
READABLE = True

DECIDE = """async (cases) => {
  const { calibratedScores, decide, fuse } = await import(new URL("app/shared/decision.js", document.baseURI).href);
  const number = (value) => ({ nan: NaN, inf: Infinity })[value] ?? value;
  return cases.map(({ photos, exponent, scores, taxa, thresholds, temperature, familiarity }) => {
    try {
      const logits = () => fuse(photos.map((values) => values.map(number)), exponent);
      const used = scores ? scores.map(number) : calibratedScores(logits(), temperature);
      // Classes are grouped once for many finds: what another one left behind must change nothing.
      decide([...used].reverse(), taxa, thresholds, number(familiarity));
      return { scores: used, decision: decide(used, taxa, thresholds, number(familiarity)) };
    } catch (error) {
      return { error: error.name };
    }
  });
}"""


@pytest.fixture
def page(modules):
    (tab,) = modules.context.pages
    return tab


@pytest.fixture
def served(modules):
    return modules.site


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
    unknown = source.choice([None, {"below": -1.0, "target": 0.05, "refused": None, "n": 0}])
    targets = {"target_precision": 0.9, "target_deadly_recall": 0.99}
    thresholds = {**ranks, **targets, "deadly": source.choice([0.1, 0.2, 0.3, 0.6]), "unknown": unknown, "bands": bands}
    familiarity = "nan" if source.random() < 0.03 else source.choice([None, -1.0, source.gauss(-1, 1)])
    case = {"taxa": taxa, "thresholds": thresholds, "familiarity": familiarity}
    if source.random() < 0.5:
        # Few distinct tenths: ties between taxa and sums that land exactly on thresholds are common.
        return case | {"scores": [source.choice([0.0, 0.1, 0.1, 0.2, 0.3, 0.6]) for _ in taxa]}
    photos = [[source.gauss(0, 4) for _ in taxa] for _ in range(source.choice([1, 1, 2, 3]))]
    if source.random() < 0.1:
        photos[-1][source.randrange(count)] = source.choice(["nan", "inf"])
    return case | {"photos": photos, "exponent": source.random(), "temperature": source.uniform(0.3, 3)}


def fused_in_python(case: dict) -> list[float]:
    return fuse([[float(value) for value in values] for values in case["photos"]], case["exponent"])


def answer_in_python(case: dict) -> dict:
    taxa = [Taxon(**item) for item in case["taxa"]]
    thresholds = Thresholds.model_validate(case["thresholds"])
    familiarity = None if case["familiarity"] is None else float(case["familiarity"])
    try:
        scores = case.get("scores") or calibrated_scores(fused_in_python(case), case["temperature"])
        return {"scores": scores, "decision": decide(scores, taxa, thresholds, familiarity).model_dump(mode="json")}
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
    reasons, unknown = set(), 0
    for case, got in zip(cases, answers, strict=True):
        expected = answer_in_python(case)
        assert got.get("error") == expected.get("error"), case
        if "error" in expected:
            continue
        assert got["scores"] == pytest.approx(expected["scores"], abs=1e-12)
        # Equal scores are added in the same order; only exponentials may differ in the last digit.
        rounding = 0 if "scores" in case else 1e-12
        assert got["decision"].pop("score") == pytest.approx(expected["decision"].pop("score"), rel=0, abs=rounding)
        assert got["decision"] == expected["decision"], case
        reasons.add(expected["decision"]["alarm_reason"])
        unknown += expected["decision"]["unknown"]
    assert reasons == {None, "score", "look_alike", "group"}
    assert 20 < unknown < 200


FAMILIAR = """async ([data, classes, photos]) => {
  const { familiarityOf, readFamiliarity } = await import(new URL("app/shared/familiarity.js", document.baseURI).href);
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  try {
    const known = readFamiliarity(bytes, classes);
    return photos.map((features) => familiarityOf(features, known));
  } catch (error) {
    return error.name;
  }
}"""


def test_the_browser_finds_photos_as_familiar_as_python_does(page):
    draw = np.random.default_rng(5)
    features, labels = draw.gamma(0.5, 1.0, (60, 33)).astype(np.float32), np.arange(60) % 6
    known = fit_familiarity(features, labels, features[:20], 6)
    photos = np.concatenate([draw.normal(0, 2, (30, 33)), np.zeros((1, 33))]).astype(np.float32)
    data = base64.b64encode(known.to_bytes()).decode()
    assert page.evaluate(FAMILIAR, [data, 6, photos.tolist()]) == pytest.approx(known.of(photos).tolist(), abs=1e-9)
    # Of another model, cut short, or asked about another number of features.
    cut = base64.b64encode(known.to_bytes()[:-1]).decode()
    for refused in ([data, 7, photos.tolist()], [cut, 6, photos.tolist()], [data, 6, photos[:, :-1].tolist()]):
        assert page.evaluate(FAMILIAR, refused) == "RangeError"


BRIDGE = """async ([script, silence]) => {
  const { WorkerBridge } = await import(new URL("app/page/model/bridge.js", document.baseURI).href);
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
def test_a_lost_worker_rejects_every_call_and_is_begun_anew(page, served, script, outcome):
    served.extra["worker.js"] = script.encode()
    # A busy machine may need a second to begin a worker; only the silent one is meant to run out of time.
    got = page.evaluate(BRIDGE, ["worker.js", 500 if outcome == "timeout" else 20_000])
    assert got == {"results": [outcome, outcome], "incarnation": 2}


def test_calls_reach_the_worker_one_after_the_other(page, served):
    served.extra["worker.js"] = b"""
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
  const { ModelClient } = await import(new URL("app/page/model/model_client.js", document.baseURI).href);
  const scripts = ["bad.js", "good.js"];
  const entry = { id: "m", name: "m", manifest: "m", manifest_sha256: "", manifest_bytes: 0, bytes: 0, default: true };
  const spawn = () => new Worker(new URL(scripts.shift() ?? "bad.js", document.baseURI), { type: "module" });
  const client = new ModelClient({ models: [entry] }, entry, document.baseURI, spawn);
  const first = await client.identify(new Blob(["x"]));
  return [first, scripts.length];
}"""


def test_a_worker_that_dies_while_identifying_is_replaced_once(page, served):
    script = """onmessage = ({ data }) => {
      if (data.type === 'prepare') postMessage({ call: data.call, kind: 'done', value: {} });
      else %s
    };"""
    served.extra["bad.js"] = (script % "throw new Error('dead');").encode()
    served.extra["good.js"] = (script % "postMessage({ call: data.call, kind: 'done', value: 'named' });").encode()
    assert page.evaluate(RECOVERY) == ["named", 0]


FOLLOWING = """async () => {
  const { ModelClient } = await import(new URL("app/page/model/model_client.js", document.baseURI).href);
  const entry = { id: "m", name: "m", manifest: "m", manifest_sha256: "", manifest_bytes: 0, bytes: 0, default: true };
  const spawn = () => new Worker(new URL("worker.js", document.baseURI), { type: "module" });
  const client = new ModelClient({ models: [entry] }, entry, document.baseURI, spawn);
  const channel = new BroadcastChannel("seen");
  const context = new Promise((resolve) => (channel.onmessage = () => resolve({ month: 10 })));
  return client.identify(new Blob(["x"]), context);
}"""


def test_the_worker_has_the_photos_before_anybody_knows_when_and_where_they_were_taken(page, served):
    served.extra["worker.js"] = b"""
      const said = [];
      onmessage = ({ data: { call, type, context } }) => {
        said.push([call, type, context ?? null]);
        if (type === "identify") new BroadcastChannel("seen").postMessage("");
        else postMessage({ call, kind: "done", value: type === "prepare" ? {} : said });
      };"""
    assert page.evaluate(FOLLOWING) == [[1, "prepare", None], [2, "identify", None], [2, "context", {"month": 10}]]


def test_a_worker_script_that_does_not_arrive_ends_in_words(app, site):
    site.faults["app/worker/main.js"] = lambda answer: type(answer)(404, {"Content-Type": "text/html"}, b"gone")
    words = app.wait_for(app.open(), "failed")
    assert "Something went wrong" in words


TWICE_WANTED = """async (wanted) => {
  const { fetchFile } = await import(new URL("app/worker/fetch_model.js", document.baseURI).href);
  const { ContentStore } = await import(new URL("app/worker/content_store.js", document.baseURI).href);
  const put = Cache.prototype.put;
  Cache.prototype.put = async function (...call) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return put.apply(this, call);
  };
  const fetched = async () => {
    const supply = { base: document.baseURI, store: await ContentStore.open(), download: true, report() {} };
    return (await fetchFile(wanted, supply)).length;
  };
  return Promise.all([fetched(), fetched()]);
}"""


def test_what_one_tab_is_still_storing_is_not_downloaded_by_the_next(page, served):
    data = served.extra["lone.bin"] = bytes(1000)
    wanted = {"url": served.url + "lone.bin", "name": "lone.bin", "bytes": len(data), "sha256": sha256_bytes(data)}
    assert page.evaluate(TWICE_WANTED, wanted) == [len(data)] * 2
    assert served.fetched("lone.bin") == 1


HEADER = """async (path) => {
  const { readHeader } = await import(new URL("app/worker/image_header.js", document.baseURI).href);
  return readHeader(new Uint8Array(await (await fetch(path)).arrayBuffer()));
}"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "WEBP lossless", "GIF", "BMP", "AVIF"])
def test_a_photo_tells_its_size_before_it_is_decoded(page, served, kind):
    stream = io.BytesIO()
    options = {"lossless": True} if "lossless" in kind else {}
    Image.new("RGB", (321, 123), (10, 20, 30)).save(stream, kind.split()[0], **options)
    served.extra["photo"] = stream.getvalue()
    header = page.evaluate(HEADER, "photo")
    header.pop("chromaHalved", None)
    assert header == {"format": kind.split()[0].lower(), "width": 321, "height": 123}


@pytest.mark.parametrize(
    ("colours", "options", "halved"),
    [
        ("RGB", {"subsampling": "4:2:0"}, True),
        ("RGB", {"subsampling": "4:2:0", "progressive": True}, True),
        ("RGB", {"subsampling": "4:2:2"}, False),
        ("RGB", {"subsampling": "4:4:4"}, False),
        ("L", {}, False),
        ("CMYK", {}, False),
    ],
)
def test_a_jpeg_tells_whether_its_chroma_has_half_the_size(page, served, colours, options, halved):
    stream = io.BytesIO()
    Image.new(colours, (321, 123)).save(stream, "JPEG", **options)
    served.extra["photo"] = stream.getvalue()
    assert page.evaluate(HEADER, "photo")["chromaHalved"] is halved
