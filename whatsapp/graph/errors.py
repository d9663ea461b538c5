"""The error codes of Meta's Cloud API, and what each asks of us (docs/whatsapp-cloud-api.md).

Errors are told apart by code, not by HTTP status: most throttles come as 400 and none says when to try again.
"""

import json
from enum import StrEnum

from whatsapp.graph.webhook_payloads import UNSTORABLE

_CODES = range(2**31)  # what the column holds; Meta's have seven digits at most


class ErrorAction(StrEnum):
    """What an error asks of the sender."""

    RETRY = "retry"  # with growing pauses
    SLOW_NUMBER = "slow_number"  # our number sends too fast
    SLOW_RECIPIENT = "slow_recipient"  # this person was sent too much
    TEMPLATE = "template"  # the 24-hour window is shut
    STOP_CHANNEL = "stop_channel"  # nothing goes out until somebody mends it
    FAIL = "fail"  # this message will never be taken
    OPTED_OUT = "opted_out"  # the person does not want it
    OUTCOME_UNKNOWN = "unsure"  # the answer was lost: the message may have been taken


_ACTIONS: tuple[tuple[ErrorAction, tuple[int, ...]], ...] = (
    (ErrorAction.RETRY, (1, 2, 131000, 131016, 131057, 133004)),
    (ErrorAction.SLOW_NUMBER, (4, 80007, 130429)),
    (ErrorAction.SLOW_RECIPIENT, (131056,)),
    (ErrorAction.TEMPLATE, (131047,)),
    (ErrorAction.STOP_CHANNEL, (0, 3, 10, 33, 190, *range(200, 300), 368, 131005, 131031, 131042)),
    (ErrorAction.STOP_CHANNEL, (131045, 131048, 131064, 133010)),
    (ErrorAction.FAIL, (100, 131008, 131009, 131021, 131026, 131030, 131051, 131053, 131062, 130497)),
    (ErrorAction.FAIL, (*range(132000, 132017), 132068, 132069, 135000, 137000)),
    (ErrorAction.OPTED_OUT, (131049, 131050, 130472)),
)
_ACTION_OF = {code: action for action, codes in _ACTIONS for code in codes}


class CloudApiError(Exception):
    """A call that did not do what was asked. `code` is Meta's, None where nothing of Meta's came back."""

    def __init__(
        self, action: ErrorAction, text: str, code: int | None = None, http: int | None = None
    ) -> None:
        super().__init__(UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text))
        self.action, self.code, self.http = action, code, http


def action_for(code: int | None) -> ErrorAction:
    """What an error code of the contract asks for; a code that is not in it fails this one message."""
    return _ACTION_OF.get(code, ErrorAction.FAIL) if code is not None else ErrorAction.FAIL


def error_of(status: int, body: bytes) -> CloudApiError:
    """What an answer that is no success asks for: its HTTP status, and its body, which need not be Meta's."""
    try:
        error = json.loads(body)["error"]
        code, text = _CODES[int(error["code"])], str(error.get("message") or "")
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
        # No word of Meta's own but of something between: after a 5xx the message may have been taken.
        action = ErrorAction.OUTCOME_UNKNOWN if status >= 500 else ErrorAction.RETRY
        return CloudApiError(action, f"HTTP {status}", http=status)
    fallback = ErrorAction.RETRY if status >= 500 else ErrorAction.FAIL
    return CloudApiError(_ACTION_OF.get(code, fallback), text, code, status)
