"""When a vehicle in the ledger has stood for too long: the rules of kind `zombie_vehicle`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from vision.boxes import Box
from vision.diary import local_date
from vision.identity import Plates, Proof
from vision.place import Place
from vision.rules.rule import Rule
from vision.vehicle import Vehicle
from vision.violation import Fact, Violation
from vision.whereabouts import Past, Pasts

MIN_SCORE = 0.3
"""Mean detection score below which a thing may be no vehicle at all."""
DETECTED_DAYS = 0.5
"""Share of the days sighted on which the detector saw it too, not only its unchanged outline."""


class LedgerRules:
    """The rules of one camera that are judged by the ledger, and their open violations."""

    def __init__(self, camera_id: str, rules: Sequence[Rule], week_s: float) -> None:
        self._camera_id, self._rules, self._week_s = camera_id, list(rules), week_s
        self._open: dict[str, Violation] = {}
        self.pasts = Pasts()

    @property
    def groups(self) -> list[str]:
        """The groups of things that the rules are about."""
        return sorted({rule.kind.group for rule in self._rules})

    @property
    def tell_plates(self) -> bool:
        """Whether a case of any rule should tell the plate."""
        return any(rule.kind.plate for rule in self._rules)

    def cover(self, box: Box, size_wh: tuple[int, int], t_s: float) -> bool:
        """Whether a thing at `box` (reference view) is in the zone of any rule."""
        return any(rule.applies_to(box, size_wh, t_s, False) for rule in self._rules)

    def judge(
        self, t_s: float, standing: Sequence[tuple[Vehicle, Place]], size_wh: tuple[int, int]
    ) -> list[Violation]:
        """Raise a violation for every vehicle that is due; boxes are in the reference view."""
        raised = []
        for vehicle, place in standing:
            rule = next((r for r in self._rules if self._is_due(t_s, r, vehicle)), None)
            if rule is None or not rule.applies_to(place.box, size_wh, t_s, True):
                continue
            violation = self._violation(t_s, rule, vehicle, place)
            vehicle.violation_id = violation.id
            self._open[violation.id] = violation
            raised.append(violation)
        return raised

    def close(self, vehicle: Vehicle, *, surely: bool) -> list[Violation]:
        """Return the violation that is over now that a vehicle has left, if there is one.

        `surely` if looks showed that it was not there, rather than it was not seen for too long.
        """
        violation = self._open.pop(vehicle.violation_id or "", None)
        if violation is None:
            return []
        self.pasts.note(violation.id, Past(vehicle.box, not surely))
        return [replace(violation, ended_s=vehicle.last_seen_s)]

    def snapshot(self) -> list[dict[str, Any]]:
        """The open violations as plain JSON values."""
        return [violation.to_json() for violation in self._open.values()]

    def restore(self, snapshot: list[dict[str, Any]], pasts: dict[str, Any]) -> None:
        """Take up where the snapshots of this and of its pasts left off."""
        violations = (Violation.from_json(value) for value in snapshot)
        self._open = {violation.id: violation for violation in violations}
        self.pasts = Pasts.restored(pasts)

    def _is_due(self, t_s: float, rule: Rule, vehicle: Vehicle) -> bool:
        diary = vehicle.diary
        return (
            vehicle.violation_id is None
            and not vehicle.silenced
            and rule.is_on(t_s)
            and t_s - vehicle.first_seen_s >= rule.dwell_s
            and diary.longest_gap_s <= self._week_s
            and diary.detected_days >= DETECTED_DAYS * len(diary.days)
            and vehicle.score >= MIN_SCORE
        )

    def _violation(self, t_s: float, rule: Rule, vehicle: Vehicle, place: Place) -> Violation:
        return Violation(
            camera_id=self._camera_id,
            kind=rule.kind.name,
            zone=rule.zone.name,
            place_id=vehicle.id,
            started_s=vehicle.first_seen_s,
            raised_s=t_s,
            ended_s=None,
            box_xyxy=place.box,
            score=vehicle.score,
            facts=facts(t_s, vehicle),
        )


def facts(t_s: float, vehicle: Vehicle) -> dict[str, Fact]:
    """What the ledger knows of a vehicle, for the officer; explained in docs/formats.md."""
    diary = vehicle.diary
    standing_s = t_s - vehicle.first_seen_s
    known = {
        "object": Fact(vehicle.name),
        "count": Fact(1),
        "standing_s": Fact(round(standing_s, 1), "s"),
        "observed_s": Fact(round(diary.observed_s, 1), "s"),
        "unobserved_s": Fact(round(standing_s - diary.observed_s, 1), "s"),
        "days_standing": Fact(int(standing_s // 86400), "d"),
        "days_sighted": Fact(len(diary.days), "d"),
        "first_date": Fact(local_date(vehicle.first_seen_s, diary.timezone)),
        "looks": Fact(diary.looks),
        "gaps": Fact(diary.gap_count),
        "longest_gap_s": Fact(round(diary.longest_gap_s, 1), "s"),
        "identity": Fact(str(vehicle.proof)),
    }
    for proof in (Proof.APPEARANCE, Proof.PLATE):
        if proof in vehicle.proofs:
            known[f"recognised_by_{proof}"] = Fact(vehicle.proofs[proof])
    if Proof.APPEARANCE in vehicle.proofs:
        known["weakest_likeness"] = Fact(round(vehicle.weakest, 3))
    return known | _plate_facts(vehicle.plates)


def _plate_facts(plates: Plates) -> dict[str, Fact]:
    """What came of the attempts at a plate: that none was found is a cue, and no verdict."""
    known = {"plate": Fact(plates.text)} if plates.text else {}
    if plates.read + plates.unread:
        known["plate_readings"] = Fact(plates.read)
        known["plate_unread"] = Fact(plates.unread)
    if plates.not_found:
        known["plate_not_found"] = Fact(plates.not_found)
    if plates.small:
        known["plate_small"] = Fact(plates.small)
    return known
