"""Decodes photos in a child process with limits of memory and time: a file that kills its decoder costs only the child.

The child is `resize_and_blur.py` run as a program, without Django and without our settings in its environment. It is
kept, since beginning one takes as long as half a photo, and replaced after it failed or had FILES files. It ends with
us: what it reads from ends then.
"""

import atexit
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import astuple
from typing import IO, Any, cast

from tickets.files import resize_and_blur
from tickets.files.resize_and_blur import BadPhotoError, Photo, Region

log = logging.getLogger(__name__)

SECONDS = 15  # for one file, by the clock on the wall: more than the child's limit of processor time
FILES = 200
MOST_BYTES = 16 << 20  # of a picture that the child hands back
HEAD_BYTES = 2000
COMMAND = (sys.executable, "-I", "-B", resize_and_blur.__file__)
_KEPT = ("LD_LIBRARY_PATH",)  # of the environment: where Python itself may lie


class DecoderDiedError(Exception):
    """The child ended over a file, or was ended for being late: by the file, or by something else on the machine."""


class Decoder:
    """One child at a time, for one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._files = 0

    def decode(self, content: bytes, regions: Sequence[Region] = ()) -> Photo:
        """The photo of an untrusted file, its `regions` blurred. Raises `BadPhotoError`, `DecoderDiedError`."""
        with self._lock:
            child = self._running()
            late = threading.Timer(SECONDS, child.kill)
            late.start()
            try:
                return _exchange(child, content, regions)
            except BadPhotoError:
                raise
            except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
                self.end()
                if child.returncode == -signal.SIGXCPU:
                    raise BadPhotoError("Fotoğraf açılamadı: çözülmesi çok uzun sürüyor") from error
                log.warning("the decoder of photos ended (%s)", child.returncode)
                raise DecoderDiedError("Fotoğraf açılamadı: çözücü süreç sona erdi") from error
            except BaseException:  # an answer that was not read to its end would pass for the next file's
                self.end()
                raise
            finally:
                late.cancel()

    def end(self) -> None:
        """Ends the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            with child:  # closes its pipes, and waits for it
                pass

    def _running(self) -> subprocess.Popen[bytes]:
        if self._files >= FILES:
            self.end()
        if self._child is None or self._child.poll() is not None:
            self.end()
            self._child = subprocess.Popen(  # noqa: S603 - a constant
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
            )
            self._files = 0
        self._files += 1
        return self._child


def _exchange(child: subprocess.Popen[bytes], content: bytes, regions: Sequence[Region]) -> Photo:
    """Raises whatever reading leads to where the child does not answer as it should, `BadPhotoError` where it does."""
    requests, answers = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
    asked = {"bytes": len(content), "regions": [astuple(each) for each in regions]}
    requests.write(json.dumps(asked).encode() + b"\n")
    requests.write(content)
    requests.flush()
    head: dict[str, Any] = json.loads(answers.readline(HEAD_BYTES))
    if error := head.get("error"):
        raise BadPhotoError(str(error))
    place = tuple(head["place"]) if head["place"] else None
    return Photo(_read(answers, head["large"]), _read(answers, head["small"]), place)


def _read(answers: IO[bytes], size: int) -> bytes:
    content = answers.read(size) if 0 < size <= MOST_BYTES else b""
    if len(content) != size:
        raise EOFError
    return content


decoder = Decoder()  # of this process
atexit.register(decoder.end)
