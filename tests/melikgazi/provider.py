"""A provider of OpenID Connect on this machine (oidc-provider-mock), whose ID tokens a test may spoil."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import requests
from joserfc import jws, jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server


@dataclass
class Provider:
    """`claims` are laid over those of every ID token, `missing` are left out; `key` signs instead of the provider's."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    key: RSAKey | None = None
    algorithm: str = "RS256"
    asked: dict[str, list[str]] = field(default_factory=dict)
    exchanged: dict[str, str] = field(default_factory=dict)

    def know(self, subject: str, **claims: Any) -> None:
        """What it says of somebody."""
        requests.put(f"{self.issuer}/users/{subject}", json=claims, timeout=5).raise_for_status()

    def sign_in(self, address: str, subject: str, **claims: Any) -> str:
        """Somebody signs in there, asked by the authorisation request in `address`; where they are sent back to."""
        self.asked = parse_qs(urlsplit(address).query)
        self.know(subject, **claims)
        answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=5)
        return answer.headers["Location"]

    def _spoil(self, response: flask.Response) -> flask.Response:
        if flask.request.path != "/oauth2/token" or not (
            self.claims or self.missing or self.key or self.algorithm != "RS256"
        ):
            return response
        said = response.get_json()
        own = flask.g.oidc_provider_mock_storage.jwk
        keys = KeySet.import_key_set({"keys": [own.as_dict(is_private=True)]})
        token = jwt.decode(said["id_token"], keys)
        header = {"alg": self.algorithm, "kid": keys.keys[0].kid}
        key: Any = self.key or keys.keys[0]
        claims = {
            name: value for name, value in (token.claims | self.claims).items() if name not in self.missing
        }
        if self.algorithm == "none":
            said["id_token"] = _unsigned(claims)
        else:
            said["id_token"] = _signed(header, claims, key)
        response.set_data(flask.json.dumps(said))
        return response

    def _note(self) -> None:
        if flask.request.path == "/oauth2/token":
            self.exchanged = flask.request.form.to_dict()


def _signed(header: dict[str, Any], claims: dict[str, Any], key: RSAKey) -> str:
    """Whatever the claims are: jwt.encode looks at some of them."""
    algorithms = ["RS256"]
    payload = json.dumps(claims).encode()
    return jws.serialize_compact(header, payload, key, algorithms=algorithms)


def _unsigned(claims: dict[str, Any]) -> str:
    from joserfc.util import json_b64encode

    return f"{json_b64encode({'alg': 'none'}).decode()}.{json_b64encode(claims).decode()}."


@contextmanager
def running() -> Iterator[Provider]:
    """The provider, until the end of the block."""
    import oidc_provider_mock  # which warns of what it uses, in words that only a test of it may hear

    app = oidc_provider_mock.app()
    server = make_server("localhost", 0, app, threaded=True)
    provider = Provider(f"http://localhost:{server.server_port}")
    app.before_request(provider._note)
    app.after_request(provider._spoil)
    thread = Thread(target=lambda: server.serve_forever(poll_interval=0.02))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
