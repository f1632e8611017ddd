"""The preview answers as a production host would."""

import socket
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from sporeprint_site.build import build_site
from sporeprint_site.serve import SiteServer
from sporeprint_training.errors import BadInput, StepFailed


@pytest.fixture
def public(make_bundle, tmp_path):
    build_site([make_bundle()], tmp_path / "public")
    return tmp_path / "public"


def test_pages_come_with_a_policy_and_types(public):
    with SiteServer(public) as server, urllib.request.urlopen(server.url) as answer:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "script-src 'self' 'wasm-unsafe-eval'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-cache"


def test_content_is_immutable_and_counted(public):
    shard = next((public / "content").glob("*.bin"))
    with SiteServer(public) as server:
        with urllib.request.urlopen(f"{server.url}content/{shard.name}") as answer:
            assert answer.read() == shard.read_bytes()
            assert "immutable" in answer.headers["Cache-Control"]
        assert sum(request.bytes for request in server.requests) == shard.stat().st_size


def test_a_sub_path_is_served_and_nothing_above_it(public):
    with SiteServer(public, base_url="/fungi/") as server:
        assert server.url.endswith("/fungi/")
        with urllib.request.urlopen(f"{server.url}catalogue.json") as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(server.url.replace("fungi/", "catalogue.json"))


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "/content/../../secret.txt", "//etc/passwd", "/%00", "/" + "x" * 5000],
)
def test_files_outside_the_site_are_not_found(public, path):
    (public.parent / "secret.txt").write_text("secret")
    with SiteServer(public) as server:
        connection = HTTPConnection(urlsplit(server.url).netloc)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 404
        assert b"secret" not in answer.read()
        connection.close()


def test_a_taken_port_is_one_line(public):
    with SiteServer(public) as server, pytest.raises(StepFailed, match="free port"):
        SiteServer(public, port=urlsplit(server.url).port or 0)


def test_a_folder_that_is_not_a_site_is_refused(tmp_path):
    with pytest.raises(BadInput, match="Only a built site"):
        SiteServer(tmp_path)


def test_a_browser_that_goes_away_leaves_no_traceback(public, capfd):
    (public / "large.bin").write_bytes(bytes(50_000_000))
    with SiteServer(public) as server:
        parts = urlsplit(server.url)
        with socket.create_connection((parts.hostname, parts.port)) as connection:
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: here\r\n\r\n")
            connection.recv(1000)
        for thread in threading.enumerate():
            if "process_request" in thread.name:
                thread.join(5)
    assert "Traceback" not in capfd.readouterr().err


def test_a_compressed_copy_is_sent_to_whoever_takes_it(public):
    file = public / "catalogue.json"
    (public / "catalogue.json.br").write_bytes(b"small")
    with SiteServer(public) as server:
        for accepted, body, coding in (("gzip, br;q=1", b"small", "br"), ("gzip", file.read_bytes(), None)):
            asked = urllib.request.Request(f"{server.url}catalogue.json", headers={"Accept-Encoding": accepted})
            with urllib.request.urlopen(asked) as answer:
                assert answer.read() == body
                assert answer.headers["Content-Encoding"] == coding
        assert [request.bytes for request in server.requests] == [file.stat().st_size] * 2
        assert [request.sent for request in server.requests] == [5, file.stat().st_size]
