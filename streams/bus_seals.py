"""Entries of the bus that are sealed at rest: cameras, for the passwords in their addresses."""

import logging

from streams.bus_file import BusError, BusFile
from streams.sealing import PREFIX, SealingError, Seals, is_sealed

SEALED_BUCKETS = frozenset({"cameras", "imported_cameras"})
"""What has passwords in it, or a hash that could be tried with guessed ones."""
log = logging.getLogger(__name__)


class EntrySeals:
    """Seals the values of some buckets; methods raise BusError."""

    def __init__(self, seals: Seals) -> None:
        self._seals = seals

    def seal(self, bucket: str, key: str, value: str) -> str:
        """The value as it is kept: sealed, in those buckets."""
        if bucket not in SEALED_BUCKETS:
            return value
        try:
            return self._seals.seal(value, f"{bucket}/{key}")
        except SealingError as error:
            raise BusError(str(error)) from None

    def open(self, bucket: str, key: str, value: str) -> str:
        """The value as it was put; what cannot be opened stays sealed, so the others are shown."""
        if not is_sealed(value):
            return value
        try:
            return self._seals.open(value, f"{bucket}/{key}")
        except SealingError as error:
            log.error("%s", error)
            return value

    def reseal(self, file: BusFile, *, only_plain: bool = False) -> int:
        """Seal what is not sealed under the key in force, and return how many entries were not."""
        names = ", ".join(f"'{name}'" for name in sorted(SEALED_BUCKETS))
        query = f"SELECT bucket, key, value FROM entry WHERE bucket IN ({names})"  # noqa: S608
        if only_plain:
            query += f" AND value NOT LIKE '{PREFIX}%'"
        if not file.rows(f"{query} LIMIT 1"):
            return 0
        with file.transaction(durable=True) as sql:
            stale = [row for row in file.rows(query) if not self._is_current(row[2])]
            for bucket, key, value in stale:
                text = self._seals.open(value, f"{bucket}/{key}") if is_sealed(value) else value
                told = "UPDATE entry SET value = ? WHERE bucket = ? AND key = ?"
                sql.execute(told, (self.seal(bucket, key, text), bucket, key))
        return len(stale)

    def _is_current(self, value: str) -> bool:
        return is_sealed(value) and self._seals.is_current(value)
