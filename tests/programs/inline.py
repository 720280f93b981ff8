"""A program that speaks protocol 2 with arrays inline, by the standard library alone.

python inline.py [MANNER]: to a map of 12 numbers it does what MANNER names.
"""

import json
import struct
import sys
import time
from math import prod

manner = sys.argv[1] if len(sys.argv) > 1 else "good"
STACKS: dict[str, dict[str, object]] = {
    "stacks": {},
    "stacks, one too few": {"stack": 2},
    "stacks, no number": {"stack": True},
    "stacks, fewer bytes": {"result": {"dtype": "<f8", "shape": [5]}},
    "stacks, no array": {"result": 7},
}
"""What is changed in the answer to a stack of three maps of four numbers."""

OFFERS: dict[str, dict[str, object]] = {
    "one at a time": {"batch": 1},
    "later": {"ops": ["relu", "softmax"], "dtypes": ["float64", "bfloat16"], "news": [1]},
    "odd arrays": {"arrays": "by pigeon"},
    "odd batch": {"batch": 0},
    "odd repeats": {"repeats": "often"},
    "odd required": {"required": {"relu": "one"}},
    "odd flags": {"flags": 7},
    **{manner: {"stacks": True} for manner in STACKS},
}
SPOILT: dict[str, dict[str, object]] = {
    "shape a lie": {"shape": [13]},
    "shape of floats": {"shape": [12.0]},
    "shape of truth": {"shape": [True]},
    "negative": {"shape": [-12]},
    "huge": {"shape": [2**40, 2**40]},
    "deep": {"shape": [1] * 40},
    "objects": {"dtype": "|O"},
    "text": {"dtype": "<U4"},
    "structured": {"dtype": [["a", "<f8"]]},
    "no dtype": {"dtype": None},
}
BYTES: dict[str, object] = {
    "fewer": 8,
    "negative": -1,
    "endless": 2**62,
    "a text": "96",
    "truth": True,
}


def rectified(request: dict[str, object], content: bytes) -> tuple[dict[str, object], bytes]:
    """The answer to a call, without its id, and the bytes of its result."""
    given = request["feature_map"]
    assert isinstance(given, dict)
    count = request.get("stack", 1)
    assert isinstance(count, int)
    numbers = struct.unpack(f"<{count * prod(given['shape'])}d", content)
    if given["shape"] == [0]:
        return {"status": "rejected", "reason": "nothing there", "clause": "R1"}, b""
    result = struct.pack(f"<{len(numbers)}d", *(x if not x <= 0 else 0.0 for x in numbers))
    described = {"dtype": "<f8", "shape": given["shape"], "remark": "ignored"}
    spoilt = SPOILT.get(manner, {}) if len(numbers) == 12 else {}
    answer = {"status": "ok", "result": {**described, **spoilt}, "remark": 1}
    if "stack" in request:
        answer |= {"stack": count, **(STACKS[manner] if given["shape"] == [4] else {})}
    return answer, result


def say(message: dict[str, object], content: bytes) -> None:
    """Send a line, and the bytes behind it."""
    count: object = len(content)
    if len(content) == 96 and manner.startswith("bytes "):
        count = BYTES[manner.removeprefix("bytes ")]
    line = json.dumps({**message, "bytes": count}).encode() + b"\n"
    out = sys.stdout.buffer
    if len(content) == 96 and manner == "slow":
        for byte in line:
            out.write(bytes([byte]))
            out.flush()
            time.sleep(0.2)
    out.write(line + content)
    out.flush()


def main() -> None:
    """Answer until standard input ends."""
    source = sys.stdin.buffer
    offer = {"protocol": 2, "name": "inline.py", "ops": ["relu"], "dtypes": ["float64"]}
    offer |= {"arrays": "inline", "batch": 5, "extra": {}}
    while line := source.readline():
        request = json.loads(line)
        content = source.read(request.get("bytes", 0))
        if request["op"] == "hello":
            said = {"id": 0, "status": "ok", **offer, **OFFERS.get(manner, {})}
            if manner == "all dtypes":
                del said["dtypes"]
            say(said, b"")
            continue
        if request["op"] not in ("relu", "batch"):
            say({"id": request["id"], "status": "unsupported"}, b"")
            continue
        calls = request.get("calls", [request])
        answers, results, place = [], b"", 0
        for one in calls:
            end = place + 8 * prod(one["feature_map"]["shape"]) * one.get("stack", 1)
            answer, result = rectified(one, content[place:end])
            answers.append(answer)
            results += result
            place = end
        whole = {"status": "ok", "answers": answers} if request["op"] == "batch" else answers[0]
        say({"id": request["id"], **whole}, results)


main()
