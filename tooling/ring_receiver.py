"""`python -m tooling.ring_receiver PORT`: a gateway for trials. It rings nobody, and prints what it was asked to ring.

It takes RING_SECRET from the environment, as the line does, and refuses (401) what is not signed with it. For the line:
RING_URL=http://127.0.0.1:PORT/
"""

import argparse
import hmac
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override


class RingReceiver(BaseHTTPRequestHandler):
    """Answers 204 to a call that is signed well, and 401 to any other."""

    secret = b""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        signature = f"sha256={hmac.digest(self.secret, body, 'sha256').hex()}"
        genuine = hmac.compare_digest(signature, self.headers.get("X-Ring-Signature", ""))
        print(body.decode() if genuine else "İmza yanlış", flush=True)
        self.send_response(204 if genuine else 401)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        return


def main() -> None:
    parser = argparse.ArgumentParser(prog="tooling.ring_receiver", description="Deneme için arama geçidi.")
    parser.add_argument("port", type=int)
    RingReceiver.secret = os.environ["RING_SECRET"].encode()
    with ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), RingReceiver) as server:
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
