"""GBIF's way of making downloads, as a local server plays it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from sporeprint_training.dataset.darwin_core.gbif_api import GbifApi, download_archive
from sporeprint_training.dataset.darwin_core.opening import open_archive
from sporeprint_training.errors import BadInput, StepFailed

KEY = "0001005-130906152512535"
USER = {"GBIF_USER": "ada", "GBIF_PWD": "secret", "GBIF_EMAIL": "ada@example.org"}
FUNGI = {"type": "equals", "key": "TAXON_KEY", "value": "5"}


class Gbif:
    """What the server holds, does and was asked."""

    def __init__(self) -> None:
        self.archive = b""
        self.statuses = ["PREPARING", "RUNNING", "SUCCEEDED"]
        self.answers: list[tuple[int, dict[str, str], str]] = []
        """Instead of the usual ones: status, headers, body."""
        self.cut: list[int] = []
        """Bytes after which a download breaks off."""
        self.ranges = True
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.waited: list[float] = []
        self.url = ""

    def api(self, **changes) -> GbifApi:
        return GbifApi(self.url, **{"environment": USER, "pause": self.waited.append, **changes})


@pytest.fixture
def gbif(make_archive) -> Iterator[Gbif]:
    state = Gbif()
    state.archive = make_archive().read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.answer("POST")

        def do_GET(self) -> None:
            self.answer("GET")

        def answer(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            state.asked.append((method, self.path, dict(self.headers), body))
            if state.answers:
                self.send(*state.answers.pop(0))
            elif method == "POST":
                self.send(201, {}, KEY)
            elif self.path.endswith(".zip"):
                self.send_archive()
            else:
                status = state.statuses.pop(0) if len(state.statuses) > 1 else state.statuses[0]
                said = {
                    "key": KEY,
                    "status": status,
                    "doi": "10.15468/dl.x",
                    "size": len(state.archive),
                    "totalRecords": 2,
                }
                self.send(200, {}, json.dumps(said))

        def send_archive(self) -> None:
            asked = self.headers.get("range", "") if state.ranges else ""
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
            self.send_response(206 if asked else 200)
            data = state.archive[start:]
            if asked:
                self.send_header("content-range", f"bytes {start}-{len(state.archive) - 1}/{len(state.archive)}")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: state.cut.pop(0)] if state.cut else data)

        def send(self, status: int, headers: dict[str, str], text: str) -> None:
            self.send_response(status)
            for name, value in {"content-length": str(len(text.encode())), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_search_becomes_an_archive(gbif, tmp_path):
    path = download_archive(tmp_path / "downloads", predicate=FUNGI, api=gbif.api())
    assert path == tmp_path / "downloads" / f"{KEY}.zip"
    assert open_archive(path).rows() == {"occurrence.txt": 2, "multimedia.txt": 3}
    method, address, headers, body = gbif.asked[0]
    assert (method, address) == ("POST", "/v1/occurrence/download/request")
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"ada:secret"
    assert json.loads(body) == {
        "creator": "ada", "notificationAddresses": ["ada@example.org"], "sendNotification": False, "format": "DWCA",
        "predicate": FUNGI,
    }  # fmt: skip
    assert [address for _, address, *_ in gbif.asked[1:]] == [
        *[f"/v1/occurrence/download/{KEY}"] * 3, f"/v1/occurrence/download/request/{KEY}.zip",
    ]  # fmt: skip
    assert not any("Authorization" in headers for _, _, headers, _ in gbif.asked[1:])
    assert gbif.waited == [5, 10]


def test_a_key_needs_no_user_and_an_archive_that_is_there_is_not_fetched_again(gbif, tmp_path):
    api = gbif.api(environment={})
    path = download_archive(tmp_path, key=KEY, api=api)
    fetched = len(gbif.asked)
    assert download_archive(tmp_path, key=KEY, api=api) == path
    assert [address for _, address, *_ in gbif.asked[fetched:]] == [f"/v1/occurrence/download/{KEY}"]


def test_a_download_that_breaks_off_goes_on_where_it_ended(gbif, tmp_path):
    gbif.cut = [100, 50]
    path = download_archive(tmp_path, key=KEY, api=gbif.api())
    assert path.read_bytes() == gbif.archive
    assert [headers.get("Range") for _, address, headers, _ in gbif.asked if address.endswith("zip")] == [
        None, "bytes=100-", "bytes=150-",
    ]  # fmt: skip
    assert [file.name for file in tmp_path.iterdir() if "part" in file.name] == []


def test_a_server_without_ranges_starts_again(gbif, tmp_path):
    gbif.cut, gbif.ranges = [100], False
    assert download_archive(tmp_path, key=KEY, api=gbif.api()).read_bytes() == gbif.archive


def test_a_download_that_never_arrives_keeps_what_has_come(gbif, tmp_path):
    gbif.cut = [7] * 6
    with pytest.raises(StepFailed, match="42 of"):
        download_archive(tmp_path, key=KEY, api=gbif.api())
    assert download_archive(tmp_path, key=KEY, api=gbif.api()).read_bytes() == gbif.archive


@pytest.mark.parametrize("status", ["FAILED", "KILLED", "CANCELLED", "FILE_ERASED", "<b>"])
def test_a_download_that_was_given_up_is_no_success(gbif, tmp_path, status):
    gbif.statuses = ["RUNNING", status]
    with pytest.raises(StepFailed, match=status):
        download_archive(tmp_path, key=KEY, api=gbif.api())


def test_waiting_ends(gbif, tmp_path):
    gbif.statuses = ["RUNNING"]
    with pytest.raises(StepFailed, match="RUNNING"):
        gbif.api().wait(KEY)
    assert 12 * 3600 <= sum(gbif.waited) < 13 * 3600


@pytest.mark.parametrize(("status", "error", "match"), [
    (401, BadInput, "user and the password"), (400, BadInput, "predicate"), (420, StepFailed, "one user at a time"),
    (418, StepFailed, "status 418"),
])  # fmt: skip
def test_a_search_that_is_not_taken_is_explained(gbif, status, error, match):
    gbif.answers = [(status, {}, "no")]
    with pytest.raises(error, match=match) as caught:
        gbif.api().request(FUNGI)
    assert "secret" not in str(caught.value)


def test_a_busy_server_is_asked_again_when_it_says(gbif):
    gbif.answers = [(503, {"retry-after": "17"}, ""), (429, {}, "")]
    assert gbif.api().request(FUNGI) == KEY
    assert gbif.waited == [17, 10]


@pytest.mark.parametrize("name", USER)
def test_a_missing_variable_is_named(gbif, name):
    with pytest.raises(BadInput, match=f"no {name}"):
        gbif.api(environment={**USER, name: " "}).request(FUNGI)


@pytest.mark.parametrize("key", ["", "../../x", "0001005", "0001005-130906152512535/../..", "ab"])
def test_what_is_no_key_is_refused_before_it_is_asked_for(gbif, key):
    with pytest.raises(BadInput, match="key"):
        gbif.api().wait(key)
    assert gbif.asked == []


def test_an_unknown_key_and_a_page_instead_of_json_are_named(gbif):
    gbif.answers = [(404, {}, "nothing")]
    with pytest.raises(BadInput, match=KEY):
        gbif.api().wait(KEY)
    gbif.answers = [(200, {}, "<html>")]
    with pytest.raises(StepFailed, match="JSON"):
        gbif.api().wait(KEY)


def test_a_redirect_away_from_https_is_refused(gbif, tmp_path):
    download = gbif.api().wait(KEY)
    gbif.answers = [(302, {"location": "http://example.org/a.zip"}, "")]
    with pytest.raises(StepFailed, match="over https"):
        gbif.api().fetch(download, tmp_path)


def test_a_server_that_cannot_be_reached_is_named(tmp_path):
    waited: list[float] = []
    with pytest.raises(StepFailed, match=r"127\.0\.0\.1:9"):
        GbifApi("http://127.0.0.1:9/v1", pause=waited.append).wait(KEY)
    assert waited == [5, 10, 20, 40, 60, 60]
