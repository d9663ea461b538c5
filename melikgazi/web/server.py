"""The web server: `python -m melikgazi.web --host 127.0.0.1 --port 8000 --processes 2 --threads 4`.

One process keeps the listening socket (socket_keeper.py). Another loads every page, then forks those that serve; they
share its memory and that socket. Each is a
waitress: one thread reads all its connections, and a request gets a thread of the others only once it is there whole,
chunked bodies too. So whoever sends a byte a minute, or reads as slowly, holds a connection and nothing else.
"""

import argparse
import copy
import gc
import os
import resource
import signal
import socket
import sys
import time
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from typing_extensions import override
from waitress import channel, parser, server
from waitress.adjustments import Adjustments

from melikgazi.processes.forks import Deadline, ProcessPool, Worker
from melikgazi.web import request_counters
from melikgazi.web.socket_keeper import SocketHolder, listen

READ_SECONDS = 60.0  # for a whole request, however lively its sender
IDLE_SECONDS = 30  # of a connection on which nothing happens
SILENT_SECONDS = 10.0  # of one on which nothing was ever asked
LOOK_SECONDS = 2  # from one look for such to the next
DRAIN_SECONDS = 40.0  # for what is in hand when it is asked to stop
# When it is asked to stop, a proxy may be about to send on a connection that is open. Whoever does is answered, and
# told that it closes; whoever was silent for QUIET_SECONDS is not about to.
QUIET_SECONDS = 0.5
LINGER_SECONDS = 3.0  # at most, for those that go on sending
HANGS_SECONDS = 120.0  # without an answer though requests wait
CONNECTIONS = 2_000  # of one process, and no more than it has files for
FILES_OF_ONE = 3  # a connection: its socket, a long body, a long answer
OTHER_FILES = 200  # libraries, logs, connections to the database
ACCEPTED = 64  # new connections from one look to the next
MEBIBYTE = 1024**2
# The longest body by where it is sent; one byte more is refused when its header is read. Who asks need not have signed
# anything by then.
FILES = ("/admin/", "/api/", "/open311/", "/emulator/")
LONGEST_WITH_FILES = 32 * MEBIBYTE
LONGEST = 4 * MEBIBYTE  # of the webhook and of whatever else there is
IN_MEMORY = 64 * 1024  # of one body; what is longer waits in a file under /tmp
# Of all bodies of a process that are there in part or whole. Beyond that the longest at it are cut off, until it fits.
BODIES = 256 * MEBIBYTE
# Templates that all pages of the desk stand in, and what Django imports only when the first of them is asked for.
PAGES = ("admin/base_site.html", "admin/base.html", "admin/login.html", "admin/change_list.html")
READ_LATE = (
    *("django.contrib.auth.context_processors", "django.contrib.messages.context_processors"),
    *("django.contrib.messages.storage.fallback", "django.contrib.sessions.serializers"),
    "django.template.context_processors",
)
OPTIONS: dict[str, Any] = {
    "backlog": 1024,
    "channel_timeout": IDLE_SECONDS,
    "cleanup_interval": LOOK_SECONDS,
    "max_request_header_size": 64 * 1024,
    "max_request_body_size": LONGEST_WITH_FILES + 1,
    "inbuf_overflow": IN_MEMORY,
    # An export waits in a file for whoever reads it slowly, and its thread does not.
    "outbuf_high_watermark": 512 * MEBIBYTE,
    "ident": None,
    # Whom to believe about a citizen's address the settings say (TRUSTED_PROXIES).
    "clear_untrusted_proxy_headers": False,
}


def main() -> None:
    """Serves until asked to stop. Exit status 0, or 1 when a process had to be cut off."""
    options = _parser().parse_args()
    if options.listening is not None:
        _serve(options)
    size = (f"--processes={options.processes}", f"--threads={options.threads}")
    command = (sys.executable, "-m", "melikgazi.web", *size)
    sys.exit(SocketHolder(listen(options.host, options.port, OPTIONS["backlog"]), command).keep())


def _serve(options: argparse.Namespace) -> NoReturn:
    """A generation: serves on the keeper's socket until asked to stop."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process that forks has no thread but its own
    connections = most_connections(_allow_files())
    listening = socket.socket(fileno=options.listening)
    listening.setblocking(False)
    gc.disable()
    application = load(options.processes)
    _look_at_tables()
    gc.freeze()  # before the forks: what is never looked through for garbage stays shared
    gc.enable()

    def serve(number: int, deadline: Deadline) -> None:
        request_counters.take_part(number)
        adjustments = Adjustments(
            threads=options.threads, sockets=[listening], connection_limit=connections, **OPTIONS
        )
        serving = Server(application, _sock=listening, adj=adjustments, bind_socket=False)
        serving.deadline = deadline
        serving.pulse = sys.modules.get("melikgazi.web.pulse")  # came with the application
        signal.signal(signal.SIGTERM, lambda *_: serving.drain())
        serving.run()

    def report_ready() -> None:
        os.write(options.ready, b"1")
        os.close(options.ready)

    serving = [
        Worker(f"web-{number + 1}", partial(serve, number), Deadline()) for number in range(options.processes)
    ]
    sys.exit(ProcessPool(serving).watch(report_ready))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="melikgazi.web", description="Hattın web sunucusu.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4, help="her süreçte aynı anda görülen istek")
    parser.add_argument("--listening", type=int, help=argparse.SUPPRESS)  # by the keeper, as --ready is
    parser.add_argument("--ready", type=int, help=argparse.SUPPRESS)
    return parser


def _allow_files() -> int:
    """As many open files as the system lets us have; returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def most_connections(files: int) -> int:
    """How many connections a process takes that may have so many open files."""
    return max(8, min(CONNECTIONS, (files - OTHER_FILES) // FILES_OF_ONE))


def load(processes: int) -> Any:
    """The application, with every page imported, and what the first page of each process would have to read: addresses,
    translations, formats of dates, the templates around all pages. So many processes will count their requests."""
    application = import_module("melikgazi.wsgi").application  # sets Django up

    from django.conf import settings
    from django.template.loader import get_template
    from django.urls import reverse
    from django.utils import formats, translation

    with translation.override(settings.LANGUAGE_CODE):
        reverse("admin:index")
        translation.gettext("Home")
        formats.get_format("DATE_FORMAT")
        for page in PAGES:
            get_template(page)
    for module in READ_LATE:
        import_module(module)
    request_counters.share(processes)
    return application


def _look_at_tables() -> None:
    """SystemExit where the database's are not those of this code. Without a database pages say so; it may come."""
    from django.db import connections

    from melikgazi.database import schema

    schema.is_known()
    connections.close_all()


class RequestParser(parser.HTTPRequestParser):  # type: ignore[misc]  # waitress has no type hints
    """Reads a request; how long its body may be depends on its address."""

    adj: Any

    @override
    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # a length of so many digits that it is no number
            raise parser.ParsingError("Content-Length is invalid") from error
        if not self.path.startswith(FILES):
            self.adj = copy.copy(self.adj)
            self.adj.max_request_body_size = LONGEST + 1


class Connection(channel.HTTPChannel):  # type: ignore[misc]  # waitress has no type hints
    """A connection that knows since when its present request is being read."""

    parser_class = RequestParser
    reading_since = 0.0  # 0 for no request
    has_asked = False  # whether a request has begun

    @override
    def received(self, data: bytes) -> bool:
        before, self.has_asked = self.request, True
        taken: bool = super().received(data)
        if self.request is not before:
            self.reading_since = time.time() if self.request else 0.0
        return taken

    @override
    def service(self) -> None:
        if self.server.is_draining and self.requests:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()
        self.server.served += 1

    @override
    def handle_close(self) -> None:
        """A body that never came whole lets go of its file."""
        super().handle_close()
        if self.request:
            self.request.close()

    def answer_pulse(self, pulse: Any) -> bool:
        """Answers in the thread that reads, where the request that came is a pulse without news: most requests are.
        False where it is anything else; then nothing has been done. Holds `requests_lock`, as its caller does.
        """
        request = self.requests[0]
        if (
            request.error  # then it need not have a path
            or request.path != pulse.PATH
            or request.command != "GET"
            or request.version != "1.1"
        ):
            return False
        headers = request.headers
        if "close" in headers.get("CONNECTION", "").lower() or self.server.is_draining:
            return False
        if not pulse.is_unchanged(headers.get("X_PULSE_TOKEN", ""), request.query):
            return False
        answer = pulse.unchanged()
        with self.outbuf_lock:
            self.outbufs[-1].append(answer)
            self.total_outbufs_len += len(answer)
            self._flush_exception(self._flush_some, do_close=False)
        self.requests.pop(0)
        request.close()
        self.server.served += 1
        return True

    @property
    def body_bytes(self) -> int:
        """Of the requests that it holds."""
        return sum(each.body_bytes_received for each in (self.request, *self.requests) if each)

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered, or an answer being read."""
        return bool(self.requests or self.total_outbufs_len)


class Server(server.TcpWSGIServer):  # type: ignore[misc]  # the same
    """Closes connections that are longer at one request than it may take, and ends when all that was asked is answered.

    Where requests wait and none is ended for HANGS_SECONDS its `deadline` passes, and its parent replaces it.
    """

    channel_class = Connection
    deadline: Deadline | None = None
    pulse: Any = None  # melikgazi.web.pulse, for what it can answer at once
    served = 0
    _seen = 0
    _drain_by: float | None = None  # on the monotonic clock

    @property
    def is_draining(self) -> bool:
        return self._drain_by is not None

    def drain(self) -> None:
        """From now on nobody new is served, and `run` ends as soon as it can."""
        self._drain_by = self._drain_by or time.monotonic() + DRAIN_SECONDS

    @override
    def add_task(self, task: Any) -> None:
        if self.pulse is None or not task.answer_pulse(self.pulse):
            super().add_task(task)

    @override
    def run(self) -> None:
        while not self._is_drained():
            wait = QUIET_SECONDS / 5 if self.is_draining else 1.0
            self.asyncore.loop(timeout=wait, map=self._map, use_poll=True, count=1)
        self.task_dispatcher.shutdown()

    @override
    def readable(self) -> bool:
        self._make_place()
        accepting: bool = super().readable()
        return accepting and self._drain_by is None

    @override
    def handle_accept(self) -> None:
        for _ in range(ACCEPTED):
            before = len(self._map)
            if before >= self.adj.connection_limit:
                break
            super().handle_accept()
            if len(self._map) == before:
                break

    @override
    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for each in self.active_channels.values():
            if not each.is_busy and each.reading_since and each.reading_since < now - READ_SECONDS:
                each.will_close = True
            if not each.has_asked and each.creation_time < now - SILENT_SECONDS:
                each.will_close = True
        self._make_room()
        if self.deadline and (self.served != self._seen or not self.task_dispatcher.queue):
            self.deadline.set(HANGS_SECONDS)
        self._seen = self.served

    def _make_place(self) -> None:
        """Closes, a tenth before the limit of connections, a tenth of them: first those that never asked anything, then
        those that wait between two requests, last those whose request is not there yet; in each, who is longest at it.
        """
        tenth = self.adj.connection_limit // 10
        if len(self._map) < self.adj.connection_limit - tenth:
            return
        idle = [each for each in self.active_channels.values() if not each.is_busy and not each.will_close]
        idle.sort(key=lambda each: (each.has_asked, each.reading_since, each.last_activity))
        for each in idle[:tenth]:
            each.will_close = True

    def _make_room(self) -> None:
        """Cuts off who has been longest at a long body, until all of them together are as large as they may be."""
        held = sum(each.body_bytes for each in self.active_channels.values())
        at_it = [
            each for each in self.active_channels.values() if each.body_bytes > IN_MEMORY and not each.is_busy
        ]
        for each in sorted(at_it, key=lambda each: each.reading_since):
            if held <= BODIES:
                break
            held -= each.body_bytes
            each.will_close = True

    def _is_drained(self) -> bool:
        """Whether nothing is left to be answered; closes the connections that nobody is about to use."""
        if self._drain_by is None:
            return False
        left = self._drain_by - time.monotonic()
        lingers = left > DRAIN_SECONDS - LINGER_SECONDS
        for each in list(self.active_channels.values()):
            if not each.is_busy and not (lingers and each.last_activity > time.time() - QUIET_SECONDS):
                each.handle_close()
        return not self.active_channels or left < 0
