"""Hypothesis strategies that draw calls of several operations."""

from hypothesis import strategies as st

from cnnspec.kit.calls import Case
from cnnspec.kit.session import Session
from cnnspec.operations.every.typical import offered


def walks(session: Session) -> st.SearchStrategy[Case]:
    """A few drawn calls in a row, one of them twice: first and last."""
    one = st.sampled_from(offered(session)).flatmap(
        lambda operation: operation.inputs.drawn(session)
    )
    return st.tuples(one, st.lists(one, max_size=4)).map(
        lambda drawn: (drawn[0][-1], *(c[-1] for c in drawn[1]), drawn[0][-1])
    )
