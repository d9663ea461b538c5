"""python -m whatsapp.emulator: a Cloud API on loopback, until SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from whatsapp.emulator.config import Config
from whatsapp.emulator.server import Emulator


def main() -> int:
    """Runs until SIGTERM or Ctrl-C. Exit status 0; 2 for a missing setting or an unusable state file."""
    parser = argparse.ArgumentParser(prog="python -m whatsapp.emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", default=":memory:", metavar="FILE.sqlite3", help="default: in memory only")
    parser.add_argument(
        "--clock",
        type=Path,
        metavar="FILE",
        help="says there by how many seconds the line's clock is to be ahead",
    )
    parser.add_argument("--webhook-url", required=True, metavar="URL")
    parser.add_argument(
        "--authorities", default="", metavar="FILE.pem", help="certificates to believe of an https webhook"
    )
    parser.add_argument(
        "--retry-scale", type=float, default=1.0, help="multiplies the pauses between webhook tries"
    )
    parser.add_argument("--unpaced", action="store_true", help="no limits of messages per second")
    parser.add_argument(
        "--verify", action="store_true", help="do the GET handshake first and say how it went"
    )
    options = parser.parse_args()
    try:
        config = Config.from_environment(
            os.environ,
            webhook_url=options.webhook_url,
            retry_scale=options.retry_scale,
            paced=not options.unpaced,
            authorities=options.authorities,
        )
        place = {"host": options.host, "port": options.port}
        emulator = Emulator(config, **place, state=options.state, clock=options.clock)
    except (ValueError, sqlite3.Error) as error:
        parser.error(str(error))
    end = threading.Event()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    emulator.start()
    sys.stdout.write(f"Cloud API emulator on {emulator.url}, webhooks to {config.webhook_url}\n")
    if options.verify:
        sys.stdout.write(f"Verification: {emulator.webhooks.verify()}\n")
    sys.stdout.flush()
    end.wait()
    emulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
