"""C8, the order of causes, is judged by the clause that a rejection names; else by its words."""

from pathlib import Path

import numpy as np
import pytest

from cnnspec import SpecError, reference
from cnnspec.engine.judge import judge
from cnnspec.engine.plan import Plan, Status
from cnnspec.kit.calls import Outcome
from cnnspec.kit.rejection import causes
from cnnspec.spec import Array
from cnnspec.targets import Options, protocol
from cnnspec.targets.client import InProcess, opened
from cnnspec.targets.target import named

PLAN = Plan(named("mine"), level="core", budget="quick", only=("C8",), certify=0)

WORDS = {"C2": "channels differ", "C3": "it is not square", "C4": "its size is not odd"}


class NamedError(ValueError):
    """An exception that names a clause, in words and as an attribute, which may be two."""

    def __init__(self, words: str, clause: object = None) -> None:
        super().__init__(WORDS[words])
        if clause is not None:
            self.clause = clause


def order(filters: Array, image: Array) -> list[str]:
    """The clauses that are broken, in the right order."""
    rows, columns = filters.shape[1:3]
    channels = image.ndim == 3 and image.shape[2] != filters.shape[3]
    broken = {"C2": channels, "C3": rows != columns, "C4": rows % 2 == 0}
    return [clause for clause, is_broken in broken.items() if is_broken]


@pytest.mark.parametrize(
    ("by_words", "by_clause", "status"),
    [
        (0, None, "pass"),
        (-1, None, "fail"),
        (0, 0, "pass"),
        (-1, 0, "pass"),  # the clause says the right thing, whatever the words say
        (0, -1, "fail"),
        (-1, "C9", "absent"),  # a clause that tells no causes apart: the words are not asked
        (-1, "words", "fail"),  # no clause at all
        (0, 3, "pass"),
    ],
)
def test_C8_by_the_clause_and_else_by_words(
    by_words: int, by_clause: int | str | None, status: Status
) -> None:
    def conv(image: Array, filters: Array) -> Array:
        found = order(filters, image)
        if found:
            named = by_clause if by_clause not in (0, -1) else found[int(by_clause)]
            raise NamedError(found[by_words], named)
        return reference.conv(image, filters)

    (row,) = judge(InProcess({"conv": conv}), PLAN).clauses
    assert row.status == status


def test_C8_by_the_clause_in_a_worker(tmp_path: Path) -> None:
    text = (
        "import cnnspec\n"
        "def conv(image, filters):\n"
        "    try:\n        return cnnspec.conv(image, filters)\n"
        "    except cnnspec.SpecError as error:\n"
        "        worse = ValueError('square, channel, odd')\n"
        "        worse.clause = error.clause\n"
        "        raise worse from None\n"
    )
    (tmp_path / "mine.py").write_text(text)
    with opened(named(str(tmp_path / "mine.py")), "standard", Options()) as client:
        (row,) = judge(client, PLAN).clauses
    assert (row.status, row.examples) == ("pass", 9)


def test_the_clause_of_a_program_is_what_its_answer_says() -> None:
    hello = {"id": 0, "status": "ok", "ops": ["conv"], "protocol": 2, "name": "mine"}
    answer = {"id": 1, "status": "rejected", "clause": "C3", "reason": "channels"}
    outcome = protocol.outcome(answer, protocol.offer(hello))
    assert causes("conv", outcome) == {"C3"}
    assert causes("conv", Outcome("rejected", message="channels")) == {"C2"}
    assert causes("conv", Outcome("rejected", message="no")) == set()
    old = protocol.offer({**hello, "protocol": 1, "dtypes": ["float64"], "layouts": ["C"]})
    assert causes("conv", protocol.outcome(answer, old)) == {"C2"}


def test_ours_names_it() -> None:
    with pytest.raises(SpecError) as error:
        reference.conv(np.zeros((3, 3, 2)), np.zeros((1, 2, 3, 1)))
    assert error.value.clause == "C2"
