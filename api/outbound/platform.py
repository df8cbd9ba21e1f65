"""What a city platform's interface has to be able to do, and how a target uses it.

A case is handed over when it comes into one of the states of `push_at`; from then on the platform
is told what happens to it here, and tells what happens to it there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import update

from api.outbound.changes import Change, Source, case_of, is_known, take_change
from api.outbound.events import Event
from api.outbound.photos import Photo, Pictures
from api.outbound.received import NoPicture, Received, Stored
from api.outbound.sender import Choice, Refused, Undelivered
from api.outbound.settings import PlatformSettings
from api.outbound.tables import PlatformCase, Target
from api.practice import Practice
from api.store.database import Store

MOST_PAGES = 20
PHOTO_TRIES = 5


@dataclass(frozen=True, slots=True)
class PhotoRef:
    """A picture that a platform names: its address, or the picture itself in base64."""

    url: str | None
    base64: str | None


@dataclass(frozen=True, slots=True)
class News:
    """A change, and the pictures that belong to it."""

    change: Change
    photos: tuple[PhotoRef, ...] = ()


class Platform(Protocol):
    """A city platform's interface; all methods raise Undelivered or Refused.

    Whatever is sent carries a key by which the platform can tell what it has had already.
    """

    def push(self, event: Event, key: str) -> str:
        """Hand a case over; returns the platform's id of it, the same for the same key."""
        ...

    def attach(self, external_id: str, photo: Photo, key: str) -> None:
        """Hand over a picture of a case."""
        ...

    def tell(self, external_id: str, event: Event) -> None:
        """Tell what happened to a case here."""
        ...

    def changes(self, cursor: str) -> tuple[Sequence[News], str]:
        """What happened there after a cursor ("" at first), and the next cursor."""
        ...

    def picture(self, ref: PhotoRef) -> bytes:
        """Fetch a picture."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """What a platform's target works with here."""

    store: Store
    practice: Practice
    pictures: Pictures
    received: Received


class PlatformSender:
    """Serves a target that is a city platform; see Sender."""

    def __init__(
        self, target: Target, settings: PlatformSettings, platform: Platform, desk: Desk
    ) -> None:
        self._id = target.id
        self._settings = settings
        self._platform = platform
        self._desk = desk
        self._source = Source(target.id, target.name, frozenset(settings.duties))
        self._choice = Choice(frozenset(settings.actions), frozenset(settings.kinds))
        self._photo_tries: dict[str, int] = {}

    def wants(self, event: Event) -> bool:
        """See Sender: what the platform did itself it need not be told."""
        if event.line.actor.startswith(f"{self._source.name}:"):
            return False
        if self._known(event) is not None:
            return self._choice.takes(event)
        return event.line.state in self._settings.push_at and self._choice.takes(event)

    def send(self, event: Event, now_s: float) -> None:
        """See Sender: hand the case over, with its pictures, or tell what happened to it."""
        known = self._known(event)
        if known is None:
            external_id = self._platform.push(event, event.id)
            known = self._remember(event, external_id, now_s)
        elif known.line_id != event.line_id:
            self._platform.tell(known.external_id, event)
            return
        self._attach(event, known)

    def idle(self, now_s: float) -> float:
        """See Sender: ask what happened there."""
        for _ in range(MOST_PAGES):
            cursor = self._cursor()
            news, following = self._platform.changes(cursor)
            for one in news:
                self._take(one, now_s)
            with self._desk.store.writing() as sql:
                values = {"pull_cursor": following, "pulled_s": now_s}
                sql.execute(update(Target).where(Target.id == self._id).values(values))
            if not news or following == cursor:
                break
        return self._settings.pull_every_s

    def close(self) -> None:
        """See Sender."""
        self._platform.close()

    def _known(self, event: Event) -> PlatformCase | None:
        with self._desk.store.reading() as sql:
            return sql.get(PlatformCase, (self._id, event.case.id))

    def _remember(self, event: Event, external_id: str, now_s: float) -> PlatformCase:
        known = PlatformCase(
            target_id=self._id,
            case_id=event.case.id,
            external_id=external_id,
            line_id=event.line_id,
            photos=0,
            pushed_s=now_s,
        )
        with self._desk.store.writing() as sql:
            sql.add(known)
        return known

    def _attach(self, event: Event, known: PlatformCase) -> None:
        """Hand over the pictures that the platform does not have yet."""
        for number, photo in enumerate(self._desk.pictures.of(event.case), start=1):
            if number <= known.photos:
                continue
            self._platform.attach(known.external_id, photo, f"{event.id}-{photo.name}")
            with self._desk.store.writing() as sql:
                mine = update(PlatformCase).where(
                    PlatformCase.target_id == self._id, PlatformCase.case_id == event.case.id
                )
                sql.execute(mine.values(photos=number))

    def _cursor(self) -> str:
        with self._desk.store.reading() as sql:
            return sql.get_one(Target, self._id).pull_cursor

    def _take(self, news: News, now_s: float) -> None:
        """Apply a change with its pictures, unless it was taken before."""
        desk, change = self._desk, news.change
        if is_known(desk.store, self._source, change.id):
            return
        kept, problems = self._pictures(news)
        if problems:
            text = f"{change.note} [{'; '.join(problems)}]".strip()
            change = Change(
                change.id, change.external_id, change.status, change.at_s, text, change.operator
            )
        take_change(desk.store, desk.practice, self._source, change, kept, now_s)
        self._photo_tries.pop(change.id, None)

    def _pictures(self, news: News) -> tuple[list[Stored], list[str]]:
        """The pictures, on the disk, and what is wrong with the others.

        Raises Undelivered, to have the change told again; not for ever, as others wait behind it.
        """
        kept, problems = [], []
        with self._desk.store.reading() as sql:
            case_id = case_of(sql, self._id, news.change.external_id)
        for ref in news.photos if case_id else ():
            assert case_id is not None  # noqa: S101 - as just asked
            try:
                kept.append(self._desk.received.keep(case_id, self._platform.picture(ref)))
            except (Refused, NoPicture) as error:
                problems.append(f"a photo was not taken: {error}")
            except Undelivered as error:
                tries = self._photo_tries[news.change.id] = (
                    self._photo_tries.get(news.change.id, 0) + 1
                )
                if tries < PHOTO_TRIES:
                    raise
                problems.append(f"a photo could not be had: {error}")
        return kept, problems
