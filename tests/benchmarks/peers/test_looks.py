"""Looks of a peer and of a node are read as the same thing."""

import json

import pytest

from benchmarks.peers.looks import SeenLook, Thing, whole_lines

SIZES = {"gate": (1920, 1080)}


def test_a_peers_look_is_read_as_it_was_written():
    line = json.dumps(
        {"camera": "gate", "at": 10.5, "found": [[2, 0.8, 0.1, 0.2, 0.3, 0.4]], "in_zone": 1}
    )
    look = SeenLook.of_peer(line)
    assert look == SeenLook("gate", 10.5, (Thing(2, 0.8, (0.1, 0.2, 0.3, 0.4)),))
    assert look.things[0].foot == (0.2, 0.4)


@pytest.mark.parametrize("line", ["{", '{"camera": "gate"}', '{"camera": 1, "at": 2, "found": 3}'])
def test_what_is_no_look_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        SeenLook.of_peer(line)


def test_a_nodes_look_has_fractions_and_what_is_compared_only():
    words = "car:0.900:192.0:108.0:960.0:540.0 person:0.900:1:1:2:2 truck:0.200:1:1:2:2"
    look = SeenLook.of_node(f"gate 9.000 10.000 unchanged 3 {words}", SIZES, 0.25)
    assert look == SeenLook("gate", 10.0, (Thing(2, 0.9, (0.1, 0.1, 0.5, 0.5)),))
    assert SeenLook.of_node("gate 9.000 10.000 seen 0", SIZES, 0.25).things == ()


def test_a_look_that_a_node_dropped_is_none():
    assert SeenLook.of_node("gate 9.000 10.000 expired 0", SIZES, 0.25) is None


def test_a_line_that_is_still_being_written_is_left_for_later():
    assert whole_lines("a\nb\nhal") == ["a", "b"]
    assert whole_lines("hal") == []
