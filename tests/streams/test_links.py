"""Local sockets that mend themselves."""

import time
from queue import Empty, SimpleQueue

import pytest

from streams.links import Hub, Link
from streams.messages import Hello, Release, SlotRef

RELEASE = Release(SlotRef("r", 0, 1))


def next_of(inbox, wanted):
    """The next message that `wanted` accepts; fails when none comes."""
    give_up_s = time.monotonic() + 5
    while time.monotonic() < give_up_s:
        try:
            arrival = inbox.get(timeout=0.5)
        except Empty:
            continue
        if wanted(arrival.message):
            return arrival
    pytest.fail("nothing came")


@pytest.fixture
def ends(tmp_path):
    path, hub_inbox, link_inbox = tmp_path / "s", SimpleQueue(), SimpleQueue()
    hub = Hub(path, hub_inbox, Hello("infer"))
    link = Link(path, "infer", link_inbox, lambda: Hello("decode-0", "ring-0"))
    yield path, hub, hub_inbox, link, link_inbox
    link.close()
    hub.close()


def test_both_ends_greet_and_talk(ends):
    _, hub, hub_inbox, link, link_inbox = ends
    hello = next_of(hub_inbox, lambda m: isinstance(m, Hello))
    assert (hello.peer, hello.message.ring) == ("decode-0", "ring-0")
    assert next_of(link_inbox, lambda m: isinstance(m, Hello)).message.name == "infer"
    assert link.send(RELEASE)
    assert next_of(hub_inbox, lambda m: m == RELEASE).peer == "decode-0"
    assert hub.send("decode-0", RELEASE)
    assert next_of(link_inbox, lambda m: m == RELEASE)
    assert hub.peers() == ["decode-0"]


def test_a_hub_tells_that_a_peer_has_gone(ends):
    _, hub, hub_inbox, link, _ = ends
    next_of(hub_inbox, lambda m: isinstance(m, Hello))
    link.close()
    assert next_of(hub_inbox, lambda m: m is None).peer == "decode-0"
    assert not hub.send("decode-0", RELEASE)


def test_a_link_comes_back_when_its_hub_is_made_anew(ends):
    path, hub, _, link, link_inbox = ends
    next_of(link_inbox, lambda m: isinstance(m, Hello))
    hub.close()
    next_of(link_inbox, lambda m: m is None)
    assert not link.send(RELEASE)
    inbox = SimpleQueue()
    anew = Hub(path, inbox, Hello("infer"))
    try:
        next_of(inbox, lambda m: isinstance(m, Hello))
        next_of(link_inbox, lambda m: isinstance(m, Hello))
        assert link.send(RELEASE)
        next_of(inbox, lambda m: m == RELEASE)
    finally:
        anew.close()


def test_sending_to_nobody_says_so(ends):
    assert not ends[1].send("nobody", RELEASE)
