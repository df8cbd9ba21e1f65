"""How an office works: its calendar, its codes, its limits, its figures."""

from dataclasses import dataclass
from pathlib import Path

from api.calendars.deadlines import Limit
from api.calendars.files import load_calendar
from api.calendars.working import WorkingCalendar
from api.codes.tables import CodeBook, load_codes
from api.figures.kpis import Kpi, load_kpis
from api.follow_up.settings import NAME, FollowUp, load_follow_up
from api.workflow.phases import Phase


@dataclass(frozen=True, slots=True)
class Practice:
    """The working calendar, the code tables, the key figures and the rest that is in force."""

    calendar: WorkingCalendar
    book: CodeBook
    kpis: tuple[Kpi, ...]
    follow_up: FollowUp

    def limit(self, phase: Phase, kind: str) -> Limit:
        """By when a phase of a case of a kind is to be over."""
        if phase == Phase.HANDLING:
            return self.book.handling_limit(kind)
        steps = self.book.practice.steps
        limits = {
            Phase.FILING: steps.filing,
            Phase.DISPATCHING: steps.dispatching,
            Phase.CHECKING: steps.checking,
        }
        return limits[phase].limit()


def load_practice(data_dir: Path) -> Practice:
    """Read what a data folder says of it, else what is shipped; raises ValueError."""
    calendar = load_calendar(data_dir / "calendars", assume_weekdays=True)
    kpis = load_kpis(data_dir / "kpis.toml")
    codes, follow_up = load_codes(data_dir / "codes"), load_follow_up(data_dir / NAME)
    return Practice(calendar, codes, tuple(kpis), follow_up)
