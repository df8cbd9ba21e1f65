"""One camera on its connection: socket, deadlines, and who is told how it ended."""

import socket
import threading
from collections.abc import Callable
from selectors import EVENT_READ, BaseSelector

from streams.config import Camera
from streams.rtsp.address import Address
from streams.rtsp.delivery import Delivery
from streams.rtsp.dial import Dial
from streams.rtsp.problem import NotOurs, ProtocolError, Redirected
from streams.rtsp.stream import Stream
from streams.video.media_error import SourceError, explained, silence

MOST_REDIRECTS = 5
MOST_READS = 8
"""Of one connection before the others have their turn."""
GOODBYE_S = 0.5
LARGEST_UNSENT_BYTES = 64 * 2**10

Outcome = SourceError | NotOurs | None
"""Why it ended: an error, a stream for another reader, or (None) its end."""


def _nobody(_: Outcome) -> None:
    """Is told what nobody wants to know."""


class Client:
    """Belongs to the puller's thread; only `halt` may be called from others.

    `on_end` is called once, as soon as nothing more is handed to `delivery`.
    """

    def __init__(
        self, camera: Camera, uri: str, delivery: Delivery, on_end: Callable[[Outcome], None]
    ) -> None:
        self.is_done = False
        self.began_s = 0.0
        self._uri = uri
        self._timeout_s = camera.timeout_s
        self._delivery = delivery
        self._on_end = on_end
        self._halted = threading.Event()
        self._redirects = 0
        self._dial: Dial | None = None
        self._stream: Stream | None = None
        self._selector: BaseSelector | None = None
        self._socket: socket.socket | None = None
        self._rest = b""
        self._unsent = bytearray()
        self._heard_s = 0.0
        self._leaves_by_s: float | None = None

    @property
    def is_hurried(self) -> bool:
        """Whether it is to be looked after at every tick: it connects, or says goodbye."""
        return self._leaves_by_s is not None or self._stream is None or not self._stream.is_playing

    def halt(self) -> None:
        """Ask it to end."""
        self._halted.set()

    def begin(self, selector: BaseSelector, now_s: float) -> None:
        """Start to connect."""
        self._selector = selector
        self.began_s = self._heard_s = now_s
        self._guarded(self._call, now_s)

    def look_after(self, now_s: float) -> None:
        """Do what is due by the clock."""
        if self._leaves_by_s is not None:
            if now_s > self._leaves_by_s:
                self._close()
        elif self._halted.is_set():
            self._end(None, now_s)
        else:
            self._guarded(self._keep_up, now_s)

    def read(self, buffer: bytearray, view: memoryview, now_s: float) -> None:
        """Take what has come; `buffer` is anybody's afterwards, `view` is a view of it."""
        if self._leaves_by_s is not None:
            self._discard(view)
        else:
            self._guarded(lambda at_s: self._read(buffer, view, at_s), now_s)

    def abandon(self) -> None:
        """End at once, because the thread ends."""
        if self._leaves_by_s is None:
            self._end(SourceError(self._uri, "its reader broke; see the log"), 0.0)
        self._close()

    def _guarded(self, act: Callable[[float], None], now_s: float) -> None:
        """Do it; what goes wrong ends the connection, or leads to another one."""
        try:
            with explained(self._uri, self._timeout_s):
                act(now_s)
        except SourceError as error:
            self._end(error, now_s)
        except ProtocolError as error:
            self._end(SourceError(self._uri, f"{error}; check the uri and the device"), now_s)
        except NotOurs as reason:
            self._end(reason, now_s)
        except Redirected as moved:
            self._move(moved.uri, now_s)

    def _call(self, _: float) -> None:
        try:
            address = Address.parse(self._uri)
        except ValueError as error:
            raise SourceError(self._uri, f"this is no address: {error}") from None
        self._stream = Stream(address, self._delivery.reported)
        self._dial = Dial(address.host, address.port)

    def _move(self, uri: str, now_s: float) -> None:
        self._redirects += 1
        self._hang_up()
        if self._redirects > MOST_REDIRECTS:
            error = SourceError(self._uri, "the device sends its viewers round in circles")
            self._end(error, now_s)
            return
        self._uri = uri
        self._guarded(self._call, now_s)

    def _keep_up(self, now_s: float) -> None:
        if now_s - self._heard_s > self._timeout_s:
            raise silence(self._uri, self._timeout_s)
        assert self._stream is not None  # noqa: S101 - it was called
        if self._socket is None:
            self._connect(now_s)
        else:
            self._stream.keep_up(now_s)
            self._delivery.look_after(now_s)
            self._send(self._stream.outgoing())

    def _connect(self, now_s: float) -> None:
        assert self._dial is not None and self._selector is not None  # noqa: S101, PT018
        self._socket = self._dial.poll()
        if self._socket is not None:
            self._heard_s = now_s
            self._selector.register(self._socket, EVENT_READ, self)
            assert self._stream is not None  # noqa: S101 - it was called
            self._send(self._stream.outgoing())

    def _read(self, buffer: bytearray, view: memoryview, now_s: float) -> None:
        assert self._socket is not None and self._stream is not None  # noqa: S101, PT018
        end = len(self._rest)
        buffer[:end] = self._rest
        is_over = False
        for _ in range(MOST_READS):
            try:
                got = self._socket.recv_into(view[end:])
            except BlockingIOError:
                break
            is_over = not got
            end += got
            is_full = end == len(buffer)
            done = self._stream.take(buffer, end, now_s)
            end -= done
            buffer[:end] = buffer[done : done + end]
            if is_over or not is_full:
                break
        self._heard_s = now_s
        self._rest = bytes(view[:end])
        self._deliver()
        if is_over:
            self._hung_up_on(now_s)
        else:
            self._send(self._stream.outgoing())

    def _deliver(self) -> None:
        assert self._stream is not None  # noqa: S101 - it was read from
        units = self._stream.units()
        if units and not self._delivery.is_open:
            self._delivery.open(self._stream.media, units[0], self._uri)
        if units:
            self._delivery.put(units, self._stream.damaged)

    def _hung_up_on(self, now_s: float) -> None:
        assert self._stream is not None  # noqa: S101 - it was read from
        if not self._stream.is_playing:
            raise ConnectionResetError
        self._end(None, now_s)

    def _send(self, data: bytes) -> None:
        """Send what the device takes now; the rest waits for the next time."""
        self._unsent += data
        if not self._unsent or self._socket is None:
            return
        try:
            del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            if len(self._unsent) > LARGEST_UNSENT_BYTES:
                raise ProtocolError("the device takes nothing any more") from None

    def _end(self, outcome: Outcome, now_s: float) -> None:
        """Tell the outcome, say goodbye, and wait a little for the device to close."""
        self._leaves_by_s = now_s + GOODBYE_S
        if self._stream is not None and self._socket is not None:
            self._stream.leave()
            goodbye = self._stream.outgoing()
            try:
                self._send(goodbye)
                self._socket.shutdown(socket.SHUT_WR)
            except (OSError, ProtocolError):
                self._close()
        else:
            self._close()
        if outcome is not None:  # it is raised again elsewhere; these would keep all of this alive
            outcome.__traceback__ = outcome.__context__ = None
        on_end, self._on_end = self._on_end, _nobody
        on_end(outcome)

    def _discard(self, view: memoryview) -> None:
        try:
            got = self._socket.recv_into(view) if self._socket is not None else 0
        except BlockingIOError:
            return
        except OSError:
            got = 0
        if not got:
            self._close()

    def _close(self) -> None:
        self._hang_up()
        self.is_done = True

    def _hang_up(self) -> None:
        if self._dial is not None:
            self._dial.close()
        if self._socket is not None:
            assert self._selector is not None  # noqa: S101 - it was registered there
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None
        if self._stream is not None:
            self._stream.close()
        self._stream = self._dial = None
        self._rest = b""
        self._unsent.clear()
