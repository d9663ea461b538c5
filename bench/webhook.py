"""The webhook against a bare Django view that verifies the same HMAC and inserts one row.

Same server, same processes, same database and table, in turns; the ratio is the median of the pairs.
"""

import selectors
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.whatsapp import wire
from tooling import processes
from tooling.processes import Program

CONNECTIONS = 16
SECONDS = 2.0
PAIRS = 7
PATHS = {"webhook": "/whatsapp/webhook/", "floor": "/floor/"}


def run(directory: Path) -> dict[str, object]:
    """Requests a second of both, and the ratio. Raises RuntimeError for any answer but 200."""
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], check=True)
    port = free_port()
    server = processes.start(_server(port, directory / "bench-web.log"))
    try:
        wait_for_server(port)
        for path in PATHS.values():
            _rate(port, path, SECONDS)
        pairs = [{name: _rate(port, path, SECONDS) for name, path in PATHS.items()} for _ in range(PAIRS)]
    finally:
        processes.stop(server, _server(port, directory).stop_signal, 10)
    ratios = [pair["webhook"] / pair["floor"] for pair in pairs]
    return {
        "webhook_per_second": round(statistics.median(pair["webhook"] for pair in pairs)),
        "floor_per_second": round(statistics.median(pair["floor"] for pair in pairs)),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_min": round(min(ratios), 3),
        "ratio_max": round(max(ratios), 3),
    }


def _server(port: int, log: Path) -> Program:
    command = (
        sys.executable,
        "-m",
        "waitress",
        f"--listen=127.0.0.1:{port}",
        "--threads=4",
        "bench.floor:application",
    )
    return Program(name="bench-web", command=command, log=log)


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_server(port: int, host: str = "127.0.0.1") -> None:
    """Waits until somebody listens there. Raises RuntimeError after half a minute."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not come up")


def _rate(port: int, path: str, seconds: float) -> float:
    """Answers a second over open connections, each with one request under way."""
    body = wire.said(wire.text(wire.AYSE, "Alpaslan mahallesi okulun önünde yolda çukur var"))
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Hub-Signature-256: {wire.sign(body)}\r\n"
    request = f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    selector = selectors.DefaultSelector()
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for number, connection in enumerate(connections):
        selector.register(connection, selectors.EVENT_READ, number)
        connection.sendall(request)
    answers, begin = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begin) < seconds:
        for key, _ in selector.select(timeout=1):
            connection = connections[key.data]
            answer = connection.recv(4096)
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{path}: {answer[:200]!r}")
            answers += 1
            connection.sendall(request)
    for connection in connections:
        connection.close()
    selector.close()
    return answers / elapsed
