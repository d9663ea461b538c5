"""How the REST API reads request bodies."""

from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser
from typing_extensions import override


class JsonParser(JSONParser):
    """JSON; a body nested too deeply for the parser is a parse error (400), not a RecursionError."""

    @override
    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise ParseError from error
