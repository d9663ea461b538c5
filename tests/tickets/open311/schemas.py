"""JSON Schemas of GeoReport v2's answers, after the specification: no null, no unknown field."""

from typing import Any

from jsonschema import Draft202012Validator

CODE = {"type": "string", "pattern": r"^[\w-]+$"}
TEXT = {"type": "string", "minLength": 1}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
STATUS = {"enum": ["open", "closed"]}


def thing(required: dict[str, Any], optional: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


def list_of(entry: dict[str, Any], **limits: Any) -> dict[str, Any]:
    return {"type": "array", "items": entry, **limits}


SERVICES = list_of(
    thing(
        {
            "service_code": CODE,
            "service_name": TEXT,
            "metadata": {"type": "boolean"},
            "type": {"enum": ["realtime", "batch", "blackbox"]},
        },
        {"description": TEXT, "keywords": TEXT, "group": TEXT},
    ),
    minItems=1,
)
DEFINITION = thing(
    {
        "service_code": CODE,
        "attributes": list_of(
            thing(
                {
                    "variable": {"type": "boolean"},
                    "code": CODE,
                    "datatype": {
                        "enum": ["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"]
                    },
                    "required": {"type": "boolean"},
                    "order": {"type": "integer", "minimum": 1},
                    "description": TEXT,
                },
                {"datatype_description": TEXT, "values": list_of(thing({"key": CODE, "name": TEXT}, {}))},
            ),
            minItems=1,
        ),
    },
    {},
)
REQUEST = thing(
    {
        "service_request_id": CODE,
        "status": STATUS,
        "service_code": CODE,
        "service_name": TEXT,
        "requested_datetime": MOMENT,
        "updated_datetime": MOMENT,
    },
    {
        "status_notes": TEXT,
        "description": {"type": "string", "minLength": 1, "maxLength": 4000},
        "agency_responsible": TEXT,
        "service_notice": TEXT,
        "expected_datetime": MOMENT,
        "address": TEXT,
        "address_id": TEXT,
        "zipcode": TEXT,
        "lat": {"type": "number"},
        "long": {"type": "number"},
        "media_url": {"type": "string", "pattern": r"^https?://"},
        "extended_attributes": {"type": "object"},
    },
)
REQUESTS = list_of(REQUEST, maxItems=1000)
UPDATES = list_of(
    thing(
        {"update_id": CODE, "service_request_id": CODE, "status": STATUS, "updated_datetime": MOMENT},
        {"description": TEXT, "media_url": TEXT},
    )
)
CREATED = list_of(
    thing({"service_request_id": CODE}, {"service_notice": TEXT, "account_id": TEXT}), minItems=1, maxItems=1
)
TOKEN = list_of(thing({"service_request_id": CODE, "token": CODE}, {}), minItems=1, maxItems=1)
ERRORS = list_of(thing({"code": {"type": "integer"}, "description": TEXT}, {}), minItems=1)
DISCOVERY = thing(
    {
        "changeset": MOMENT,
        "contact": TEXT,
        "key_service": TEXT,
        "endpoints": list_of(
            thing(
                {
                    "specification": {"const": "http://wiki.open311.org/GeoReport_v2"},
                    "url": {"type": "string", "pattern": r"^https?://.*[^/]$"},
                    "changeset": MOMENT,
                    "type": {"enum": ["production", "test"]},
                    "formats": {"const": ["text/xml", "application/json"]},
                },
                {},
            ),
            minItems=2,
        ),
    },
    {},
)


def check(body: Any, schema: dict[str, Any]) -> None:
    Draft202012Validator(schema).validate(body)
