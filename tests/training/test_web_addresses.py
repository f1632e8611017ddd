"""The rules for addresses that come from strangers."""

from __future__ import annotations

import pytest

from sporeprint_training.web_addresses import (
    BadAddress,
    check_address,
    check_places,
    is_public,
    redirected,
    request_target,
)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "scheme"),
        ("//example.org/p.jpg", "scheme"),
        ("p.jpg", "scheme"),
        ("", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("https://user@example.org/p.jpg", "credentials"),
        ("https://user:secret@example.org/p.jpg", "credentials"),
        ("http:///p.jpg", "bad_address"),
        ("http://example.org:0/", "bad_address"),
        ("http://example.org:99999/", "bad_address"),
        ("http://[::1", "bad_address"),
        ("http://a b/", "bad_address"),
        ("http://example.org/\r\nX: y", "bad_address"),
        ("http://example.org/\udcff", "bad_address"),
        ("http://example.org/" + "a" * 8000, "bad_address"),
    ],
)
def test_what_is_no_address_to_fetch_is_refused_by_name(url, reason):
    with pytest.raises(BadAddress) as caught:
        check_address(url)
    assert caught.value.reason == reason


def test_an_ordinary_address_passes_and_its_target_is_encoded():
    address = check_address("https://example.org/föhre 1.jpg?a=b c".replace(" ", "%20"))
    assert (address.hostname, request_target(address)) == ("example.org", "/f%C3%B6hre%201.jpg?a=b%20c")
    assert request_target(check_address("http://example.org")) == "/"


@pytest.mark.parametrize("start", ["https", "HTTPS"])
@pytest.mark.parametrize("end", ["http", "HTTP"])
def test_https_does_not_lead_to_http(start, end):
    with pytest.raises(BadAddress) as caught:
        redirected(f"{start}://example.org/p.png", f"{end}://example.org/p.png")
    assert caught.value.reason == "downgrade"


def test_a_redirect_is_read_from_where_it_was_found():
    assert redirected("https://example.org/a/p.png", "../q.png") == "https://example.org/q.png"
    assert redirected("http://example.org/p.png", "https://example.org/p.png") == "https://example.org/p.png"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "::", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_of_this_machine_and_its_network_are_not_public(address):
    assert not is_public(address)


def test_addresses_of_others_are_public():
    assert all(map(is_public, ("8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8")))


def test_one_private_place_among_public_ones_is_enough_to_refuse_a_name():
    check_places("example.org", ["8.8.8.8", "2001:4860:4860::8888"])
    with pytest.raises(BadAddress) as caught:
        check_places("example.org", ["8.8.8.8", "10.0.0.1"])
    assert caught.value.values == {"host": "example.org", "address": "10.0.0.1"}
