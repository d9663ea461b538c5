"""A proxy that an installed root reaches on its own loopback: the packages come from where the host gets them.

The root's network is of its own and leads nowhere. Whoever is told of the proxy gets out; the units are not.
"""

import contextlib
import os
import selectors
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from typing_extensions import override

from tests.install.networks import inside

PORT = 3128
URL = f"http://127.0.0.1:{PORT}"
PATIENCE = 60.0  # seconds for a server to answer
_HOP_BY_HOP = {"connection", "proxy-connection", "keep-alive", "transfer-encoding", "te", "upgrade", "host"}


@contextlib.contextmanager
def open_for(pid: int) -> Iterator[None]:
    """Serves the network that the process is in."""
    server = ThreadingHTTPServer(("127.0.0.1", PORT), _Proxy, bind_and_activate=False)
    server.daemon_threads = True
    server.socket.close()
    with inside(pid):
        server.socket = socket.create_server(("127.0.0.1", PORT), backlog=64)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        kept = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        try:
            answer = urllib.request.urlopen(urllib.request.Request(self.path, headers=kept), timeout=PATIENCE)  # noqa: S310
        except urllib.error.HTTPError as error:
            answer = error  # it is an answer, too
        except OSError as error:
            self.send_error(502, str(error))
            return
        with answer:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            if "Content-Length" not in answer.headers:
                self.send_header("Connection", "close")
            self.end_headers()
            while part := answer.read(2**16):
                self.wfile.write(part)

    def do_CONNECT(self) -> None:
        try:
            out = self._connected()
        except OSError as error:
            self.send_error(502, str(error))
            return
        with out:
            self.send_response(200)
            self.end_headers()
            _relay(self.connection, out)
        self.close_connection = True

    def _connected(self) -> socket.socket:
        """To the server, or to the host's own proxy, which is asked to connect."""
        host, _, port = self.path.rpartition(":")
        proxy = urllib.request.getproxies().get("https")
        if not proxy:
            return socket.create_connection((host, int(port)), PATIENCE)
        parts = urlsplit(proxy)
        out = socket.create_connection((parts.hostname or "", parts.port or 8080), PATIENCE)
        out.sendall(f"CONNECT {self.path} HTTP/1.1\r\nHost: {self.path}\r\n\r\n".encode())
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            said += out.recv(1) or b"\r\n\r\n"
        if b" 200" not in said.splitlines()[0]:
            out.close()
            raise OSError("the host's proxy refused")
        return out

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


def _relay(one: socket.socket, other: socket.socket) -> None:
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while found := ready.select(PATIENCE):
            for key, _ in found:
                part = os.read(key.fd, 2**16)
                if not part:
                    return
                key.data.sendall(part)
