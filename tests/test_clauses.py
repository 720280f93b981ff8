import re
from pathlib import Path

import pytest

from cnnspec.kit.clauses import DOCUMENTS, clauses

# fmt: off
IDS = [
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "R1", "R2",
    "P1", "P2", "P3", "P3a", "P4", "P4a", "P5", "S1", "S2",
    "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "Q7", "Q8", "Q9", "Q10",
]
# fmt: on


def test_ids_are_permanent() -> None:
    assert [clause for clause in clauses() if clause in IDS] == IDS


def test_a_clause_is_read_whole() -> None:
    clause = clauses()["P4a"]
    assert clause.operation == "pooling"
    assert clause.editions == ("article",)
    assert clause.level == "values"
    assert clauses()["P2"].level == "core"
    assert clause.text.startswith("As P4, but windows")
    assert clause.text.endswith("the publication fails: rejected.")
    assert clauses()["Q5"].level == "strict"
    assert clauses()["C7"].editions == ("standard", "article", "general")
    assert not clauses()["C7"].marks
    assert clauses()["C4"].marks == ("standard", "article")


def test_a_clause_is_a_whole_sentence() -> None:
    assert [one.id for one in clauses().values() if not one.text.endswith(".")] == []


def test_an_id_used_twice_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DOCUMENTS, "relu", "Twice.\n\n(C1) One.\n(C1) Two.\n")
    clauses.cache_clear()
    with pytest.raises(ValueError, match="numbers two clauses alike"):
        clauses()
    monkeypatch.undo()
    clauses.cache_clear()


def test_the_ids_in_the_names_of_tests_exist() -> None:
    names = [
        name
        for path in Path(__file__).parent.glob("test_*.py")
        for name in re.findall(r"^def test_(\w+)", path.read_text(), re.MULTILINE)
    ]
    used = {part for name in names for part in name.split("_") if re.fullmatch(r"[A-Z]\d+a?", part)}
    assert used
    assert used <= set(clauses())
