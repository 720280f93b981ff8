"""Bits and bytes of every format that is read are flipped, and hostile values drawn.

Whatever comes, it is a message or a verdict, soon. CNNSPEC_TRIES sets how many tries each test
makes; `tox -e fuzz` makes ten thousand.
"""

import json
import os
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vector_player import VectorError, read

from cnnspec import reference
from cnnspec.article import golden
from cnnspec.article.golden import GoldenError
from cnnspec.commands import replay
from cnnspec.commands.replay import ReplayError
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan
from cnnspec.engine.report import blank
from cnnspec.kit import npy
from cnnspec.kit.calls import Unsupported
from cnnspec.kit.clauses import clauses
from cnnspec.kit.npy import NpyError
from cnnspec.kit.text import plain
from cnnspec.report import blocks, data, expectations, junit, summary
from cnnspec.report.expectations import ExpectationError
from cnnspec.spec import Array
from cnnspec.targets import Options, protocol
from cnnspec.targets.client import InProcess
from cnnspec.targets.target import named
from cnnspec.targets.wire import Packer, ProtocolError, Unpacker, from_line, size_of
from cnnspec.vectors import write as write_vectors

TRIES = int(os.environ.get("CNNSPEC_TRIES", "150"))
EDGES = (b"\x00", b"\xff", b"\n", b'"', b"[", b"{", b"-", b"9" * 30, b"1e999", b"NaN", b"\\ud800")


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """Content in which a few bits, bytes or parts are others."""
    bytes_ = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        place = chance.randrange(len(bytes_) + 1)
        match chance.randrange(5):
            case 0 if place < len(bytes_):
                bytes_[place] ^= 1 << chance.randrange(8)
            case 1:
                bytes_[place : place + 1] = bytes([chance.randrange(256)])
            case 2:
                bytes_[place:place] = chance.choice(EDGES)
            case 3:
                del bytes_[place : place + chance.randrange(1, 40)]
            case _:
                start = chance.randrange(len(bytes_) + 1)
                bytes_[place:place] = bytes_[start : start + chance.randrange(60)]
    return bytes(bytes_)


def tried(
    content: bytes,
    use: Callable[[bytes], object],
    *refusals: type[Exception],
    tries: int = TRIES,
) -> None:
    """Use content that was spoilt; it raises nothing but a refusal, which is brief."""
    chance = random.Random(len(content))  # noqa: S311  no secret
    for _ in range(tries):
        changed = spoilt(content, chance)
        try:
            use(changed)
        except refusals as error:
            if len(str(error)) > 3_000:
                raise AssertionError(f"a long message for {changed!r}") from error
        except Exception as error:
            raise AssertionError(f"{changed!r}") from error


def test_npy_files() -> None:
    for array in (np.arange(6.0).reshape(2, 3), np.zeros((), np.int8), np.ones((0, 3), "<f2")):
        tried(npy.to_bytes(array), npy.from_bytes, NpyError)


RESULT = {"status": "ok", "result": {"dtype": "<f8", "shape": [1, 2]}, "flags": ["shares"]}
REPLIES: list[dict[str, object]] = [
    {"id": 7, **RESULT, "bytes": 16},
    {"id": 7, "status": "rejected", "reason": "no", "exception": ["E"], "clause": "C2"},
    {"id": 7, "status": "ok", "answers": [RESULT], "bytes": 16},
]
OFFER = {
    "id": 0,
    "status": "ok",
    "protocol": 2,
    "name": "mine",
    "ops": ["conv", "relu"],
    "dtypes": ["float64"],
    "limits": {"H": 5},
    "defaults": True,
    "arrays": "inline",
    "batch": 3,
    "floats": ["float32"],
    "required": {"conv": 2},
    "layouts": ["C"],
    "flags": ["shares"],
    "repeats": True,
}


def test_answers_of_a_target() -> None:
    basis = protocol.offer(OFFER)

    def use(content: bytes) -> None:
        line, _, rest = content.partition(b"\n")
        message = protocol.answer(line, 7)
        follows = bytearray(rest[: size_of(message)])
        if "answers" in message:
            protocol.outcomes(message, follows, 1, basis)
        unpacker = Unpacker(follows)
        made = protocol.outcome(message, basis, unpacker)
        unpacker.finish()
        assert made.message.isprintable()

    for reply in REPLIES:
        tried(json.dumps(reply).encode() + b"\n" + bytes(16), use, ProtocolError)


def test_offers_of_a_target() -> None:
    def use(content: bytes) -> None:
        offered = protocol.offer(protocol.answer(content, 0))
        assert offered.name.isprintable()

    tried(json.dumps(OFFER).encode(), use, ProtocolError)
    tried(json.dumps({**OFFER, "protocol": 1}).encode(), use, ProtocolError)


def test_a_call_goes_over_the_wire_and_back() -> None:
    """The worker reads what the judge writes: no error of ours looks like one of the target's."""
    chance = np.random.RandomState(0)
    for _ in range(min(TRIES, 300)):
        dtype = chance.choice(list(npy.NUMBERS))
        shape = tuple(int(n) for n in chance.randint(0, 4, chance.randint(0, 5)))
        array = np.frombuffer(chance.bytes(64 * 32), npy.NUMBERS[dtype])[: int(np.prod(shape))]
        packer = Packer()
        described = packer.add(array.reshape(shape))
        (line, *rest) = packer.message({"x": described})
        text, _, behind = bytes(line).partition(b"\n")
        message = from_line(text)
        content = bytearray(behind + b"".join(bytes(part) for part in rest))
        assert size_of(message) == len(content)
        back = Unpacker(content).take(message["x"])
        assert (back.dtype.str, back.shape, back.tobytes()) == (dtype, shape, array.tobytes())


def test_replays_baselines_and_deviations(tmp_path: Path) -> None:
    def relu(x: Array) -> Array:
        return np.abs(x)

    report = judge(InProcess({"relu": relu}), Plan(named("mine.py"), budget="quick", only=("R2",)))
    (failing,) = (one for one in report.clauses if one.status == "fail")
    place = tmp_path / "given"

    def through(use: Callable[[Path], object]) -> Callable[[bytes], object]:
        def used(content: bytes) -> object:
            place.write_bytes(content)
            return use(place)

        return used

    (written,) = replay.to_write(failing)
    content = json.dumps(replay.content_of(written, report, Options())).encode()
    tried(content, through(replay.read), ReplayError)
    earlier = json.dumps(data.as_json(report)).encode()
    tried(earlier, through(expectations.read_baseline), ExpectationError)
    table = b'[[deviation]]\nclause = "R2"\nreason = "on purpose"\nexpires = 2030-01-31\n'

    def known(path: Path) -> None:
        expectations.apply(
            blank(Plan(named("x"))), expectations.read_deviations(path), date(2026, 1, 1)
        )

    tried(table, through(known), ExpectationError)


@pytest.mark.exhaustive
def test_goldens_and_their_manifest(tmp_path: Path) -> None:
    list(golden.write(tmp_path))
    manifest = (tmp_path / "manifest.json").read_bytes()

    def manifest_of(content: bytes) -> None:
        (tmp_path / "manifest.json").write_bytes(content)
        golden.read_manifest(tmp_path)

    tried(manifest, manifest_of, GoldenError)
    place = tmp_path / "exact" / "l2_filters.npy"
    filters = place.read_bytes()

    def filters_of(content: bytes) -> None:
        place.write_bytes(content)
        golden.load(tmp_path, "exact/l2_filters")

    tried(filters, filters_of, GoldenError)
    for seed in range(min(TRIES // 100, 20)):
        place.write_bytes(spoilt(filters, random.Random(seed)))  # noqa: S311
        (tmp_path / "manifest.json").write_bytes(spoilt(manifest, random.Random(seed)))  # noqa: S311
        try:
            assert len(list(golden.verify(tmp_path))) >= 35
        except GoldenError:
            continue


@pytest.mark.exhaustive
def test_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_vectors, "clauses", lambda: {"P1": clauses()["P1"]})
    write_vectors.write(tmp_path)
    index = json.loads((tmp_path / "index.json").read_text())
    vectors = json.loads((tmp_path / "P1.json").read_text())
    vectors["vectors"] = vectors["vectors"][:2]
    for name, content in (("P1.json", json.dumps(vectors)), ("index.json", json.dumps(index))):

        def use(changed: bytes, place: Path = tmp_path / name) -> None:
            place.write_bytes(changed)
            read(tmp_path)

        tried(content.encode(), use, VectorError, OSError, tries=TRIES // 10)
        (tmp_path / name).write_text(content)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=2_000))
@settings(max_examples=TRIES)
def test_text_becomes_plain_and_stays_so(text: str) -> None:
    seen = plain(text)
    assert seen.isprintable()
    assert len(seen) <= 500
    assert plain(seen) == seen
    seen.encode("utf-8")


# Hostile values: what a target may return.

VALUES = (0.0, -0.0, 1.0, 1e300, -1e300, 5e-324, np.nan, np.inf, -np.inf)
ODD: tuple[object, ...] = (
    None,
    3,
    2.5,
    "text",
    b"x",
    {},
    [],
    [[1], [1, 2]],
    (1,),
    np.ndarray,
    np.int8(3),
)
RAISED = (ValueError, KeyError, SystemExit, Unsupported, AssertionError, MemoryError)


@dataclass(frozen=True)
class Answer:
    """What a target does instead of giving the right result."""

    kind: str
    dtype: str
    shape: list[int]
    value: float
    odd: object
    raised: type[BaseException]
    text: str

    def to(self, right: Array) -> object:
        """The result."""
        match self.kind:
            case "another dtype":
                return right.astype(self.dtype)
            case "another shape":
                return np.full(self.shape, self.value).astype(self.dtype)
            case "one value":
                return np.full(right.shape, self.value)
            case "shifted":
                return right + self.value
            case "turned":
                return right[tuple(slice(None, None, -1) for _ in right.shape)]
            case "no array":
                return self.odd
            case "huge":
                return np.broadcast_to(np.float64(1), (2**20, 2**20))
            case _:
                raise self.raised(self.text)


KINDS = ("another dtype", "another shape", "one value", "shifted", "turned", "no array", "huge", "")
ANSWERS = st.builds(
    Answer,
    st.sampled_from(KINDS),
    st.sampled_from([*npy.NUMBERS, "O", "U3"]),
    st.lists(st.integers(0, 5), max_size=6),
    st.sampled_from(VALUES),
    st.sampled_from(ODD),
    st.sampled_from(RAISED),
    st.text(max_size=20),
)


@pytest.mark.exhaustive
@given(st.lists(ANSWERS, min_size=1, max_size=5), st.sampled_from([1, 2, 7, 50]))
@settings(max_examples=max(3, TRIES // 100))
def test_whatever_a_target_returns_there_is_a_report(answers: list[Answer], rarely: int) -> None:
    count = 0

    def hostile(operation: Callable[..., Array]) -> Callable[..., object]:
        def called(*arguments: Any) -> object:
            nonlocal count
            count += 1
            right = operation(*arguments)
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return right if count % rarely else answers[count % len(answers)].to(right)

        return called

    def pooling(feature_map: Array, size: int = 2, stride: int = 2) -> object:
        return hostile(reference.pooling)(feature_map, size, stride)

    functions = {"conv": hostile(reference.conv), "relu": hostile(reference.relu)}
    client = InProcess({**functions, "pooling": pooling})
    report = judge(client, Plan(named("hostile"), level="strict", budget="quick"))
    text = json.dumps(data.as_json(report), allow_nan=False)
    for clause in json.loads(text)["clauses"]:
        data.checked(clause, "clause")
    junit.as_junit(report).encode("utf-8")
    for line in (*blocks.deviations(report, {}), summary.last(report)):
        assert "\x1b" not in line
