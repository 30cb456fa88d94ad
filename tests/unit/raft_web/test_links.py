"""Links have the scheme, host, port and path that the page itself was opened by."""

import pytest

from raft_web.links import MemberLink, Place, introducer_url, other_links, own_link

KEY = "0123456789abcdef0123456789abcdef"
DEMO = ("wraft0.localhost:8000", "wraft1.localhost:8000", "wraft2.localhost:8000")
HERE = Place("http:", "wraft1.localhost", "8000", "/todo/")


def test_the_others_are_the_sites_hosts_but_our_own() -> None:
    assert other_links(HERE, DEMO, KEY) == [
        MemberLink("wraft0.localhost:8000", f"http://wraft0.localhost:8000/todo/#{KEY}/"),
        MemberLink("wraft2.localhost:8000", f"http://wraft2.localhost:8000/todo/#{KEY}/"),
    ]


def test_a_host_without_a_port_has_the_port_of_the_page() -> None:
    place = Place("http:", "a.localhost", "8123", "/todo/")
    links = other_links(place, ("a.localhost", "b.localhost"), KEY)
    assert [link.host for link in links] == ["b.localhost:8123"]


def test_https_stays_https_and_its_own_port_is_not_written() -> None:
    place = Place("https:", "a.example.org", "", "/apps/todo/")
    hosts = ("a.example.org:443", "B.example.org", "c.example.org:8443")
    assert [link.url for link in other_links(place, hosts, KEY)] == [
        f"https://b.example.org/apps/todo/#{KEY}/",
        f"https://c.example.org:8443/apps/todo/#{KEY}/",
    ]


@pytest.mark.parametrize(
    "place",
    [
        Place("http:", "localhost", "8000", "/todo/"),
        Place("http:", "wraft1.localhost", "8001", "/todo/"),
        Place("http:", "192.0.2.7", "8000", "/todo/"),
    ],
)
def test_on_a_host_that_the_site_does_not_know_there_are_no_others(place: Place) -> None:
    assert other_links(place, DEMO, KEY) == []


def test_a_host_named_twice_is_one() -> None:
    assert len(other_links(HERE, (*DEMO, "WRAFT0.localhost:8000"), KEY)) == 2


def test_our_own_link_is_where_we_are() -> None:
    assert own_link(HERE, KEY) == MemberLink(
        "wraft1.localhost:8000", f"http://wraft1.localhost:8000/todo/#{KEY}/"
    )
    assert own_link(Place("http:", "[::1]", "8000", "/x/"), KEY).host == "[::1]:8000"


@pytest.mark.parametrize(
    "template, place, expected",
    [
        ("ws://{hostname}:9000/v1", HERE, "ws://wraft1.localhost:9000/v1"),
        ("wss://intro.example.org/v1", HERE, "wss://intro.example.org/v1"),
        ("/v1", HERE, "ws://wraft1.localhost:8000/v1"),
        ("/v1", Place("https:", "a.example.org", "", "/todo/"), "wss://a.example.org/v1"),
    ],
)
def test_the_introducer_is_where_the_site_says(template: str, place: Place, expected: str) -> None:
    assert introducer_url(template, place) == expected
