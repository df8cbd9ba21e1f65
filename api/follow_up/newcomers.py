"""What is found out about a case when it comes: who it is about, where, and of what else."""

import time
from collections.abc import Callable

from sqlalchemy.orm import Session

from api.casework import advance
from api.follow_up.duplicate_cases import find_original, keep_match
from api.follow_up.duplicates import Sameness
from api.follow_up.sites import SiteBook, keep_spot
from api.follow_up.subjects import keep_subject, known_subject
from api.practice import Practice
from api.tables import Case
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

    def welcome(self, sql: Session, case: Case, picture_wh: tuple[int, int] | None) -> None:
        """Write down what is known of a case besides its violation; raises BusError.

        One of a vehicle that an open case has already is merged with that; its evidence stays.
        """
        settings, sites = self._practice.follow_up, self._book.now()
        shop = sites.shop(case.camera_id, case.zone)
        keep_subject(sql, case, known_subject(case, shop, settings.notices))
        if picture_wh is not None:
            keep_spot(sql, case, sites.spot(case, picture_wh))
        sql.flush()
        found = find_original(sql, case, sites, settings.duplicates)
        if found is None:
            return
        original, match = found
        now_s = self._clock()
        keep_match(sql, case, original, match, match.sameness.value, ACTOR, now_s)
        if match.sameness is Sameness.MERGED:
            step = Step(Action.MERGE, ACTOR, frozenset({Duty.MACHINE}), into=original.id)
            advance(sql, self._practice, case, step, now_s)
