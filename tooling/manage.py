"""bin/manage: Django's commands in the environment, database and broker of a data directory."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tooling import instance, prepared, processes, services
from tooling.bootstrap import ROOT
from tooling.processes import Program, ProgramError


def main() -> int:
    """Joins the instance that runs on the directory, or brings database and broker up for this one command.

    Returns the command's exit status; prints nothing to standard output that is not the command's.
    """
    options = _parser().parse_args()
    try:
        directory = instance.prepare_directory(options.data)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    command = [sys.executable, str(ROOT / "manage.py"), *options.command]
    waiting = False
    while True:
        try:
            with instance.locked(directory):
                return _alone(directory, command)
        except instance.InUseError:
            variables = instance.announced(directory)
        if variables:
            prepared.forget(directory)  # who knows what the command does to the tables
            os.execve(command[0], command, {**os.environ, **variables})  # noqa: S606  no shell is wanted
        if not waiting:
            print(f"Veri dizini kullanımda, bekleniyor: {directory}", file=sys.stderr)
            waiting = True
        time.sleep(0.2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bin/manage", description="Bir veri dizini üzerinde manage.py komutu."
    )
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="veri dizini (data/)")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="KOMUT …")
    return parser


def _alone(directory: Path, command: list[str]) -> int:
    instance.forget(directory)
    instance.make_secrets(directory)
    needed = services.needed(directory, os.environ)
    environment = instance.environment(directory, 8000, os.environ)
    environment |= {service.variable: service.url for service in needed}
    ours = any(isinstance(service, services.Postgres) for service in needed)
    try:
        if ours:
            prepared.fill(directory)
        with services.running(needed):
            if not (ours and prepared.is_current(directory)):
                _prepare(directory, environment)
            prepared.forget(directory)  # who knows what the command does to the tables
            return _run(command, environment)
    except (ProgramError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _prepare(directory: Path, environment: Mapping[str, str]) -> None:
    prepare = Program(
        name="prepare",
        command=(sys.executable, "-m", "tooling.prepare", *prepared.COMMANDS),
        log=directory / "log" / "prepare.log",
        environment=environment,
    )
    if processes.start(prepare).wait() != 0:
        raise ProgramError(f"prepare başarısız oldu; ayrıntı: {prepare.log}")


def _run(command: list[str], environment: Mapping[str, str]) -> int:
    """Runs the command on our own standard streams and passes signals on to it."""
    process = processes.attached(command, {**os.environ, **environment})
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal has sent it to the command as well
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    status = process.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
