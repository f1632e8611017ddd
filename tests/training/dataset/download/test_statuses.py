"""What servers say instead of a photo: recorded, waited for, or tried again, each as it deserves."""

from __future__ import annotations

import socket
import struct
from email.utils import formatdate

import pytest

from photo_server import reply
from sporeprint_training.dataset.download.run import outcomes

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize(
    ("status", "reason"),
    [("404 Not Found", "not_found"), ("410 Gone", "gone"), ("403 Forbidden", "forbidden"), ("206 Part", "http_status")],
)
def test_what_is_missing_is_recorded_and_never_asked_for_again(server, fetch, store, status, reason):
    address = server.answer("/p.jpg", reply(b"nothing here", status))
    for _ in range(2):
        assert fetch(address).reasons == {reason: 1}
    assert len(server.requests) == 1
    (found,) = outcomes(store, [address])
    assert (found.state, found.reason, found.http_status, found.attempts) == ("failed", reason, int(status[:3]), 1)


def test_what_is_missing_is_asked_for_again_when_that_is_wished(server, fetch, jpeg):
    address = server.answer("/p.jpg", reply(status="404 Not Found"), reply(jpeg(1)))
    assert fetch(address).stored == 0
    report = fetch(address, retry_failed=True)
    assert (report.stored, report.fetched, dict(report.reasons)) == (1, 1, {})


@pytest.mark.parametrize("status", ["429 Slow Down", "503 Busy"])
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(server, fetch, jpeg, clock, status):
    server.answer("/p.jpg", reply(status=status, Retry_After="37"), reply(jpeg(1)))
    assert fetch(server.url + "/p.jpg").stored == 1
    assert 37 <= clock.waited < 38


def test_a_date_says_too_how_long_to_wait(server, fetch, jpeg, clock):
    later = formatdate(clock.wall() + 90, usegmt=True)
    assert fetch(server.answer("/p.jpg", reply(status="503 Busy", Retry_After=later), reply(jpeg(1)))).stored == 1
    assert clock.waited == pytest.approx(90)


def test_a_busy_server_is_spared_by_its_other_photos_as_well(server, fetch, jpeg, clock):
    first = server.answer("/a.jpg", reply(status="429 Slow Down", Retry_After="60"), reply(jpeg(1)))
    seen = []

    def second(connected, _):
        seen.append(clock.waited)
        connected.sendall(reply(jpeg(2)))

    assert fetch(first, server.answer("/b.jpg", second), per_host=1).stored == 2
    assert seen == [pytest.approx(60)]


def test_a_busy_server_is_spared_after_its_photos_last_try_too(server, fetch, jpeg, clock):
    first = server.answer("/a.jpg", reply(status="503 Busy", Retry_After="60"))
    report = fetch(first, server.answer("/b.jpg", reply(jpeg(2))), per_host=1, attempts=1)
    assert (report.stored, report.reasons, clock.waited) == (1, {"unavailable": 1}, pytest.approx(60))


@pytest.mark.parametrize("status", ["429 Slow Down", "503 Busy", "500 Oh No", "502 Bad Gateway"])
def test_a_server_that_stays_busy_is_unavailable_after_some_tries_and_asked_again_by_a_rerun(
    server, outcome, jpeg, clock, status
):
    address = server.answer("/p.jpg", *[reply(status=status)] * 3, reply(jpeg(1)))
    found = outcome(address, attempts=3, backoff_seconds=4)
    assert (found.state, found.reason, found.attempts) == ("unavailable", "unavailable", 3)
    assert len(server.requests) == 3
    # 4 seconds and 8 seconds, half of each at random.
    assert 6 <= clock.waited <= 12
    assert outcome(address).state == "stored"


def test_a_pause_longer_than_allowed_leaves_the_whole_host_for_the_next_run(server, fetch, store, jpeg, clock):
    first = server.answer("/a.jpg", reply(status="429 Slow Down", Retry_After="9999"), reply(jpeg(1)))
    others = [server.answer(f"/{number}.jpg", reply(jpeg(number))) for number in range(2, 6)]
    report = fetch(first, *others, per_host=1, max_wait_seconds=600)
    assert report.reasons == {"unavailable": 1, "host_left_alone": 4}
    assert (len(server.requests), clock.waited) == (1, 0)
    assert {found.state for found in outcomes(store, others)} == {"unavailable"}
    assert fetch(first, *others).stored == 5


def test_a_host_that_never_answers_is_left_after_some_failures_and_others_are_not(server, fetch, jpeg, clock):
    dead = [server.answer(f"/dead{number}", lambda connected, _: None) for number in range(40)]
    alive = [server.answer(f"/{number}.jpg", reply(jpeg(number))) for number in range(3)]
    alive = [address.replace("127.0.0.1", "localhost") for address in alive]
    report = fetch(*dead, *alive, host_failures=10, per_host=2)
    assert report.stored == 3
    assert report.reasons["host_left_alone"] >= 28
    assert sum(report.reasons.values()) == 40
    assert sum("/dead" in request for request in server.requests) <= 12


def test_a_connection_that_is_reset_is_made_again(server, fetch, jpeg):
    def reset(connected, _):
        # To linger for 0 seconds: closing sends a reset.
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert fetch(server.answer("/p.jpg", reset, reply(jpeg(1)))).stored == 1
    assert len(server.requests) == 2


def test_no_server_and_no_name_may_be_there_next_time(server, outcome, monkeypatch):
    server.close()
    assert outcome(server.url + "/p.jpg", attempts=1).reason == "no_connection"

    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    found = outcome("http://no-such-host.invalid/p.jpg", attempts=1)
    assert (found.state, found.reason) == ("unavailable", "unknown_host")


def test_what_is_no_http_is_no_connection(server, outcome):
    assert outcome(server.answer("/p.jpg", b"SSH-2.0-OpenSSH_9\r\n\r\n"), attempts=1).reason == "no_connection"
    assert outcome(server.url.replace("http:", "https:") + "/p.jpg", attempts=1).reason == "no_connection"
