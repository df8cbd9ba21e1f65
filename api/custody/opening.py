"""What a server opens for custody."""

from contextlib import ExitStack
from pathlib import Path

from api.custody.copies import FOLDER, Copies
from api.custody.keeper import Keeper
from api.custody.mask_desk import MaskDesk
from api.evidence import Evidence
from api.store.database import Store


def open_custody(
    store: Store, data_dir: Path, evidence: Evidence, opened: ExitStack, *, keeps: bool
) -> Copies:
    """Open the masked copies of a data folder's packets, closed with `opened`.

    With `keeps` they are made ahead and evidence is purged daily. Raises ValueError where the
    folder's retention.toml cannot be used.
    """
    copies = Copies(data_dir / FOLDER, evidence, opened.enter_context(MaskDesk()))
    keeper = Keeper(store, data_dir, copies)
    if keeps:
        opened.enter_context(keeper)
    return copies
