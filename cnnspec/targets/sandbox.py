"""A sandbox for workers, made by bubblewrap: for code that nobody trusts.

In it there is no network, and no file but those of the system, of Python and of the submission, all
of them read-only. Folders for temporary files are of its own, and so are the numbers of processes:
those that are left end with it. Its user has no rights; how many processes there are, and what each
may have of memory and files, is limited.
"""

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cnnspec.targets.starting import PACKAGE

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
FILES = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
"""What programs of the system need. The rest of /etc is not their business."""

PROCESSES, MEMORY, FILE, DISK = 48, 2**31, 2**26, 2**27
"""The most processes and threads; bytes of memory of each, of a file, and of temporary files."""

USERS = range(61_184, 65_520)
"""Numbers of users that belong to nobody: where we are root, each sandbox has one of them."""

NEEDED = ("bwrap", "prlimit", "setpriv")
PATIENCE = 30.0


class NoSandboxError(RuntimeError):
    """There is no sandbox to be had; the message says why, and what to do."""


def words(folder: Path, package: Path = PACKAGE) -> tuple[str, ...]:
    """What comes before the command that is to run in a sandbox. folder: all that it may read.

    Raises NoSandboxError where the programs are not installed.
    """
    bwrap, prlimit, *_ = programs()
    limits = (f"--nproc={PROCESSES}", f"--data={MEMORY}", f"--fsize={FILE}", "--core=0")
    return (
        *(bwrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session"),
        *(("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID") if is_root() else ()),
        *(() if is_root() else ("--unshare-user",)),
        *places(folder, package),
        *("--clearenv", *variables()),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(folder), "--"),
        *(prlimit, *limits, "--"),
        *nobody(),
    )


def programs() -> list[str]:
    """The paths of the programs that are needed. Raises NoSandboxError."""
    found = {one: shutil.which(one) for one in NEEDED}
    missing = [one for one, path in found.items() if path is None]
    if missing:
        raise NoSandboxError(
            f"--sandbox needs {' and '.join(missing)}: install bubblewrap and util-linux "
            "(Linux alone has them), or grade in a container without --sandbox"
        )
    return [path for path in found.values() if path]


def is_root() -> bool:
    """Whether this user has every right."""
    return os.geteuid() == 0


def nobody() -> tuple[str, ...]:
    """What makes a command that of a user without rights, where we are root."""
    if not is_root():
        return ()
    number = str(USERS.start + secrets.randbelow(len(USERS)))
    setpriv = programs()[2]
    own = (setpriv, "--reuid", number, "--regid", number, "--clear-groups", "--no-new-privs")
    return (*own, "--bounding-set=-all", "--")


def places(folder: Path, package: Path) -> Iterator[str]:
    """The folders of the sandbox. What is mounted later lies above what was before."""
    yield from ("--proc", "/proc", "--dev", "/dev")
    for one in ("/tmp", "/dev/shm"):  # noqa: S108  the sandbox's own
        yield from ("--perms", "1777", "--size", str(DISK), "--tmpfs", one)
    for system in map(Path, SYSTEM):
        if system.is_symlink():  # /bin is usr/bin
            yield from ("--symlink", str(system.readlink()), str(system))
        elif system.is_dir():
            yield from ("--ro-bind", str(system), str(system))
    for one in FILES:
        yield from ("--ro-bind-try", one, one)
    mounted, made = [Path("/usr")], {Path("/"), Path("/tmp")}  # noqa: S108
    for path in (*of_python(), package, folder):
        if not any(path.is_relative_to(parent) for parent in mounted):
            above = [parent for parent in reversed(path.parents) if parent not in made]
            for parent in above:  # else nobody but their owner could look through them
                yield from ("--perms", "0755", "--dir", str(parent))
            yield from ("--ro-bind", str(path), str(path))
            mounted.append(path)
            made.update(above)


def of_python() -> Iterator[Path]:
    """The folders of this Python, and those that it imports from; not that in which we are."""
    here = Path.cwd()
    for one in (sys.base_prefix, sys.prefix, sys.base_exec_prefix, *sys.path):
        path = Path(one)
        if one and path.is_absolute() and path.exists() and path not in (here, *here.parents):
            yield path


def variables() -> Iterator[str]:
    """The environment: nothing of ours but where Python finds modules."""
    own = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    }
    if os.environ.get("PYTHONPATH"):
        own["PYTHONPATH"] = os.environ["PYTHONPATH"]
    for name, value in own.items():
        yield from ("--setenv", name, value)


def probe(folder: Path) -> None:
    """Raise NoSandboxError, with its reason, if a sandbox does not start here."""
    command = [*words(folder), sys.executable, "-c", "import numpy"]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSandboxError(f"--sandbox does not start: {error}") from None
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise NoSandboxError(
            f"--sandbox does not start here: {why}. Bubblewrap makes namespaces, which the system "
            "must allow; a container may need a privilege for it. Without --sandbox a submission "
            "has your rights"
        )
