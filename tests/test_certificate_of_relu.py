"""The certificate of relu: all numbers are tried, or a million of each kind."""

from itertools import islice

import numpy as np
import pytest
from certifying import Function, certify, session_of

from cnnspec import reference
from cnnspec.kit.certificate import Asked
from cnnspec.kit.operation import REGISTRY
from cnnspec.laws import pointwise
from cnnspec.spec import Array


def test_R2_every_float16_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pointwise, "PATTERNS", 5_000)
    found, refutation = certify(session_of(relu=reference.relu), "relu", 8, 0, 1e4)
    assert refutation is None
    assert found.holds
    assert "all 65,536 values of float16" in found.sentence
    assert "5,000 random bit patterns of float64" in found.sentence


def test_R2_every_float32_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(pointwise.all_of("float32"))
    assert first.size == pointwise.CHUNK
    assert 2**32 % pointwise.CHUNK == 0
    monkeypatch.setattr(pointwise, "FLOAT32_BITS", 20)
    seen: list[tuple[str, float]] = []
    law = REGISTRY["relu"].law
    assert law is not None
    asked = Asked(8, 0, 1e4, 1e4, every=True)
    session = session_of(relu=reference.relu)
    found, _ = law(session, asked, lambda text, part: seen.append((text, part)))
    assert "all 4,294,967,296 values of float32" in found.sentence
    assert ("certifying relu, float32", 1.0) in seen
    tried = [x.view(np.uint32).ravel() for x in islice(pointwise.all_of("float32"), 4)]
    assert np.array_equal(np.concatenate(tried), np.arange(2**20))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda y, x: np.where(np.isnan(x), 0, y), "but for NaN (Q7)"),
        (lambda y, _: np.minimum(y, np.finfo(y.dtype).max), "but for infinities (Q7)"),
        (lambda y, _: np.where(y < np.finfo(y.dtype).tiny, 0, y), "but for subnormal numbers (Q8)"),
    ],
)
def test_what_other_clauses_answer_for_is_excepted(
    monkeypatch: pytest.MonkeyPatch, wrong: Function, words: str
) -> None:
    monkeypatch.setattr(pointwise, "PATTERNS", 2_000)

    def relu(x: Array) -> Array:
        return np.asarray(wrong(reference.relu(x), x)).astype(x.dtype)

    found, refutation = certify(session_of(relu=relu), "relu", 8, 0, 1e4)
    assert refutation is None
    assert words in found.sentence


def test_R2_one_wrong_float16_is_found() -> None:
    def relu(x: Array) -> Array:
        y = reference.relu(x)
        return np.where(x == np.float16(1234), 0, y).astype(y.dtype) if x.dtype == np.float16 else y

    _, refutation = certify(session_of(relu=relu), "relu", 8, 0, 1e4)
    assert refutation is not None
    clause, case, text = refutation
    assert (clause, text) == ("R2", "wrong for 1234.0")
    assert case[-1].arrays[0].ravel().tolist() == [1234.0]


def test_a_relu_without_float16_is_certified_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pointwise, "PATTERNS", 1_000)

    def relu(x: Array) -> Array:
        if x.dtype == np.float16:
            raise TypeError("no float16")
        return reference.relu(x)

    found, _ = certify(session_of(relu=relu), "relu", 8, 0, 1e4)
    assert found.holds
    assert "float16 is rejected" in found.sentence
    assert "65,536" not in found.sentence
