"""What the check of a packet, or of a folder of packets, came to."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """A packet's place in its chain, and what the next one refers to."""

    chain: str
    sequence: int
    previous_sha256: str | None
    manifest_sha256: str
    sealed_at: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a packet is sound.

    `problems` has a sentence for each thing that is wrong; `manifest_sha256` is None where there
    is no manifest; `notes` is what the packet itself says it lacks, which is no problem;
    `signed_by` is the id of the key whose signature holds, None where there is none.
    """

    ok: bool
    problems: tuple[str, ...]
    manifest_sha256: str | None
    notes: tuple[str, ...] = ()
    files: int = 0
    signed_by: str | None = None
    violation_id: str | None = None
    link: Link | None = None

    def lines(self) -> list[str]:
        """The verdict for a person to read."""
        if self.ok:
            head = f"Sound: the {self.files} files are those that were sealed."
        else:
            head = f"Not sound: {len(self.problems)} problem{'s' * (len(self.problems) > 1)}."
        notes = [f"Note: {note}" for note in self.notes]
        seal = f"Manifest SHA-256: {self.manifest_sha256 or 'none'}"
        return [head, *(f"- {p}" for p in self.problems), *notes, seal, *self._custody()]

    def _custody(self) -> list[str]:
        signed = [f"Signed by key {self.signed_by}."] if self.signed_by else []
        return signed + ([f"Packet {self.link.sequence} of its node."] if self.link else [])


@dataclass(frozen=True, slots=True)
class FolderVerdict:
    """Whether all packets of a folder are sound, and their chains whole.

    `packets` by path below the folder; `chain_problems` has a sentence for each break; `purged` is
    how many packets a certificate stands for; `anchoring` says how far the chains are time-stamped.
    """

    packets: dict[str, Verdict] = field(default_factory=dict)
    chain_problems: tuple[str, ...] = ()
    purged: int = 0
    anchoring: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.chain_problems and all(v.ok for v in self.packets.values())

    def lines(self) -> list[str]:
        """The verdict for a person to read: what is sound is only counted."""
        bad = {name: verdict for name, verdict in self.packets.items() if not verdict.ok}
        lines = [f"{len(self.packets) - len(bad)} of {len(self.packets)} packets are sound."]
        for name, verdict in bad.items():
            lines += [name, *(f"- {problem}" for problem in verdict.problems)]
        if self.purged:
            lines.append(f"{self.purged} were purged, with a certificate each.")
        chains = len({v.link.chain for v in self.packets.values() if v.link})
        if self.chain_problems:
            lines += ["Chain:", *(f"- {problem}" for problem in self.chain_problems)]
        else:
            lines.append(f"Nothing is missing in {chains} chain{'s' * (chains != 1)}.")
        return [*lines, *self.anchoring]


def printable(text: str) -> str:
    """Names and reasons come from whoever made the packet: no escape sequences, no novels."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[:300]
