"""What somebody of the call centre does meanwhile, over REST."""

from typing import Any

import requests

from tests.chaos.instance import Instance
from tests.timeouts import PATIENCE
from tickets.api_clients.keys import digest_of

KEY = f"mgk_{'ab' * 20}"


def move(line: Instance, number: str, to: str, **details: Any) -> None:
    """Moves a ticket on."""
    line.rows(
        "INSERT INTO tickets_apikey (user_id, name, prefix, digest, reads, writes, reports, submits, per_minute,"
        f" created_at, expires_at) SELECT id, '', 'mgk_', '{digest_of(KEY)}', true, true, true, true, 600, now(),"
        " now() + interval '30 days' FROM auth_user WHERE username = 'admin'"
        " ON CONFLICT (digest) DO UPDATE SET revoked_at = NULL RETURNING id"
    )
    url = f"{line.url}/api/v1/tickets/{number}/transitions/"
    headers = {"Authorization": f"Token {KEY}"}
    answer = requests.post(url, json={"to": to, **details}, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
