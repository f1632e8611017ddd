"""What comes after a 200: the whole photo, part of it, something else, too much, or nothing in time."""

from __future__ import annotations

import gzip
import time

import pytest

from photo_server import header, reply
from sporeprint_training.artefact import sha256_bytes

pytestmark = pytest.mark.usefixtures("clock")


def halves(body: bytes, **headers: str):
    """An answer that ends after half of the body, and one that sends what its Range asks for."""
    half = len(body) // 2
    short = reply(body[:half], Content_Length=str(len(body)), **headers)

    def rest(connected, request):
        start = int(header(request, "Range").removeprefix("bytes=").removesuffix("-"))
        content = f"bytes {start}-{len(body) - 1}/{len(body)}"
        connected.sendall(reply(body[start:], "206 Partial Content", Content_Range=content, **headers))

    return short, rest


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": '"v1"'}, '"v1"'),
        ({"Last_Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, "Wed, 21 Oct 2015 07:28:00 GMT"),
        ({"ETag": 'W/"v1"', "Last_Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}, "Wed, 21 Oct 2015 07:28:00 GMT"),
    ],
)
def test_the_rest_of_a_short_body_is_asked_for_if_the_file_is_still_the_same(server, outcome, jpeg, headers, validator):
    body = jpeg(1, (200, 150))
    found = outcome(server.answer("/p.jpg", *halves(body, **headers)))
    assert (found.state, found.received_sha256, found.attempts) == ("stored", sha256_bytes(body), 2)
    second = server.requests[1]
    assert (header(second, "Range"), header(second, "If-Range")) == (f"bytes={len(body) // 2}-", validator)


def test_a_part_is_kept_while_the_server_is_busy(server, outcome, jpeg):
    body = jpeg(1)
    short, rest = halves(body, ETag='"v1"')
    found = outcome(server.answer("/p.jpg", short, reply(status="503 Busy", Retry_After="5"), rest))
    assert (found.received_sha256, found.attempts) == (sha256_bytes(body), 3)


@pytest.mark.parametrize(
    "headers", [{}, {"ETag": 'W/"v1"'}, {"ETag": '"v1"', "Accept_Ranges": "none"}, {"ETag": '"ä"'}]
)
def test_without_a_usable_validator_the_whole_is_asked_for_again(server, outcome, jpeg, headers):
    body = jpeg(1)
    found = outcome(server.answer("/p.jpg", halves(body, **headers)[0], reply(body)))
    assert (found.state, found.received_sha256) == ("stored", sha256_bytes(body))
    assert header(server.requests[1], "Range") == header(server.requests[1], "If-Range") == ""


def test_a_server_that_answers_200_to_a_range_sends_the_whole_anew(server, outcome, jpeg):
    old, new = jpeg(1), jpeg(2, (96, 80))
    found = outcome(server.answer("/p.jpg", halves(old, ETag='"old"')[0], reply(new, ETag='"new"')))
    assert header(server.requests[1], "If-Range") == '"old"'
    assert (found.received_sha256, found.etag) == (sha256_bytes(new), '"new"')


@pytest.mark.parametrize(
    "answer",
    [
        reply(status="416 Range Not Satisfiable", Content_Range="bytes */5"),
        reply(b"x" * 9, "206 Partial Content", Content_Range="bytes 3-11/90", ETag='"old"'),
        reply(b"x" * 9, "206 Partial Content", ETag='"old"'),
    ],
)
def test_a_part_that_does_not_fit_is_thrown_away(server, outcome, jpeg, answer):
    body = jpeg(1)
    found = outcome(server.answer("/p.jpg", halves(body, ETag='"old"')[0], answer, reply(body)))
    assert (found.received_sha256, found.attempts) == (sha256_bytes(body), 3)
    assert header(server.requests[2], "Range") == ""


def test_a_part_of_a_changed_file_is_thrown_away(server, outcome, jpeg):
    body, half = jpeg(1), len(jpeg(1)) // 2
    content = f"bytes {half}-{len(body) - 1}/{len(body)}"
    changed = reply(body[half:], "206 Partial Content", Content_Range=content, ETag='"new"')
    found = outcome(server.answer("/p.jpg", halves(body, ETag='"old"')[0], changed, reply(body)))
    assert (found.received_sha256, found.attempts) == (sha256_bytes(body), 3)


def test_a_body_that_always_ends_early_is_incomplete_and_tried_again_by_a_rerun(server, outcome, jpeg):
    body = jpeg(1)
    address = server.answer("/p.jpg", *[halves(body)[0]] * 4, reply(body))
    found = outcome(address, attempts=4)
    assert (found.state, found.reason, found.attempts) == ("unavailable", "incomplete", 4)
    assert outcome(address).state == "stored"


def test_chunks_that_end_early_are_incomplete_too(server, outcome, jpeg):
    body = jpeg(1)
    cut = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s" % (len(body), body[:200])
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    found = outcome(server.answer("/p.jpg", cut, whole))
    assert (found.state, found.attempts) == ("stored", 2)


def test_a_page_is_not_an_image_whatever_the_server_calls_it_and_is_not_read_to_its_end(server, fetch):
    sent = []

    def page(connected, _):
        connected.sendall(reply(b"<!doctype html>" + b" " * 99, Content_Type="image/jpeg", Content_Length="90000000"))
        while True:
            sent.append(connected.send(b" " * 50_000))

    report = fetch(server.answer("/p.jpg", page), max_bytes=100_000_000)
    assert report.reasons == {"not_an_image": 1}
    assert report.received_bytes < 2_000_000


def test_a_photo_is_one_whatever_the_server_calls_it(server, outcome, jpeg):
    assert outcome(server.answer("/download.php?id=7", reply(jpeg(1), Content_Type="text/html"))).state == "stored"


@pytest.mark.parametrize(("body", "reason"), [(b"", "empty"), (b"\xff", "not_an_image"), (b"GIF8", "not_an_image")])
def test_nothing_and_next_to_nothing_are_no_photos(server, outcome, body, reason):
    assert outcome(server.answer("/p.jpg", reply(body))).reason == reason


def test_a_body_that_ends_with_the_connection_arrives(server, outcome, jpeg):
    assert outcome(server.answer("/p.jpg", reply(jpeg(1), Content_Length=""))).state == "stored"


def test_a_length_above_the_cap_is_refused_before_the_body_and_an_endless_body_when_it_gets_there(server, fetch, jpeg):
    def endless(connected, _):
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + jpeg(1))
        while True:
            connected.sendall(b"\0" * 50_000)

    report = fetch(server.answer("/long", reply(jpeg(1), Content_Length="100001")), max_bytes=100_000)
    assert (report.reasons, report.received_bytes) == ({"too_many_bytes": 1}, 0)
    report = fetch(server.answer("/endless", endless), max_bytes=100_000)
    assert report.reasons == {"too_many_bytes": 1}
    assert 100_000 < report.received_bytes < 400_000


def test_a_packed_photo_is_unpacked_and_a_packed_bomb_is_not(server, outcome, jpeg):
    photo, bomb = jpeg(1), gzip.compress(jpeg(1) + b"\0" * 3_000_000)
    found = outcome(server.answer("/gzip", reply(gzip.compress(photo), Content_Encoding="gzip")))
    assert (found.state, found.received_sha256) == ("stored", sha256_bytes(photo))
    assert outcome(server.answer("/said", reply(photo, Content_Encoding="gzip"))).state == "stored"
    assert outcome(server.answer("/bomb", reply(bomb, Content_Encoding="gzip")), max_bytes=100_000).reason == (
        "too_many_bytes"
    )
    page = reply(gzip.compress(b"<!doctype html>" * 9), Content_Encoding="gzip")
    assert outcome(server.answer("/page", page)).reason == "not_an_image"


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", reply(b"\xff\xd8\xff\xe0" * 9, Content_Length="5000")])
def test_a_server_that_sends_a_byte_in_a_while_is_left_when_the_time_is_over(server, outcome, start):
    def drip(connected, _):
        connected.sendall(start)
        while True:
            connected.sendall(b"x")
            time.sleep(0.02)

    started = time.monotonic()
    found = outcome(server.answer("/slow", drip), total_seconds=0.15, attempts=1)
    assert (found.state, found.reason) == ("unavailable", "too_slow")
    assert time.monotonic() - started < 5


def test_a_server_that_says_nothing_is_left_when_the_time_is_over(server, outcome, jpeg):
    waits = [lambda connected, _: time.sleep(0.6)] * 2
    found = outcome(server.answer("/p.jpg", *waits, reply(jpeg(1))), read_seconds=0.3, attempts=3)
    assert (found.state, found.attempts) == ("stored", 3)
