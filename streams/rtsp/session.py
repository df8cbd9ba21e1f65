"""The conversation with one device, from OPTIONS to TEARDOWN (RFC 2326), without the socket."""

import logging
from collections import deque
from dataclasses import dataclass
from enum import Enum

from streams.rtsp.address import Address
from streams.rtsp.credentials import Challenge, Credentials, strongest
from streams.rtsp.message import Message, write_message
from streams.rtsp.problem import NotOurs, ProtocolError, Redirected
from streams.rtsp.sdp import VideoMedia, parse_sdp
from streams.video.media_error import SourceError, refusal

AGENT = "Skyeye"
CODECS = frozenset({"h264", "hevc"})
PROTOCOLS = frozenset({"RTP/AVP", "RTP/AVP/TCP", "RTP/AVPF", ""})
USUAL_TIMEOUT_S = 60.0
SHORTEST_KEEP_ALIVE_S = 2.0
MOST_TRIES = 3
"""Of one request: the first without a password, the second with it, the third with a new nonce."""
HARMLESS = frozenset({"OPTIONS", "GET_PARAMETER", "SET_PARAMETER"})
"""Requests of the device that are answered with OK."""

log = logging.getLogger(__name__)


class Stage(Enum):
    """How far the conversation has come."""

    OPENING = "opening"
    PLAYING = "playing"
    LEFT = "left"


@dataclass(slots=True)
class _Request:
    """One that has not been answered yet."""

    method: str
    uri: str
    headers: tuple[tuple[str, str], ...]
    sequence: int = 0
    tries: int = 0
    nonce: str | None = None
    """Of the challenge that was answered with it; None if it went without a password."""


class Session:
    """Gives the bytes to send (`outgoing`) and takes the messages that come (`take`)."""

    def __init__(self, address: Address) -> None:
        self.stage = Stage.OPENING
        self.outgoing = bytearray()
        self.media: VideoMedia | None = None
        self.channels: tuple[int, int] | None = None
        """Of RTP and RTCP, once they are agreed upon."""
        self.keep_alive_s = USUAL_TIMEOUT_S / 2
        self._address = address
        self._base = address.uri
        self._credentials = Credentials(address.user, address.password)
        self._challenge: Challenge | None = None
        self._good_nonce: str | None = None
        self._public: frozenset[str] = frozenset()
        self._id = ""
        self._sequence = 0
        self._open: deque[_Request] = deque()
        self._send("OPTIONS", address.uri)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is owed by the device."""
        return bool(self._open)

    def take(self, message: Message) -> None:
        """Take what the device says; raises SourceError, NotOurs, Redirected or ProtocolError."""
        status = message.status
        if status is None:
            self._reply(message)
            return
        request = self._answered(message)
        if request is None or 100 <= status < 200:
            return
        if status == 401:
            self._authenticate(request, message)
            return
        self._good_nonce = request.nonce or self._good_nonce
        if status in (301, 302, 303, 305, 307) and self.stage is Stage.OPENING:
            raise Redirected(self._address.moved_to(message.get("location")))
        if self.stage is Stage.OPENING:
            self._go_on(request, status, message)
        elif status == 454 and self.stage is Stage.PLAYING:
            raise SourceError(self._address.full, "the device ended the session (454)")

    def keep_alive(self) -> None:
        """Show the device that somebody is still watching."""
        if self.stage is Stage.PLAYING and not self._open:
            method = "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"
            self._send(method, self._aggregate)

    def leave(self) -> None:
        """Say goodbye."""
        if self._id and self.stage is not Stage.LEFT:
            self._open.clear()
            self._send("TEARDOWN", self._aggregate)
        self.stage = Stage.LEFT

    def _go_on(self, request: _Request, status: int, message: Message) -> None:
        """The next step, each taken when the one before was answered."""
        if request.method == "OPTIONS":  # what follows tells better what a refusal means
            words = message.get("public").replace(",", " ").split() if status == 200 else []
            self._public = frozenset(word.upper() for word in words)
            self._send("DESCRIBE", self._address.uri, ("Accept", "application/sdp"))
            return
        if request.method == "SETUP" and status == 461:
            raise NotOurs("the device does not send over TCP")
        if not 200 <= status < 300:
            raise refusal(self._address.full, status)
        if request.method == "DESCRIBE":
            self._described(message)
        elif request.method == "SETUP":
            self._set_up(message)
        elif request.method == "PLAY":
            self.stage = Stage.PLAYING

    def _described(self, message: Message) -> None:
        self._base = (
            message.get("content-base") or message.get("content-location") or self._address.uri
        )
        if not self._base.lower().startswith("rtsp://"):
            self._base = self._address.uri
        media = parse_sdp(message.body.decode("utf-8", "replace"))
        if media is None:
            raise SourceError(self._address.full, "there is no video in it; check the uri")
        if media.codec not in CODECS or media.protocol not in PROTOCOLS:
            raise NotOurs(f"{media.codec or 'unknown codec'} over {media.protocol}")
        if media.codec == "h264" and media.packetization_mode == 2:
            raise NotOurs("interleaved H.264")
        self.media = media
        transport = ("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")
        self._send("SETUP", _joined(self._base, media.control), transport)

    def _set_up(self, message: Message) -> None:
        self._id, _, options = message.get("session").partition(";")
        if not self._id:
            raise ProtocolError("the device opens no session")
        self.channels = _channels(message.get("transport"))
        timeout = dict(_pairs(options)).get("timeout", "")
        if timeout.isascii() and timeout.isdigit() and len(timeout) < 7 and int(timeout):
            self.keep_alive_s = max(SHORTEST_KEEP_ALIVE_S, int(timeout) / 2)
        self._send("PLAY", self._aggregate, ("Range", "npt=0.000-"))

    @property
    def _aggregate(self) -> str:
        """The address of all that is played together."""
        control = self.media.session_control if self.media else ""
        return _joined(self._base, control)

    def _authenticate(self, request: _Request, message: Message) -> None:
        """Answer with the password, once for each nonce."""
        challenge = strongest(message.all("www-authenticate"))
        is_new = request.nonce is None or (
            challenge is not None
            and challenge.nonce != request.nonce
            # Some devices do not say that a nonce which was good has become too old.
            and (challenge.is_stale or request.nonce == self._good_nonce)
        )
        if challenge is None or not self._address.user or not is_new or request.tries >= MOST_TRIES:
            if self.stage is Stage.OPENING:
                raise refusal(self._address.full, 401)
            return
        self._challenge = challenge
        self._put(_Request(request.method, request.uri, request.headers, tries=request.tries))

    def _send(self, method: str, uri: str, *headers: tuple[str, str]) -> None:
        self._put(_Request(method, uri, headers))

    def _put(self, request: _Request) -> None:
        self._sequence += 1
        request.sequence, request.tries = self._sequence, request.tries + 1
        headers = [("CSeq", str(self._sequence)), ("User-Agent", AGENT), *request.headers]
        if self._id:
            headers.append(("Session", self._id))
        if self._challenge is not None:
            request.nonce = self._challenge.nonce
            value = self._credentials.answer(self._challenge, request.method, request.uri)
            headers.append(("Authorization", value))
        self._open.append(request)
        self.outgoing += write_message(f"{request.method} {request.uri} RTSP/1.0", headers)

    def _answered(self, message: Message) -> _Request | None:
        """The request that this is the answer to; some devices do not say which."""
        sequence = message.get("cseq")
        if not self._open or sequence not in ("", str(self._open[0].sequence)):
            return None
        is_final = not message.first_line.split()[1].startswith("1")
        return self._open.popleft() if is_final else self._open[0]

    def _reply(self, request: Message) -> None:
        method, _, rest = request.first_line.partition(" ")
        if not rest.endswith("RTSP/1.0"):
            raise ProtocolError("what the device sends is not RTSP")
        status = "200 OK" if method in HARMLESS else "501 Not Implemented"
        number = request.get("cseq")
        self.outgoing += write_message(f"RTSP/1.0 {status}", [("CSeq", number)])


def _joined(base: str, control: str) -> str:
    """The address that a `control` attribute means (RFC 2326, C.1.1, as devices do it)."""
    if control in ("", "*"):
        return base
    if control.lower().startswith("rtsp://"):
        return control
    return base.removesuffix("/") + "/" + control.removeprefix("/")


def _pairs(text: str) -> list[tuple[str, str]]:
    """`a=1;b` as pairs, names in lower case."""
    parts = (part.partition("=") for part in text.split(";"))
    return [(name.strip().lower(), value.strip()) for name, _, value in parts]


def _channels(transport: str) -> tuple[int, int]:
    """Channels of RTP and RTCP that the device chose; raises NotOurs if it does not use TCP."""
    options = dict(_pairs(transport.partition(",")[0]))
    if "rtp/avp/tcp" not in options and "interleaved" not in options:
        raise NotOurs("the device does not send over TCP")
    first, _, second = options.get("interleaved", "0-1").partition("-")
    second = second or str(int(first) + 1 if first.isascii() and first.isdigit() else "")
    if not all(c.isascii() and c.isdigit() and len(c) < 4 for c in (first, second)):
        raise ProtocolError("the device names no channels")
    return int(first), int(second)
