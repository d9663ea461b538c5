"""A system that is told something by HTTP: what it was told, and how it answers."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

from typing_extensions import override


class Receiver:
    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.location = ""
        self.before_answer: Callable[[], object] = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.told.append((dict(self.headers.items()), body))
                receiver.before_answer()
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.end_headers()

            @override
            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/haber"

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.told]


@contextmanager
def listening() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = Thread(target=lambda: receiver.server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    thread.join()
    receiver.server.server_close()
