"""Debian's Prometheus and Alertmanager with the shipped rules, a mail server and a webhook that take what they send."""

import email
import email.policy
import json
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import yaml
from typing_extensions import override

from tests.chaos.instance import ROOT, free_port, wait_for

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
GROUP_INTERVAL = "1m"  # instead of five minutes: only the end of an alarm is told sooner


@dataclass(frozen=True)
class Mail:
    """A mail as it arrived; `at` is on the monotonic clock."""

    at: float
    subject: str
    text: str


class MailSink(socketserver.ThreadingTCPServer):
    """An SMTP server that takes every mail."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        super().__init__(("127.0.0.1", 0), _MailHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _MailHandler(socketserver.StreamRequestHandler):
    server: MailSink

    @override
    def handle(self) -> None:
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self._take()
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()).rstrip() != b"." and line:
            lines.append(line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        text = body.get_content() if body else ""
        self.server.mails.append(Mail(time.monotonic(), str(message["Subject"]), text))


class AlarmSink(ThreadingHTTPServer):
    """The webhook of an Alertmanager: the names that it told as firing, and as ended, each with when."""

    daemon_threads = True

    def __init__(self) -> None:
        self.told: list[tuple[float, str, str]] = []
        super().__init__(("127.0.0.1", 0), _AlarmHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _AlarmHandler(BaseHTTPRequestHandler):
    server: AlarmSink

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alarm in body["alerts"]:
            self.server.told.append((time.monotonic(), alarm["labels"]["alertname"], alarm["status"]))
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, *_: object) -> None:
        return


class Watchtower:
    """Prometheus, which reads the line at `port` as docs/izleme.md says, and Alertmanager with the shipped routes."""

    def __init__(self, folder: Path, port: int) -> None:
        folder.mkdir(parents=True)
        self.folder, self.mail, self.sink = folder, MailSink(), AlarmSink()
        self.prometheus, self.alertmanager = (f"127.0.0.1:{free_port()}" for _ in range(2))
        (folder / "alertmanager.yml").write_text(self._routes())
        (folder / "prometheus.yml").write_text(yaml.safe_dump(self._reads(port)))
        for check in (
            ("amtool", "check-config", "alertmanager.yml"),
            ("promtool", "check", "config", "prometheus.yml"),
        ):
            subprocess.run(check, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        at = "--web.listen-address"
        self._processes = [
            self._start("prometheus-alertmanager", "--config.file=alertmanager.yml", "--storage.path=alertmanager",
                        f"{at}={self.alertmanager}", "--cluster.listen-address="),
            self._start("prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=prometheus",
                        f"{at}={self.prometheus}"),
        ]  # fmt: skip
        wait_for(self._is_up, 60)

    def _routes(self) -> str:
        """deploy/alertmanager.yml with the sinks as servers."""
        routes = yaml.safe_load((ROOT / "deploy/alertmanager.yml").read_text())
        sender = routes["global"]["smtp_from"]
        routes["global"] = {
            "smtp_smarthost": f"127.0.0.1:{self.mail.port}",
            "smtp_from": sender,
            "smtp_require_tls": False,
        }
        routes["route"]["group_interval"] = GROUP_INTERVAL
        for receiver in routes["receivers"]:
            receiver["webhook_configs"] = [
                {"url": f"http://127.0.0.1:{self.sink.server_port}/", "send_resolved": True}
            ]
        return yaml.safe_dump(routes, allow_unicode=True)

    def _reads(self, port: int) -> dict[str, Any]:
        """Debian's own intervals; the job of docs/izleme.md."""
        job = {
            "job_name": "cozum-hatti",
            "scrape_interval": "30s",
            "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
        }
        return {
            "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
            "rule_files": [str(ROOT / "deploy/alerts.yml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [self.alertmanager]}]}]},
            "scrape_configs": [job],
        }

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=subprocess.STDOUT)

    def _is_up(self) -> bool:
        return all(_answers(f"http://{each}/-/ready") for each in (self.prometheus, self.alertmanager))

    def alarms(self) -> dict[str, str]:
        """The names that Prometheus holds now: pending or firing."""
        found = requests.get(f"http://{self.prometheus}/api/v1/alerts", timeout=10).json()["data"]["alerts"]
        states: dict[str, str] = {}
        for alarm in found:
            name = alarm["labels"]["alertname"]
            states[name] = "firing" if "firing" in (states.get(name), alarm["state"]) else "pending"
        return states

    def reads(self) -> bool:
        """Whether the line was read at least once."""
        answer = requests.get(
            f"http://{self.prometheus}/api/v1/query", {"query": 'up{job="cozum-hatti"}'}, timeout=10
        )
        return any(each["value"][1] == "1" for each in answer.json()["data"]["result"])

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(30)
        for server in (self.mail, self.sink):
            server.shutdown()
            server.server_close()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


class Repeated:
    """Calls `look` again and again in a thread; what it raises is kept as the last trouble and ends nothing."""

    def __init__(self, look: Callable[[], object], every: float) -> None:
        self._look, self._every, self._over = look, every, threading.Event()
        self.trouble = ""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - a line that is hurt fails in many ways
                self.trouble = f"{type(error).__name__}: {error}"
            self._over.wait(self._every)

    def stop(self) -> None:
        self._over.set()
        self._thread.join(60)
