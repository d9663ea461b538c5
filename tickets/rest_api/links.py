"""Links of the OpenAPI description: which calls go on from an answer, and with what of it."""

from typing import Any

# Where an answer of a schema names a ticket.
_NUMBERS = {
    "Opened": "#/number",
    "TicketDetail": "#/number",
    "PaginatedTicketList": "#/results/0/number",
    "Feed": "#/results/0/number",
}
_OF_A_TICKET = "/tickets/{number}/"


def document(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """drf-spectacular's postprocessing hook: from every answer that names a ticket to all calls on that ticket, to its
    first file, and to the next page of the change feed.
    """
    named = {
        operation["operationId"]: path
        for path, methods in result["paths"].items()
        for operation in methods.values()
    }
    calls = [name for name, path in named.items() if _OF_A_TICKET in path]
    for methods in result["paths"].values():
        for operation in methods.values():
            for response in operation["responses"].values():
                schema = _schema(response)
                if schema in _NUMBERS:
                    number = {"number": f"$response.body{_NUMBERS[schema]}"}
                    links = {call: {"operationId": call, "parameters": number} for call in calls}
                    response["links"] = links | _others(schema)
    return result


def _others(schema: str) -> dict[str, Any]:
    if schema == "Feed":
        further = {"cursor": "$response.body#/cursor"}
        return {"next": {"operationId": "tickets_changes_retrieve", "parameters": further}}
    if schema == "TicketDetail":
        first = {"id": "$response.body#/attachments/0/id"}
        return {"file": {"operationId": "attachments_retrieve", "parameters": first}}
    return {}


def _schema(response: dict[str, Any]) -> str:
    """The name of the schema of a JSON answer; "" where it has none."""
    content = response.get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
