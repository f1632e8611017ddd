"""Photos from addresses: what a server may do, each thing ends in the photo's bytes or in one clear line."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest

from colour_bundle import plain_photo
from photo_server import reply
from sporeprint_export.identify.failures import Unusable
from sporeprint_export.identify.fetch import Limits, fetch
from sporeprint_training import web_addresses

LIMITS = Limits(private_hosts=True, max_bytes=100_000, seconds=5)
PHOTO = plain_photo(200, 30, 20)


def refused(url: str, limits: Limits = LIMITS) -> Unusable:
    with pytest.raises(Unusable) as caught:
        fetch(url, limits)
    return caught.value


def test_a_photo_arrives_whole_and_nothing_of_the_user_is_sent(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://user:secret@127.0.0.1:9")
    assert fetch(server.answer("/p%20a.png?size=l%20arge", reply(PHOTO)), LIMITS) == PHOTO
    (request,) = server.requests
    assert {line.partition(":")[0].lower() for line in request.splitlines()[1:] if line} == {
        "host", "accept", "accept-encoding", "user-agent", "connection",
    }  # fmt: skip


def test_letters_that_addresses_do_not_have_are_encoded(server):
    server.answer("/f%C3%B6hre.png", reply(PHOTO))
    assert fetch(f"{server.url}/föhre.png", LIMITS) == PHOTO


def test_chunks_and_a_body_that_ends_with_the_connection_arrive(server):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PHOTO[:50], PHOTO[50:])) + b"0\r\n\r\n"
    server.answer("/chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    server.answer("/unstated", b"HTTP/1.1 200 OK\r\n\r\n" + PHOTO)
    assert fetch(f"{server.url}/chunked", LIMITS) == fetch(f"{server.url}/unstated", LIMITS) == PHOTO


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("404 Not Found", "answered 404. There is no such file"),
        ("500 Oh No", "answered 500. Try again later"),
        ("429 Slow Down", "answered 429. Try again later"),
        ("401 Who", "answered 401. It does not give this file to everybody"),
        ("206 Partial Content", "answered 206. Name the photo's own address"),
    ],
)
def test_another_status_than_200_is_named_with_what_to_do(server, status, said):
    assert said in refused(server.answer("/p.png", reply(PHOTO, status))).text


def test_redirects_are_followed_and_a_circle_of_them_ends(server):
    server.answer("/a", reply(b"", "302 Found", Location="/b%20c"))
    server.answer("/b%20c", reply(b"", "301 Moved", Location=server.answer("/photo.png", reply(PHOTO))))
    assert fetch(f"{server.url}/a", LIMITS) == PHOTO
    server.answer("/round", reply(b"", "302 Found", Location="/round"))
    assert refused(f"{server.url}/round").reason == "redirects"
    assert sum("/round" in request for request in server.requests) == LIMITS.redirects + 1


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://127.0.0.1/p.png", "scheme"),
        ("http://user:secret@127.0.0.1/p.png", "credentials"),
        ("http://[::1", "bad_address"),
    ],
)
def test_a_redirect_is_checked_like_an_address_that_was_typed(server, location, reason):
    assert refused(server.answer("/a", reply(b"", "302 Found", Location=location))).reason == reason
    assert refused(location).reason == reason


def test_a_redirect_without_an_address_ends(server):
    assert refused(server.answer("/a", reply(b"", "302 Found"))).reason == "redirects"


def test_a_redirect_to_this_machine_is_refused_though_the_first_address_was_public(server, monkeypatch):
    # The first name is public as far as the check can tell, and its server leads to an address of this machine.
    public = web_addresses.is_public
    monkeypatch.setattr(web_addresses, "is_public", lambda address: address == "127.0.0.1" or public(address))
    port = server.url.rpartition(":")[2]
    server.answer("/a", reply(b"", "302 Found", Location=f"http://127.0.0.2:{port}/secret"))
    assert refused(f"{server.url}/a", replace(LIMITS, private_hosts=False)).reason == "private_address"
    assert not any("/secret" in request for request in server.requests)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_private_hosts_are_refused_however_they_are_written_and_told_of_the_option(server, host):
    url = server.url.replace("127.0.0.1", host) + "/p.png"
    failure = refused(url, replace(LIMITS, private_hosts=False))
    assert (failure.reason, "--allow-private-hosts" in failure.text) == ("private_address", True)
    assert server.requests == []


def test_the_very_address_that_was_checked_is_connected_to(server, monkeypatch):
    """A name server that answers differently the second time (DNS rebinding) gains nothing."""
    asked = []

    def answers(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    url = server.answer("/p.png", reply(PHOTO)).replace("127.0.0.1", "photos.example")
    assert refused(url, replace(LIMITS, private_hosts=False)).reason == "private_address"
    assert fetch(url, LIMITS) == PHOTO
    assert asked == ["photos.example"] * 2
    assert "Host: photos.example" in server.requests[-1]


def test_a_body_longer_than_allowed_is_refused_by_its_header_or_when_it_does_not_end(server):
    server.answer("/stated", b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n")
    assert refused(f"{server.url}/stated").reason == "too_many_bytes"

    sent = []

    def endless(connected, request):
        connected.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connected.sendall(b"\xff" * 50_000)
            sent.append(50_000)

    server.answer("/endless", endless)
    assert "More than 0.1 MB" in refused(f"{server.url}/endless").text
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"])
def test_a_server_that_sends_a_byte_in_a_while_is_left_when_the_time_is_over(server, start):
    def drip(connected, request):
        connected.sendall(start)
        while True:
            connected.sendall(b"x")
            time.sleep(0.05)

    server.answer("/slow", drip)
    started = time.monotonic()
    assert refused(f"{server.url}/slow", replace(LIMITS, seconds=0.4)).reason == "too_slow"
    assert time.monotonic() - started < 5


def test_a_server_that_says_nothing_is_left_when_the_time_is_over(server):
    server.answer("/silent", lambda connected, request: time.sleep(3))
    assert refused(f"{server.url}/silent", replace(LIMITS, seconds=0.3)).reason == "too_slow"


def test_a_body_shorter_than_stated_is_incomplete_and_a_longer_one_is_cut(server):
    short = refused(server.answer("/short", reply(PHOTO, Content_Length=str(len(PHOTO) + 7))))
    assert (short.reason, f"Only {len(PHOTO)} of {len(PHOTO) + 7}" in short.text) == ("incomplete", True)
    assert fetch(server.answer("/long", reply(PHOTO, Content_Length="20")), LIMITS) == PHOTO[:20]


def test_no_server_no_name_and_no_http_are_each_one_line(server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert refused(f"http://127.0.0.1:{port}/").reason == "no_connection"
    assert refused("http://no-such-host.invalid/p.png").reason == "unknown_host"
    server.answer("/odd", b"SSH-2.0-OpenSSH_9\r\n\r\n")
    assert refused(f"{server.url}/odd").reason == "no_connection"
    assert refused(server.url.replace("http:", "https:") + "/odd").reason == "no_connection"


@pytest.mark.parametrize(
    "url", ["http:///p.png", "http://127.0.0.1:99999/", "http://a b/", "http://h/\r\nX: y", "http://h/\udcff"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url):
    assert refused(url).reason == "bad_address"
