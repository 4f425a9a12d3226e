"""uvicorn's protocol, on whose connections HTTP stays HTTP: an upgrade that is offered is let lie (RFC 9110 §7.8)."""

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Declining(HttpToolsProtocol):
    """Reads what follows an offer as what it is for whoever declines: an ordinary body, and the next request."""

    def _should_upgrade(self) -> bool:
        # Asked only where the parser stops for an upgrade. Nothing is begun then: `parse` sees to it.
        return True

    def parse(self, rest: memoryview) -> None:
        while True:
            try:
                self.parser.feed_data(rest)
            except HttpParserUpgrade as offered:
                rest = rest[offered.args[0] :]
                self._resume()
            else:
                return

    def _resume(self) -> None:
        """RFC 9110 §7.8: an upgrade that is offered need not be taken, and what follows is an ordinary body.

        The parser takes it for the other protocol, so a new one reads the head again, without the offer.
        """
        if self.scope["method"] == "CONNECT":  # RFC 9110 §9.3.6: asks for a tunnel, and there is none here
            raise HttpParserError("CONNECT")
        offer = [self.scope["method"].encode(), b" ", self.url, b" HTTP/", self.scope["http_version"].encode(), b"\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                offer += [name, b": ", value, b"\r\n"]
        self.parser = HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does, for pipelined requests
        self.parser.feed_data(b"".join([*offer, b"\r\n"]))
