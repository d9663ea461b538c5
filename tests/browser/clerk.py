"""What somebody of the call centre does meanwhile, over REST."""

from typing import Any

import requests

from tests.chaos.instance import PATIENCE, Instance


def move(line: Instance, number: str, to: str, **details: Any) -> None:
    """Moves a ticket on."""
    [(token,)] = line.rows(
        "INSERT INTO authtoken_token (key, created, user_id) SELECT repeat('ab', 20), now(), id"
        " FROM auth_user WHERE username = 'admin'"
        " ON CONFLICT (user_id) DO UPDATE SET created = now() RETURNING key"
    )
    url = f"{line.url}/api/v1/tickets/{number}/transitions/"
    headers = {"Authorization": f"Token {token}"}
    answer = requests.post(url, json={"to": to, **details}, headers=headers, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
