"""The emulator's HTTP server: `Emulator(config).start()` runs it, `.stop()` ends it."""

import logging
import threading
from pathlib import Path

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from whatsapp.emulator.clock import TrialClock
from whatsapp.emulator.config import Config
from whatsapp.emulator.control import Control
from whatsapp.emulator.faults import Faults
from whatsapp.emulator.graph import Graph
from whatsapp.emulator.line import Line
from whatsapp.emulator.media import MediaShelf
from whatsapp.emulator.page import page
from whatsapp.emulator.people import People
from whatsapp.emulator.store import Store
from whatsapp.emulator.templates import HELLO_WORLD
from whatsapp.emulator.webhooks import Webhooks


class Emulator:
    """A Cloud API on loopback.

    `people`, `faults`, `clock`, `webhooks` and `store` do in Python what /control/ does over HTTP.
    """

    def __init__(
        self,
        config: Config,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        state: str = ":memory:",
        clock: Path | None = None,
    ) -> None:
        """Binds the port (0: any free one). `state` is the store's file, `clock` the file for the application's clock.

        Raises:
            SystemExit: the port is taken; the server has printed that to stderr.
            sqlite3.Error: the state file cannot be used.
        """
        self.store = Store(state)
        self.clock = TrialClock(self.store, clock)
        self.faults = Faults()
        self.webhooks = Webhooks(config, self.store, self.clock, self.faults)
        line = Line(config, self.store, self.clock, self.faults, self.webhooks)
        shelf = MediaShelf(line)
        self.people = People(line, shelf)
        self._stopping = threading.Event()
        self.graph = Graph(line, shelf, self._stopping)
        self.graph.add_template(HELLO_WORLD)
        self._control = Control(line, self.people, self.graph)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server = make_server(host, port, Request.application(self._respond), threaded=True)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> "Emulator":
        self.webhooks.start()
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends the server and its threads; a state file keeps everything for the next start."""
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.webhooks.stop()
        self.store.close()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)

    def _respond(self, request: Request) -> Response:
        if request.path == "/" or request.path.startswith("/static/"):
            return page(request)
        if request.path.startswith("/control/"):
            return self._control(request)
        return self.graph(request)
