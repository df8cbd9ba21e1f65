"""What is found out about cases when they come: who they are about, where, and of what else."""

import time
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from api.cases.casework import advance
from api.follow_up.duplicate_cases import Newcomer, find_original, keep_match
from api.follow_up.duplicates import Sameness
from api.follow_up.sites import SiteBook, Sites
from api.follow_up.subjects import known_subject
from api.follow_up.tables import CaseSpot, CaseSubject
from api.practice import Practice
from api.store.tables import Case
from api.workflow.flow import Step
from api.workflow.words import Action, Duty
from streams.bus import Bus

ACTOR = "skyeye"


class Newcomers:
    """Takes in new cases, in the transaction that makes them; `clock` gives UTC seconds."""

    def __init__(
        self, bus: Bus, practice: Practice, clock: Callable[[], float] = time.time
    ) -> None:
        self._book, self._practice, self._clock = SiteBook(bus), practice, clock

    def welcome(self, sql: Session, cases: Sequence[tuple[Case, tuple[int, int] | None]]) -> None:
        """Write down what is known of cases besides their violations; raises BusError.

        Each comes with the width and height of its pictures, where they are known. One of a
        vehicle that an open case has already is merged with that; its evidence stays.
        """
        sites = self._book.now()
        newcomers = [
            Newcomer(case, sites.spot(case, size_wh) if size_wh else None)
            for case, size_wh in cases
        ]
        for newcomer in newcomers:
            sql.add_all(self._known(newcomer, sites))
        sql.flush()
        later = {case.id for case, _ in cases}
        for newcomer in newcomers:  # one after the other, as if each had come by itself
            later.remove(newcomer.case.id)
            self._compare(sql, newcomer, later, sites)

    def _known(self, newcomer: Newcomer, sites: Sites) -> list[CaseSubject | CaseSpot]:
        case, spot = newcomer.case, newcomer.spot
        rows: list[CaseSubject | CaseSpot] = []
        shop = sites.shop(case.camera_id, case.zone)
        if about := known_subject(case, shop, self._practice.follow_up.notices):
            rows.append(CaseSubject(case_id=case.id, kind=about.kind, subject=about.text))
        if spot:
            rows.append(CaseSpot(case_id=case.id, latitude=spot[0], longitude=spot[1]))
        return rows

    def _compare(self, sql: Session, newcomer: Newcomer, later: set[str], sites: Sites) -> None:
        case = newcomer.case
        found = find_original(sql, newcomer, sites, self._practice.follow_up.duplicates, later)
        if found is None:
            return
        original, match = found
        now_s = self._clock()
        keep_match(sql, case, original, match, match.sameness.value, ACTOR, now_s)
        if match.sameness is Sameness.MERGED:
            step = Step(Action.MERGE, ACTOR, frozenset({Duty.MACHINE}), into=original.id)
            advance(sql, self._practice, case, step, now_s)
