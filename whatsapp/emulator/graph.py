"""The Graph API's routes: /vNN.N/{id}/…, and the URL that files are downloaded from."""

import json
import re
import socket
import zlib
from collections.abc import Iterator
from threading import Event
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from whatsapp.emulator import templates
from whatsapp.emulator.errors import GraphError
from whatsapp.emulator.line import Line
from whatsapp.emulator.media import MediaShelf
from whatsapp.emulator.payloads import dump
from whatsapp.emulator.records import File, Json, Media
from whatsapp.emulator.sending import Sending

FILE_PATH = "/whatsapp_business/attachments/"
CHUNK = 64 << 10
ROUTES = Map(
    [
        Rule(FILE_PATH, endpoint="file", methods=["GET"]),
        Rule("/<version>/<node>/messages", endpoint="messages", methods=["POST"]),
        Rule("/<version>/<node>/media", endpoint="upload", methods=["POST"]),
        Rule("/<version>/<node>/message_templates", endpoint="templates", methods=["GET", "POST"]),
        Rule("/<version>/<node>/subscribed_apps", endpoint="apps", methods=["GET", "POST"]),
        Rule("/<version>/<node>", endpoint="node", methods=["GET", "DELETE"]),
    ]
)


class Graph:
    """Answers one request; every refusal is a Graph-shaped error."""

    def __init__(self, line: Line, shelf: MediaShelf, stopping: Event) -> None:
        self._line, self._shelf, self._stopping = line, shelf, stopping
        self._sending = Sending(line)

    def __call__(self, request: Request) -> Response:
        try:
            return self._route(request)
        except GraphError as error:
            return answer(error.body(), error.http_status)

    def _route(self, request: Request) -> Response:
        try:
            endpoint, found = ROUTES.bind_to_environ(request.environ).match()
        except HTTPException as error:
            raise GraphError(
                100, f"Unknown path components: {request.path}", http_status=error.code
            ) from None
        values = dict(found)
        where = {
            "node": "number" if values.get("node") == self._line.config.phone_number_id else "media"
        }.get(endpoint, endpoint)
        self._fail_on_demand(where)
        self._authorise(request)
        if not re.fullmatch(r"v\d+\.\d+", values.pop("version", "v0.0")):
            raise GraphError(100, "Invalid version format. Use format like 'v23.0'")
        done: Response = getattr(self, f"on_{endpoint}")(request, **values)
        if fault := self._line.faults.take("slow_answer", on=where):
            self._stopping.wait(fault.options["seconds"])
        return done

    def _fail_on_demand(self, where: str) -> None:
        faults = self._line.faults
        if faults.take("dead_token"):
            raise GraphError(190, "Error validating access token: Session has expired", subcode=463)
        if faults.take("http_500", on=where):
            raise GraphError(1, http_status=500)
        if fault := faults.take("error", on=where):
            raise GraphError(fault.options["code"])

    def _authorise(self, request: Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._line.config.access_token}":
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")

    def _demand(self, node: str, expected: str) -> None:
        if node != expected:
            raise GraphError(
                100,
                f"Unsupported request. Object with ID '{node}' does not exist, cannot be loaded due to missing"
                " permissions, or does not support this operation",
                subcode=33,
            )

    def on_messages(self, request: Request, node: str) -> Response:
        self._demand(node, self._line.config.phone_number_id)
        done = answer(self._sending.post(_json(request)))
        if fault := self._line.faults.take("lost_answer"):
            if fault.options["how"] == "timeout":
                self._stopping.wait(fault.options["seconds"])
            hang_up(request)
        return done

    def on_upload(self, request: Request, node: str) -> Response:
        self._demand(node, self._line.config.phone_number_id)
        if request.form.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required.")
        file = request.files.get("file")
        if file is None:
            raise GraphError(100, "The parameter file is required.")
        mime_type = file.content_type or "application/octet-stream"
        return answer(self._shelf.upload(File(file.filename, mime_type, file.read())))

    def on_node(self, request: Request, node: str) -> Response:
        if node == self._line.config.phone_number_id:
            return answer(self._number(request))
        if request.method == "DELETE":
            return answer(self._shelf.delete(node))
        return answer(self._shelf.describe(node, request.host_url.rstrip("/")))

    def _number(self, request: Request) -> Json:
        if request.method != "GET":
            raise GraphError(100, "Unsupported delete request")
        config = self._line.config
        known: Json = {
            "verified_name": config.verified_name,
            "display_phone_number": config.display_phone_number,
            "code_verification_status": "VERIFIED",
            "quality_rating": "GREEN",
            "platform_type": "CLOUD_API",
            "throughput": {"level": "STANDARD"},
            "name_status": "APPROVED",
            "id": config.phone_number_id,
        }
        fields = request.args.get("fields")
        wanted = fields.split(",") if fields else list(known)
        if unknown := [name for name in wanted if name not in known]:
            raise GraphError(100, f"Tried accessing nonexisting field ({unknown[0]})")
        return {name: known[name] for name in known if name in wanted or name == "id"}

    def on_templates(self, request: Request, node: str) -> Response:
        self._demand(node, self._line.config.waba_id)
        if request.method == "POST":
            return answer(self.add_template(_json(request)))
        data = [
            definition
            for definition in self._line.store.templates()
            if all(
                request.args.get(name, definition[name]) == definition[name]
                for name in ("name", "language", "status", "category")
            )
        ]
        listed: Json = {"data": data, "paging": {"cursors": {"before": "MAZDZD", "after": "MjQZD"}}}
        if "summary" in request.args:
            listed["summary"] = {
                "total_count": len(data),
                "message_template_count": len(data),
                "message_template_limit": 250,
                "are_translations_complete": True,
            }
        return answer(listed)

    def add_template(self, definition: Json) -> Json:
        """Stores a template, approved at once unless it says otherwise, in place of an older one of its name."""
        templates.check_definition(definition)
        number = zlib.crc32(f"{definition['name']} {definition['language']}".encode())
        usual = {"status": "APPROVED", "parameter_format": "POSITIONAL", "id": f"10{number:010}"}
        stored = usual | definition
        self._line.store.set_template(stored)
        return {name: stored[name] for name in ("id", "status", "category")}

    def on_apps(self, request: Request, node: str) -> Response:
        self._demand(node, self._line.config.waba_id)
        if request.method == "POST":
            return answer({"success": True})
        app = {"id": "670843887433847", "link": "https://www.facebook.com/games/?app_id=670843887433847"}
        return answer({"data": [{"whatsapp_business_api_data": app | {"name": "Çözüm Hattı"}}]})

    def on_file(self, request: Request) -> Response:
        if not request.headers.get("User-Agent"):
            return Response("A User-Agent is required.", status=400)
        if fault := self._line.faults.take("media_redirect"):
            return Response(status=302, headers={"Location": fault.options["to"]})
        given = [request.args.get(name, "") for name in ("mid", "ext", "hash")]
        media = self._shelf.fetch(*given)
        return Response("Not found", status=404) if media is None else self._content(media)

    def _content(self, media: Media) -> Response:
        if fault := self._line.faults.take("media_oversized"):
            return Response(_zeros(fault.options["bytes"]), mimetype=media.mime_type)
        response = Response(media.data, content_type=media.mime_type)
        if self._line.faults.take("media_truncated"):
            response = Response(iter([media.data[: len(media.data) // 2]]), content_type=media.mime_type)
            response.headers["Content-Length"] = str(len(media.data))
        return response


def answer(body: Json, status: int = 200) -> Response:
    """JSON, written as Graph writes it."""
    return Response(dump(body), status=status, content_type="application/json; charset=UTF-8")


def hang_up(request: Request) -> None:
    """Closes the connection of a request, so that the response is lost."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def _json(request: Request) -> Json:
    try:
        body: Any = json.loads(request.get_data())
    except ValueError:
        raise GraphError(100, "The body is not valid JSON") from None
    if not isinstance(body, dict):
        raise GraphError(100, "The body must be a JSON object")
    return body


def _zeros(size: int) -> Iterator[bytes]:
    for _ in range(size // CHUNK + 1):
        yield bytes(CHUNK)
