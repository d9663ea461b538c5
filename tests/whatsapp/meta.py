"""A stand-in for graph.facebook.com that answers what a test tells it to, over real HTTP."""

import itertools
import json
import threading
import time
from collections import deque
from copy import deepcopy
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

from whatsapp.texts import template_parameters


@dataclass
class Answer:
    """One answer: JSON or raw bytes, after so many seconds; `drop` closes the connection without any, after taking the
    request."""

    status: int = 200
    json: Any = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    seconds: float = 0


def graph_error(code: int, message: str = "error", status: int = 400) -> Answer:
    return Answer(
        status, {"error": {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A"}}
    )


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # of the default five, more connections at once are refused
    daemon_threads = True


class Meta:
    """Takes every message with a wamid of its own and gives every file there is, unless told otherwise.

    `answers` are said first to messages, `upload_answers` to files handed in, `media_answers` to questions for a
    file's address, `file_answers` to the requests for the file itself.
    """

    address = "127.0.0.1"

    def __init__(self) -> None:
        self.forget()
        self._server = _Server((self.address, 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def forget(self) -> None:
        """Begins anew, as before the first request."""
        self.sent: list[dict[str, Any]] = []
        self.read: list[dict[str, Any]] = []  # what was said to have been read
        self.read_answers: deque[Answer] = deque()
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.answers: deque[Answer] = deque()
        self.uploads: list[bytes] = []
        self.upload_answers: deque[Answer] = deque()
        self.media_answers: deque[Answer] = deque()
        self.files: dict[str, bytes] = {}
        self.slow: dict[str, float] = {}  # seconds that a file takes
        self.file_answers: deque[Answer] = deque()
        self.known: dict[str, Answer] = {}  # for a GET, by the last part of its path
        self._wamids = itertools.count(1)

    def known_now(self) -> dict[str, Any]:
        """All that came and is to be said, for `remember`."""
        return deepcopy({name: each for name, each in vars(self).items() if not name.startswith("_")})

    def remember(self, known: dict[str, Any]) -> None:
        """Goes on from where that was all."""
        vars(self).update(deepcopy(known))
        self._wamids = itertools.count(len(self.requests) + 1)  # there are no more wamids than requests

    @property
    def host(self) -> str:
        return f"{self.address}:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def texts(self) -> list[str]:
        """What each message sent so far says to its reader."""
        return [text_of(message) for message in self.sent]

    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        if path.startswith("/file/"):
            name = path[6:]
            known = Answer(body=self.files.get(name, b""), seconds=self.slow.get(name, 0))
            default = known if name in self.files else Answer(404)
            return self.file_answers.popleft() if self.file_answers else default
        if method == "POST" and path.endswith("/media"):
            self.uploads.append(body)
            answer = self.upload_answers.popleft() if self.upload_answers else None
            return answer or Answer(json={"id": f"upload{len(self.uploads)}"})
        if method == "POST":
            return self._take(json.loads(body or b"{}"))
        if self.media_answers:
            return self.media_answers.popleft()
        media_id = path.partition("?")[0].rsplit("/", 1)[1]
        if media_id in self.known:
            return self.known[media_id]
        if media_id not in self.files:
            return graph_error(100, "Unsupported get request", 404)
        return Answer(
            json={"url": f"{self.url}/file/{media_id}", "mime_type": "image/jpeg", "sha256": "0" * 64}
        )

    def _take(self, message: dict[str, Any]) -> Answer:
        if message.get("status") == "read":
            self.read.append(message)
            return self.read_answers.popleft() if self.read_answers else Answer(json={"success": True})
        answer = self.answers.popleft() if self.answers else None
        if answer is None or answer.drop:
            self.sent.append(message)
        return answer or Answer(json={"messages": [{"id": f"wamid.OUT{next(self._wamids)}"}]})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        meta = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: in two, the second waits 40 ms to be acknowledged

            def do_GET(self) -> None:
                self._serve("GET")

            def do_POST(self) -> None:
                self._serve("POST")

            def _serve(self, method: str) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                meta.requests.append((method, self.path, dict(self.headers)))
                answer = meta._answer(method, self.path, body)
                time.sleep(answer.seconds)
                if answer.drop:
                    self.close_connection = True
                    return
                content = json.dumps(answer.json).encode() if answer.json is not None else answer.body
                self.send_response(answer.status)
                length = (
                    {} if "Transfer-Encoding" in answer.headers else {"Content-Length": str(len(content))}
                )
                for name, text in (length | answer.headers).items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(content)

            @override
            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def text_of(message: dict[str, Any]) -> str:
    """What a message says to its reader; a photo is called one, before its words."""
    match message["type"]:
        case "text":
            return str(message["text"]["body"])
        case "interactive":
            return str(message["interactive"]["body"]["text"])
        case "image":
            return f"photo {message['image']['caption']}"
        case _:
            template = message["template"]
            shown = "photo " * any(part["type"] == "header" for part in template["components"])
            return shown + template_parameters.read(template)
