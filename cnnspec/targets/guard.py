"""Tells the watchdog what to clean up if this process ends before it has cleaned up itself."""

import atexit
import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from cnnspec.kit.interruption import SIGNALS, held
from cnnspec.targets.watchdog import MARK, remove


class Guard:
    """The watchdog of this process, started when it is first told something."""

    def __init__(self) -> None:
        self.mark = ""
        self.owner = 0
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the watchdog, once for each process."""
        if self.owner == os.getpid():
            return
        self.owner, self.mark, self.child = os.getpid(), secrets.token_hex(16), None
        program = str(Path(__file__).with_name("watchdog.py"))
        with contextlib.suppress(OSError, ValueError):  # without it, only a kill leaves things
            self.child = subprocess.Popen(  # noqa: S603  ours
                [sys.executable, "-I", "-S", program, self.mark],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # it outlives the verifier's group
                env={k: v for k, v in os.environ.items() if k != MARK},  # it outlives an outer run
                cwd="/",
            )
            atexit.register(self.stop)

    def tell(self, word: str, what: str) -> None:
        """Tell the watchdog; if it is gone, do nothing."""
        with held():
            self.start()
            if self.child is not None and self.child.stdin is not None:
                with contextlib.suppress(OSError, ValueError):
                    self.child.stdin.write(os.fsencode(f"{word} {what}\n"))
                    self.child.stdin.flush()

    def stop(self) -> None:
        """Have the watchdog clean up what is left, and wait until it has."""
        if self.child is None or self.owner != os.getpid():
            return
        for number in SIGNALS:  # no signal cuts it short
            with contextlib.suppress(ValueError, OSError):  # not in the main thread
                signal.signal(number, signal.SIG_IGN)
        with contextlib.suppress(OSError, ValueError, subprocess.TimeoutExpired):
            if self.child.stdin is not None:
                self.child.stdin.close()
            self.child.wait(timeout=10)

    def pipe(self) -> int | None:
        """The descriptor by which the watchdog listens to this process, if there is one.

        A forked child has it too, and must let go of it.
        """
        if self.child is None or self.child.stdin is None or self.child.stdin.closed:
            return None
        return self.child.stdin.fileno()

    def variables(self) -> dict[str, str]:
        """The variables of the environment that mark the processes of this run."""
        self.start()
        outer = os.environ.get(MARK)
        return {MARK: f"{outer}:{self.mark}" if outer else self.mark}


GUARD = Guard()


class Place:
    """A temporary folder that is removed when the run ends, however it ends."""

    def __init__(self) -> None:
        self.path = Path(tempfile.gettempdir()) / f"cnnspec-{secrets.token_hex(8)}"
        GUARD.tell("folder", str(self.path))
        self.path.mkdir(mode=0o700)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        remove(str(self.path))
        if not self.path.exists():  # else the watchdog tries again, when all has ended
            GUARD.tell("left", str(self.path))
