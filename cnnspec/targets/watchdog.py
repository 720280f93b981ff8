"""A program that cleans up after a verifier, however the verifier ends, even if it is killed.

It is started beside the verifier, and told on standard input, a line each,

    group NUMBER     a process group was started        gone NUMBER    it has ended
    folder PATH      a folder is about to be made       left PATH      it has been removed

Standard input ends with the verifier. Then every process that carries the verifier's mark in its
environment is killed, with every group, and every folder is removed. It imports nothing but the
standard library, and runs without the verifier's modules.
"""

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

MARK = "CNNSPEC_RUN"
"""The variable of the environment by which the processes of a run are found."""

VARIABLE = f"{MARK}=".encode()

PATIENCE = 5.0
"""How many seconds processes are killed again and again, since they may start others."""


def main() -> None:
    """Listen until the verifier has ended, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups, folders = set[int](), set[str]()
    for line in sys.stdin.buffer:
        word, _, rest = line.rstrip(b"\n").partition(b" ")
        if word in (b"group", b"gone"):
            (groups.add if word == b"group" else groups.discard)(int(rest))
        elif word in (b"folder", b"left"):
            (folders.add if word == b"folder" else folders.discard)(os.fsdecode(rest))
    for group in groups:
        with suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while kill_marked(sys.argv[1].encode()) and time.monotonic() < end:
        time.sleep(0.005)
    for folder in folders:
        remove(folder)


def remove(folder: str) -> None:
    """Remove a folder with all that is in it, or what was put in its place."""
    with suppress(OSError):
        os.unlink(folder)  # noqa: PTH108  a link, or a file
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):  # a folder inside that may not be read
        for place, names, _ in os.walk(folder):
            for name in names:
                with suppress(OSError):
                    os.chmod(os.path.join(place, name), 0o700)  # noqa: PTH101,PTH118
        shutil.rmtree(folder, ignore_errors=True)


def kill_marked(mark: bytes) -> int:
    """Kill every process whose environment has a mark (on Linux). Returns how many there were."""
    found = 0
    for process in marked(mark):
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)
            found += 1
    return found


def marked(mark: bytes) -> Iterator[int]:
    """The live processes whose environment has a mark; it may stand beside marks of outer runs."""
    names = os.listdir("/proc") if os.path.isdir("/proc/self") else []  # noqa: PTH112,PTH208
    for name in names:
        if name.isdigit() and int(name) != os.getpid():
            with suppress(OSError), open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
                variables = file.read().split(b"\0")
                runs = (one.partition(b"=")[2] for one in variables if one.startswith(VARIABLE))
                if any(mark in run.split(b":") for run in runs):
                    yield int(name)


if __name__ == "__main__":
    main()
