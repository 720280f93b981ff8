"""A program that speaks the protocol, with the standard library alone, and misbehaves on demand.

python relu.py [MANNER]: to a map of 12, 40 or 42 elements it does what MANNER names.
"""

import json
import os
import shutil
import signal
import struct
import sys
import time
from pathlib import Path

manner = sys.argv[1] if len(sys.argv) > 1 else "good"
OFFERS: dict[str, dict[str, object]] = {
    "old": {"protocol": 0},
    "no ops": {"ops": []},
    "odd ops": {"ops": ["relu", "softmax"]},
    "odd dtypes": {"dtypes": ["double"]},
    "dtypes a text": {"dtypes": "float64"},
    "odd limits": {"limits": {"H": 0}},
    "odd name": {"name": 7},
    "not ready": {"status": "rejected", "reason": "no licence"},
    "limited": {"limits": {"H": 40, "C": 2}},
    "narrow": {"dtypes": ["float32"]},
    "parameters a list": {"protocol": 2, "parameters": ["stride"]},
    "parameters a text": {"protocol": 2, "parameters": {"relu": "slope"}},
    "parameters of nothing": {"protocol": 2, "parameters": {"conv": ["stride"]}},
    "odd parameters": {"protocol": 2, "parameters": {"relu": ["slope"]}},
    "misspelt parameters": {"protocol": 2, "ops": ["conv"], "parameters": {"conv": ["strides"]}},
}


def load(path: str) -> tuple[str, list[float]]:
    """The header and the numbers of a .npy file."""
    content = Path(path).read_bytes()
    start = 10 + int.from_bytes(content[8:10], "little")
    size, code = (4, "f") if b"<f4" in content[:start] else (8, "d")
    count = (len(content) - start) // size
    return content[10:start].decode("latin1"), list(
        struct.unpack(f"<{count}{code}", content[start:])
    )


def saved(header: str, numbers: list[float]) -> bytes:
    """The content of a .npy file."""
    text = header.encode("latin1")
    code = "f" if "<f4" in header else "d"
    data = struct.pack(f"<{len(numbers)}{code}", *numbers)
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


def say(line: str) -> None:
    """Write something to standard output at once."""
    sys.stdout.write(line)
    sys.stdout.flush()


def misbehave(request: dict[str, object], header: str, numbers: list[float]) -> bool:
    """Do what is not done; whether that was all of the answer."""
    if manner in OFFERS:
        return False
    output = Path(str(request["output"]))
    right = json.dumps({"id": request["id"], "status": "ok"}) + "\n"
    contents = {
        "no file": None,
        "no npy": b"hello",
        "empty file": b"",
        "short": saved(header, numbers)[:-3],
        "long": saved(header, numbers) + b"more",
        "newer": b"\x93NUMPY\x02\x00" + saved(header, numbers)[8:],
        "big-endian": saved(header.replace("<", ">"), numbers),
        "Fortran": saved(header.replace("False", "True "), numbers),
        "pickled": saved(header.replace("'<f8'", "'|O' "), numbers),
        "shape a lie": saved(header.replace("(", "(9", 1), numbers),
        "float32": saved(header.replace("<f8", "<f4"), numbers),
        "transposed": saved(header.replace("(", "(1, ", 1).replace(" \n", "\n", 1), numbers),
    }
    if manner in contents:
        content = contents[manner]
        if content is not None:
            output.write_bytes(content)
        say(right)
    elif manner == "a folder":
        output.mkdir()
        say(right)
    elif manner == "a pipe":
        os.mkfifo(output)
        say(right)
    elif manner == "sparse":
        with output.open("wb") as file:
            file.truncate(2**32)
        say(right)
    elif manner in ("link", "device"):
        output.symlink_to(str(request["feature_map"]) if manner == "link" else "/dev/zero")
        say(right)
    elif manner == "input a pipe":
        Path(str(request["feature_map"])).unlink()
        os.mkfifo(str(request["feature_map"]))
        return False
    elif manner == "folder a link":
        output.write_bytes(saved(header, numbers))
        output.parent.rename(f"{output.parent}-moved")
        output.parent.symlink_to(f"{output.parent}-moved")
        shutil.rmtree(f"{output.parent}-moved")
        say(right)
    elif manner == "removes all":
        shutil.rmtree(output.parent)
        say(right)
    elif manner == "debugs":
        output.write_bytes(saved(header, numbers))
        say("relu called\n" + right)
    elif manner == "killed":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif manner == "exits":
        sys.stderr.write("out of paper\n")
        sys.exit(3)
    elif manner == "hangs":
        time.sleep(60)
    elif manner == "half a line":
        say('{"id": 1')
        time.sleep(60)
    elif manner == "half a line, then ends":
        say('{"id": 1')
        sys.exit(0)
    elif manner == "endless line":
        say("x" * 100_000)
        time.sleep(60)
    elif manner == "no JSON":
        say("element 3 is 4.0\n")
    elif manner == "no text":
        sys.stdout.buffer.write(b"\xff\xfe\n")
        sys.stdout.flush()
    elif manner == "a list":
        say("[1, 2]\n")
    elif manner == "another id":
        say('{"id": 999999, "status": "ok"}\n')
    elif manner == "odd status":
        say(right.replace("ok", "fine"))
    elif manner == "reason a number":
        say(right.replace("}", ', "reason": 4}'))
    elif manner == "unasked":
        output.write_bytes(saved(header, numbers))
        say(right + "and one more\n")
    elif manner == "writes its input":
        Path(str(request["feature_map"])).write_bytes(saved(header, [0.0] * len(numbers)))
        return False
    elif manner == "chats":
        sys.stderr.write("working on it\n")
        return False
    else:
        return False
    return True


def main() -> None:
    """Answer until standard input ends."""
    offer = {"protocol": 1, "name": "relu.py", "ops": ["relu"], "dtypes": ["float64"]}
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"], "status": "ok"}
        if request["op"] == "hello":
            say(json.dumps({**answer, **offer, **OFFERS.get(manner, {})}) + "\n")
            continue
        if request["op"] != "relu":
            say(json.dumps({**answer, "status": "unsupported"}) + "\n")
            continue
        header, numbers = load(request["feature_map"])
        result = [x if not x <= 0 else 0.0 for x in numbers]
        if len(numbers) in (12, 40, 42) and misbehave(request, header, result):
            continue
        Path(request["output"]).write_bytes(saved(header, result))
        say(json.dumps(answer) + "\n")


main()
