"""What the page and the site tell the shell: what cannot work is refused, with what to write."""

import json

import msgspec
import pytest

from raft_web.settings import Settings, require_site, site_json

PAGE = {"name": "counter", "entry": "counter:Page", "title": "counter"}


@pytest.mark.parametrize(
    "introducer",
    ["/v1", "/", "wss://introducer.example.org/v1", "ws://{hostname}:8001/v1", "ws://[::1]:8001"],
)
@pytest.mark.parametrize("host", ["a.example.org", "wraft0.localhost:8000", "[2001:db8::1]:8443"])
def test_what_pages_can_use_comes_to_them(introducer: str, host: str) -> None:
    text = site_json(introducer, [host], 5)
    known = msgspec.convert({**PAGE, **json.loads(text)}, Settings)
    assert (known.introducer, known.hosts, known.target_size) == (introducer, (host,), 5)


@pytest.mark.parametrize(
    "introducer, host, size, sentence",
    [
        ("http://a.example.org/v1", "a", 3, "introducer: .* begins with wss:// or ws://"),
        ("a.example.org", "a", 3, "introducer: .* is neither a path"),
        ("wss://", "a", 3, "introducer: "),
        ("", "a", 3, "introducer: "),
        ("/v1", "https://a.example.org", 3, "hosts: .* write it alone, or with a port"),
        ("/v1", "a.example.org/", 3, "hosts: "),
        ("/v1", "a b", 3, "hosts: "),
        ("/v1", "", 3, "hosts: "),
        ("/v1", "a", 2, "target_size: 2 is no odd number"),
        ("/v1", "a", 0, "target_size: 0 is no odd number"),
        ("/v1", "a", -1, "target_size: -1 is no odd number"),
    ],
)
def test_what_they_cannot_is_refused_where_it_is_written_and_where_it_is_read(
    introducer: str, host: str, size: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        require_site(introducer, [host], size)
    with pytest.raises(ValueError, match=sentence):
        site_json(introducer, [host], size)
    site = {"introducer": introducer, "hosts": [host], "target_size": size}
    with pytest.raises(msgspec.ValidationError, match=sentence):
        msgspec.convert({**PAGE, **site}, Settings)
