"""Ways in which talking to a device ends, other than an error that a user can mend."""


class ProtocolError(ValueError):
    """What came is not RTSP, RTP, RTCP or SDP; the message is one line without the address."""


class Redirected(Exception):  # noqa: N818 - it is an answer, not an error
    """The stream is at another address, `uri`."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.uri = uri


class NotOurs(Exception):  # noqa: N818 - it is an answer, not an error
    """A stream of a kind that this package does not read; the message says which."""
