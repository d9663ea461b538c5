"""Asks fifty times a second until it is ended, as clients of a proxy do: `knocking URL AUTHORITY`.

A line an answer: its status or what went wrong. The time that the longest one took stands on stderr at the end.
"""

import http.client
import os
import signal
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit

CONNECTIONS = 5
PAUSE = CONNECTIONS / 50  # seconds between two requests on one connection
PATIENCE = 30.0


def main() -> None:
    url, authority = sys.argv[1:]
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    believed = ssl.create_default_context(cafile=authority)
    longest = [0.0] * CONNECTIONS
    asking = [
        threading.Thread(target=ask, args=(url, believed, ended, longest, each))
        for each in range(CONNECTIONS)
    ]
    for thread in asking:
        thread.start()
    while not ended.wait(1.0):
        pass
    for thread in asking:
        thread.join()
    print(f"the longest answer took {max(longest):.2f} s", file=sys.stderr)  # noqa: T201


def ask(url: str, believed: ssl.SSLContext, ended: threading.Event, longest: list[float], place: int) -> None:
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(str(parts.hostname), timeout=PATIENCE, context=believed)
    while not ended.wait(PAUSE):
        began = time.monotonic()
        try:
            connection.request("GET", parts.path)
            answer = connection.getresponse()
            answer.read()
            said = str(answer.status)
        except OSError as error:
            said = type(error).__name__
            connection.close()
        longest[place] = max(longest[place], time.monotonic() - began)
        os.write(sys.stdout.fileno(), f"{said}\n".encode())  # at once: the threads' lines stay apart
    connection.close()


if __name__ == "__main__":
    main()
