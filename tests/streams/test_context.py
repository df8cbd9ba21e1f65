"""Permits on their way to the node, and what they keep from being raised."""

import json

import pytest
from pydantic import ValidationError

from streams.bus import SqliteBus
from streams.config import analysis_rules
from streams.context import Context, ContextBook, PermitTerms, in_context, publish_context
from tests.streams.evidence import samples
from tests.streams.evidence.test_casework import PARKED, Scene, cut
from vision.permit import Effect, Permit
from vision.violation import Fact

ALL_DAY = PermitTerms(
    title="夜市", kind="night_market", zones=("lot",), hours=("daily 18:00-23:00",)
)
OURS = PermitTerms(title="环卫车", kind="plate", plates=("浙F12345",))


@pytest.fixture
def bus(tmp_path):
    with SqliteBus(tmp_path / "bus.db") as opened:
        yield opened


def test_the_version_in_force_reaches_the_node(bus):
    book = ContextBook(bus, "Asia/Shanghai")
    assert book.changed() == Context()
    assert book.changed() is None
    publish_context(bus, 2, [("a", ALL_DAY), ("b", OURS)])
    context = book.changed()
    assert (context.version, len(context.sha256)) == (2, 64)
    assert [p.id for p in context.permits] == ["a", "b"]
    assert context.permits[0].schedule.timezone == "Asia/Shanghai"
    publish_context(bus, 1, [])  # of a server that is behind
    assert book.changed() is None


def test_a_permit_of_a_newer_release_does_not_undo_the_others(bus, caplog):
    publish_context(bus, 1, [("a", ALL_DAY), ("b", OURS)])
    value = json.loads(bus.get("context", "permits").value)
    value["permits"][0]["colour"] = "blue"
    bus.put("context", "permits", json.dumps(value))
    assert [p.id for p in ContextBook(bus, "Asia/Shanghai").changed().permits] == ["b"]
    assert "permit a is not understood" in caplog.text


def test_a_permit_for_everybody_lifts_the_rules_of_its_zone(bus):
    market = ALL_DAY.permit("m", "Asia/Shanghai")
    marks = Permit("k", zones=frozenset({"lot"}), effect=Effect.MARK)
    context = Context(1, "x", (market, marks, OURS.permit("p", "Asia/Shanghai")))
    (rule,) = analysis_rules(Scene("nowhere").camera, context.lifts)
    assert rule.permits == (market,)


def test_the_facts_tell_the_version_and_the_permit():
    found = samples.violation()
    assert in_context(found, Context()) == (found, None)
    told, permit = in_context(found, Context(7, "ab", ()))
    assert permit is None
    assert told.facts["context_version"] == Fact(7)
    assert told.id == found.id
    marks = Permit("k", effect=Effect.MARK)
    both = Context(7, "ab", (marks, Permit("s", cameras=frozenset({"gate"}))))
    told, permit = in_context(found, both)
    assert (permit.id, told.facts["permit"]) == ("s", Fact("s"))


def watched(tmp_path, *permits):
    scene = Scene(tmp_path, answer=cut)
    scene.casework._context = Context(3, "ab" * 32, permits)
    suppressed = set()
    for half in range(80):  # one look at a time
        scene.watch(PARKED, half / 2, half / 2 + 0.5)
        suppressed |= scene.casework.suppressed
    return scene, suppressed


def test_what_is_permitted_has_no_pictures_and_is_raised_once_the_permit_lapses(tmp_path):
    since_s = 1_795_400_000.0
    permit = Permit("p", cameras=frozenset({"gate"}), to_s=since_s + 25)
    scene, suppressed = watched(tmp_path, permit)
    first, second = scene.raised
    assert suppressed == {first.id}
    kept = scene.store.load("gate", first.id)
    assert kept.violation.facts["permit"] == Fact("p")
    assert second.started_s == pytest.approx(since_s + 25, abs=1)
    dossier = scene.store.load("gate", second.id)
    assert "permit" not in dossier.violation.facts
    assert dossier.violation.facts["context_version"] == Fact(3)


def test_what_is_only_marked_is_raised_with_its_evidence(tmp_path):
    scene, suppressed = watched(tmp_path, Permit("k", effect=Effect.MARK))
    assert suppressed == set()
    assert scene.dossier().violation.facts["permit"] == Fact("k")
    assert len(scene.dossier().stills) == 3


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"zones": ["a"], "from_s": 5, "to_s": 5}, "to_s must be later"),
        ({"kind": "plate", "zones": ["a"]}, "needs plates"),
        ({}, "say whom it is for"),
        ({"zones": ["a"], "exceptions": ["2026-10-01 off"]}, "need hours"),
        ({"zones": ["a"], "hours": ["sometimes"]}, "opening hours"),
        ({"zones": ["a\0"]}, "cannot be shown"),
        ({"zones": ["\ud800"]}, "zones"),
    ],
)
def test_terms_that_make_no_sense(terms, message):
    with pytest.raises(ValidationError, match=message):
        PermitTerms.model_validate({"title": "x", **terms})
