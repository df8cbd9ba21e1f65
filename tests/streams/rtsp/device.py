"""A device that says what it is told to say, to find out what its viewers do then."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

from tests.streams.rtsp.packets import film, framed

SDP = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track1\r\n"


class Device:
    """Answers by method: `replies` replaces what it says by status line and headers."""

    def __init__(
        self, replies: dict[str, str] | None = None, sdp: str = SDP, burst: float = 0.5
    ) -> None:
        self.requests: list[str] = []
        self._burst = burst
        self._replies = replies or {}
        self._sdp = sdp
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/cam?channel=1"

    @property
    def methods(self) -> list[str]:
        return [request.split()[0] for request in self.requests]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        data = b""
        with connection, contextlib.suppress(OSError):
            while more := connection.recv(4096):
                data += more
                while b"\r\n\r\n" in data and data[:1] != b"$":
                    head, _, data = data.partition(b"\r\n\r\n")
                    self._answer(connection, head.decode())

    def _answer(self, connection: socket.socket, request: str) -> None:
        self.requests.append(request)
        method = request.partition(" ")[0]
        body = self._sdp if method == "DESCRIBE" else ""
        usual = {
            "OPTIONS": "200 OK\r\nPublic: DESCRIBE, SETUP, PLAY, GET_PARAMETER",
            "SETUP": "200 OK\r\nSession: 12;timeout=4\r\n"
            "Transport: RTP/AVP/TCP;unicast;interleaved=4-5",
        }
        reply = self._replies.get(method, usual.get(method, "200 OK"))
        number = re.search(r"CSeq: (\d+)", request)[1]
        text = f"RTSP/1.0 {reply}\r\nCSeq: {number}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        connection.sendall(text.encode())
        if method == "PLAY":
            packets = film("h264")
            begin = int(len(packets) * self._burst)  # what is kept since the last key picture, say
            connection.sendall(framed(packets[:begin], 4))
            for packet in packets[begin:]:
                time.sleep(0.01)
                connection.sendall(framed([packet], 4))


@contextlib.contextmanager
def device(
    replies: dict[str, str] | None = None, sdp: str = SDP, burst: float = 0.5
) -> Iterator[Device]:
    """`burst` is the share of its pictures that it sends at once."""
    made = Device(replies, sdp, burst)
    try:
        yield made
    finally:
        made.close()
