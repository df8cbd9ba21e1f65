"""What follow-up does between the store and the bus, in one."""

from api.evidence import Evidence
from api.follow_up.looks import Looks
from api.follow_up.permits import Publisher
from api.follow_up.suppressed import Suppression
from api.practice import Practice
from api.store.database import Store
from streams.bus import Bus


class Following:
    """Permits to the nodes, other looks there and back, and what permits kept from being raised."""

    def __init__(self, store: Store, bus: Bus, evidence: Evidence, practice: Practice) -> None:
        self.publisher = Publisher(store, bus)
        self._looks = Looks(store, bus, evidence, practice)
        self._suppression = Suppression(store, bus)

    def step(self) -> int:
        """Do what is due; returns how many messages were taken.

        Raises BusError or SQLAlchemy's DatabaseError; then the rest is done later.
        """
        self.publisher.step()
        return self._looks.step() + self._suppression.step()

    @property
    def poison(self) -> int:
        """How many messages could not be understood."""
        return self._looks.poison + self._suppression.poison
