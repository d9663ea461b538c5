"""The control API, /control/…: used by the telephone page, the citizen command and the tests.

JSON both ways; a message with files comes as multipart. Only requests from this machine are answered. README.md here
lists the calls.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.faults import CHOICES, KINDS
from whatsapp.emulator.graph import Graph
from whatsapp.emulator.line import Line
from whatsapp.emulator.people import People
from whatsapp.emulator.records import ControlError, Delivery, File, Json, Message, Person
from whatsapp.emulator.store import Store

LONGEST_WAIT = 60.0
ROUTES = Map(
    [
        Rule("/control/", endpoint="status", methods=["GET"]),
        Rule("/control/people", endpoint="people", methods=["GET"]),
        Rule("/control/people", endpoint="add_person", methods=["POST"]),
        Rule("/control/people/<int:person>/messages", endpoint="say", methods=["POST"]),
        Rule("/control/people/<int:person>/read", endpoint="read", methods=["POST"]),
        Rule("/control/people/<int:person>/chat", endpoint="chat", methods=["GET"]),
        Rule("/control/news", endpoint="news", methods=["GET"]),
        Rule("/control/outbound", endpoint="outbound", methods=["GET"]),
        Rule("/control/media/<media_id>", endpoint="media", methods=["GET"]),
        Rule("/control/clock", endpoint="clock", methods=["POST"]),
        Rule("/control/faults", endpoint="faults", methods=["GET"]),
        Rule("/control/faults", endpoint="set_fault", methods=["POST"]),
        Rule("/control/faults", endpoint="clear_faults", methods=["DELETE"]),
        Rule("/control/release", endpoint="release", methods=["POST"]),
        Rule("/control/deliveries", endpoint="deliveries", methods=["GET"]),
        Rule("/control/changes", endpoint="publish", methods=["POST"]),
        Rule("/control/templates", endpoint="add_template", methods=["POST"]),
        Rule("/control/verify", endpoint="verify", methods=["POST"]),
    ]
)


class Control:
    """Answers one request with JSON; invalid ones get 400 and `{"error": …}`."""

    def __init__(self, line: Line, people: People, graph: Graph) -> None:
        self._line, self._people, self._graph = line, people, graph

    def __call__(self, request: Request) -> Response:
        if not from_this_machine(request):
            return _answer({"error": "Only from this machine."}, 403)
        try:
            endpoint, values = ROUTES.bind_to_environ(request.environ).match()
            handle: Callable[..., Response | Json] = getattr(self, f"on_{endpoint}")
            done = handle(request, **values)
        except (ValueError, GraphError) as error:
            return _answer({"error": str(error)}, 400)
        except HTTPException as error:
            return _answer({"error": error.name}, error.code or 500)
        return done if isinstance(done, Response) else _answer(done)

    def on_status(self, _request: Request) -> Json:
        config = self._line.config
        return {
            "phone_number_id": config.phone_number_id,
            "waba_id": config.waba_id,
            "display_phone_number": config.display_phone_number,
            "webhook_url": config.webhook_url,
            "now": self._line.clock.now(),
        }

    def on_people(self, _request: Request) -> Json:
        return {"people": [self._person(person) for person in self._line.store.people()]}

    def on_add_person(self, request: Request) -> Json:
        fields: Json = {"name": ""} | _options(request, "name", "phone", "username", "auto_read")
        return self._person(self._people.add(**fields))

    def on_say(self, request: Request, person: int) -> Json:
        fields, files = _fields(request), _files(request)
        kind = fields.pop("type", "text")
        return {"messages": [asdict(message) for message in self._people.say(person, kind, files, **fields)]}

    def on_read(self, request: Request, person: int) -> Json:
        return {"read": self._people.read(person, **_options(request, "kind"))}

    def on_chat(self, request: Request, person: int) -> Json:
        """The messages of a chat, both directions, that are new or changed since `after` (a `changed` of before)."""
        return {
            "person": self._person(self._people.get(person)),
            **_polled(
                request, self._line.store, lambda after: self._line.store.chat(person, after), "changed"
            ),
        }

    def on_news(self, request: Request) -> Json:
        """Messages that changed in any chat since `after`, and the rest of the telephone page's state.

        Waits until a message changes or the hash of the rest is not `mark` any more.
        """
        after, mark = int(request.args.get("after", 0)), request.args.get("mark")
        found: list[Message] = []
        around: Json = {}

        def look() -> bool:
            nonlocal found, around
            found, around = self._line.store.changes(after), self._around(request)
            return bool(found) or around["mark"] != mark

        self._line.store.poll(look, _wait(request))
        messages = [asdict(message) for message in found]
        return around | {"messages": messages, "last": found[-1].changed if found else after}

    def on_outbound(self, request: Request) -> Json:
        """Messages that the business sent to anybody since `after` (a `seq`), with their statuses so far."""
        return _polled(request, self._line.store, self._line.store.outbound, "seq")

    def on_media(self, _request: Request, media_id: str) -> Response:
        media = self._line.store.media(media_id)
        if media is None:
            raise ControlError(f"No file {media_id}.")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(media.data, content_type=media.mime_type, headers=headers)

    def on_clock(self, request: Request) -> Json:
        fields = _fields(request)
        seconds, line = float(fields.get("forward", 0)), bool(fields.get("line", True))
        return {"now": self._line.clock.forward(seconds, line=line)}

    def on_faults(self, _request: Request) -> Json:
        return {"faults": self._line.faults.listed(), "kinds": KINDS, "choices": CHOICES}

    def on_set_fault(self, request: Request) -> Json:
        fields = _fields(request)
        count = fields.pop("count", None)
        fault = self._line.faults.set(
            str(fields.pop("kind", "")), None if count is None else int(count), **fields
        )
        self._line.store.wake()
        return fault

    def on_clear_faults(self, request: Request) -> Json:
        """Clears one kind of fault or all; held webhooks are released."""
        self._line.faults.clear(request.args.get("kind"))
        self._line.store.wake()
        return {"released": self._line.webhooks.release()}

    def on_release(self, request: Request) -> Json:
        return {"released": self._line.webhooks.release(**_options(request, "batch", "shuffle"))}

    def on_deliveries(self, request: Request) -> Json:
        """The log of webhooks from `after` on, oldest first, or its `latest` n entries."""
        store = self._line.store
        if latest := int(request.args.get("latest", 0)):
            found = store.latest_deliveries(latest)
        else:
            found = store.deliveries(int(request.args.get("after", 0)))
        return {"deliveries": [self._delivery(delivery) for delivery in found]}

    def on_publish(self, request: Request) -> Json:
        """Posts a webhook of any `{field, value}`: account and template updates, unknown fields."""
        self._line.webhooks.publish(_fields(request))
        return {}

    def on_add_template(self, request: Request) -> Json:
        return self._graph.add_template(_fields(request))

    def on_verify(self, _request: Request) -> Json:
        return self._line.webhooks.verify()

    def _around(self, request: Request) -> Json:
        line = self._line
        state = self.on_people(request) | {"held": len(line.store.held()), "faults": line.faults.listed()}
        mark = zlib.crc32(json.dumps([state, line.clock.offset]).encode())
        return state | {"mark": str(mark), "now": line.clock.now()}

    def _person(self, person: Person) -> Json:
        now = self._line.clock.now()
        closes = person.window_closes_at()
        return asdict(person) | {"window_closes_at": closes, "window_open": person.window_open(now)}

    def _delivery(self, delivery: Delivery) -> Json:
        return asdict(delivery) | {"body": self._line.webhooks.body(delivery).decode("ascii")}


def from_this_machine(request: Request) -> bool:
    """Whether a request comes over loopback, to a loopback name (DNS rebinding), and from no foreign page (CSRF)."""
    if request.remote_addr is None or not ip_address(request.remote_addr).is_loopback:
        return False
    origin = request.headers.get("Origin")
    return all(
        urlsplit(address).hostname in ("127.0.0.1", "localhost", "::1")
        for address in (f"//{request.host}", *([origin] if origin else []))
    )


def _answer(body: Json, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False)
    return Response(text, status=status, content_type="application/json; charset=utf-8")


def _fields(request: Request) -> Json:
    if request.mimetype == "multipart/form-data":
        return request.form.to_dict()
    try:
        body: Any = json.loads(request.get_data() or b"{}")
    except ValueError:
        raise ControlError("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise ControlError("The body must be a JSON object.")
    return body


def _wait(request: Request) -> float:
    return min(float(request.args.get("wait", 0)), LONGEST_WAIT)


def _polled(request: Request, store: Store, look: Callable[[int], list[Message]], cursor: str) -> Json:
    """Messages after the cursor `after`, waiting up to `wait` seconds for the first; `last` is the next cursor."""
    after = int(request.args.get("after", 0))
    found = [asdict(message) for message in store.poll(lambda: look(after), _wait(request))]
    return {"messages": found, "last": max((message[cursor] for message in found), default=after)}


def _options(request: Request, *known: str) -> Json:
    fields = _fields(request)
    if unknown := fields.keys() - set(known):
        raise ControlError(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(known)}")
    return fields


def _files(request: Request) -> tuple[File, ...]:
    return tuple(
        File(file.filename, file.content_type or "application/octet-stream", file.read())
        for file in request.files.getlist("file")
    )
