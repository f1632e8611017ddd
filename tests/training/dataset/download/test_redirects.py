"""Where addresses may lead, what is connected to, and what a server learns of the user."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

import own_loop
from photo_server import Server, header, reply
from sporeprint_training import web_addresses
from sporeprint_training.dataset.download.ask import Asker
from sporeprint_training.dataset.download.options import DownloadOptions
from sporeprint_training.dataset.download.partial import Partial
from sporeprint_training.dataset.download.reasons import Failure
from sporeprint_training.dataset.download.waiting import Clock

pytestmark = pytest.mark.usefixtures("clock")


def test_redirects_are_followed_and_a_circle_of_them_ends(server, outcome, jpeg):
    server.answer("/b%20c", reply(status="301 Moved", Location=server.answer("/photo.jpg", reply(jpeg(1)))))
    assert outcome(server.answer("/a", reply(b"see there", "302 Found", Location="/b%20c"))).state == "stored"
    found = outcome(server.answer("/round", reply(status="307 On", Location="/round")), redirects=3)
    assert (found.state, found.reason, len(server.asked("/round"))) == ("failed", "redirects", 4)


def test_a_redirect_in_other_letters_is_followed(server, outcome, jpeg):
    server.answer("/f%C3%B6hre.jpg", reply(jpeg(1)))
    location = "/föhre.jpg".encode().decode("latin-1")
    assert outcome(server.answer("/a", reply(status="302 Found", Location=location))).state == "stored"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://127.0.0.1/p.jpg", "scheme"),
        ("http://user:secret@127.0.0.1/p.jpg", "credentials"),
        ("http://[::1", "bad_address"),
        ("http://127.0.0.1:99999/", "bad_address"),
        ("http://xn--\udc80/", "bad_address"),
        ("", "redirects"),
    ],
)
def test_a_redirect_is_checked_like_an_address_of_the_table(server, outcome, location, reason):
    location = location.encode("utf-8", "surrogateescape").decode("latin-1")
    assert outcome(server.answer("/a", reply(status="302 Found", Location=location))).reason == reason
    assert len(server.requests) <= 6


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "scheme"), ("nan", "scheme"), ("file:///etc/passwd", "scheme"), ("=cmd()", "scheme"),
        ("http://a b/", "bad_address"), ("http://h/\udcff", "bad_address"), ("http://[", "bad_address"),
        ("http://h/" + "x" * 10_000, "bad_address"), ("https://user:secret@127.0.0.1/", "credentials"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_named_and_nothing_is_sent(outcome, address, reason, monkeypatch):
    def resolved(*_, **__):
        raise AssertionError("asked a name server")

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    found = outcome(address)
    assert (found.state, found.reason) == ("failed", reason)


@pytest.mark.parametrize("host", ["a" * 300, "..."])
def test_a_host_that_cannot_have_a_name_is_unknown(outcome, host):
    assert outcome(f"http://{host}/", attempts=1).reason == "unknown_host"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_private_hosts_are_refused_however_they_are_written_until_they_are_allowed(server, fetch, jpeg, host):
    address = server.answer("/p.jpg", reply(jpeg(1))).replace("127.0.0.1", host)
    assert fetch(address, private_hosts=False).reasons == {"private_address": 1}
    assert server.requests == []
    if host in ("127.0.0.1", "localhost"):
        assert fetch(address).stored == 1


def test_a_redirect_to_this_machine_is_refused_though_the_first_address_was_public(server, outcome, monkeypatch):
    public = web_addresses.is_public
    monkeypatch.setattr(web_addresses, "is_public", lambda place: place == "127.0.0.1" or public(place))
    location = f"http://127.0.0.2:{server.port}/secret"
    found = outcome(server.answer("/a", reply(status="302 Found", Location=location)), private_hosts=False)
    assert found.reason == "private_address"
    assert server.asked("/secret") == []


def test_the_very_address_that_was_checked_is_connected_to(server, outcome, jpeg, monkeypatch):
    """A name server that answers differently the second time (DNS rebinding) gains nothing."""
    asked = []

    def answers(host, port, *_, **__):
        asked.append(host)
        if host != "photos.example":  # the connection is made to a number, which needs no name server
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    address = server.answer("/p.jpg", reply(jpeg(1))).replace("127.0.0.1", "photos.example")
    assert outcome(address, private_hosts=False).reason == "private_address"
    assert outcome(address).state == "stored"
    assert asked.count("photos.example") == 2
    assert header(server.requests[-1], "Host") == f"photos.example:{server.port}"


def test_https_does_not_lead_to_http():
    """Without a certificate of a test's own: the client is told what the server would have said."""

    class Moved(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(302, headers={"Location": "HTTP://example.org/p.jpg"}, stream=httpx.ByteStream(b""))

    async def asked():
        async with httpx.AsyncClient(transport=Moved()) as client:
            await Asker(client, DownloadOptions(), Clock()).ask("https://example.org/p.jpg", Partial())

    with pytest.raises(Failure) as caught:
        own_loop.run(asked())
    assert caught.value.reason == "downgrade"


def test_nothing_of_the_user_is_sent_and_no_cookie_comes_back(server, fetch, jpeg, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://user:secret@127.0.0.1:9")
    server.answer("/a.jpg", reply(status="302 Found", Location="/b.jpg", Set_Cookie="seen=1; Path=/"))
    server.answer("/b.jpg", reply(jpeg(1), Set_Cookie="seen=2; Path=/"))
    fetch(server.url + "/a.jpg", contact="mailto:fungi@example.org")
    fetch(server.answer("/c.jpg", reply(jpeg(2))))
    names = {line.partition(":")[0].lower() for text in server.requests for line in text.splitlines()[1:] if line}
    assert names == {"host", "accept", "accept-encoding", "connection", "user-agent"}
    agents = [header(request, "User-Agent") for request in server.requests]
    assert agents[0].startswith("sporeprint/")
    assert agents[0].endswith(" (+mailto:fungi@example.org)")
    assert "(" not in agents[2]


def test_a_host_that_many_addresses_lead_to_is_spared_as_well(server, fetch, jpeg):
    others = [Server() for _ in range(6)]
    try:
        goal = server.answer("/p.jpg", lambda connected, _: connected.sendall(reply(jpeg(1))))
        addresses = [
            other.answer(f"/{number}", reply(status="302 Found", Location=goal))
            for number, other in enumerate(others * 3)
        ]
        assert fetch(*addresses, per_host=2).stored == 18
        assert server.most_open <= 2
    finally:
        for other in others:
            other.close()


def test_waiting_for_others_to_be_done_with_a_host_is_not_the_servers_time(jpeg):
    class Answering(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, stream=httpx.ByteStream(jpeg(1)))

    async def asked():
        async with httpx.AsyncClient(transport=Answering()) as client:
            asker = Asker(client, DownloadOptions(total_seconds=0.5), Clock())
            asker._hosts["example.org"] = busy = asyncio.Semaphore(0)
            asking = asyncio.create_task(asker.ask("https://example.org/p.jpg", Partial()))
            await asyncio.sleep(0.7)
            busy.release()
            return await asking

    assert own_loop.run(asked()).data == jpeg(1)
