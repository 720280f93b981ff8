"""The check of A8: options of average_pooling that make no sense."""

from collections.abc import Iterator

from cnnspec.kit.calls import Case
from cnnspec.kit.check import check
from cnnspec.kit.rejection import rejected
from cnnspec.kit.session import Session
from cnnspec.kit.taken import as_taken
from cnnspec.kit.window_option_checks import calls


def senseless(session: Session) -> Iterator[Case]:
    """The calls, in forms that the target takes."""
    yield from ((as_taken(session, one),) for one in calls("average_pooling", dilation=False))


@check(
    "A8",
    "average_pooling",
    witness="the table of options that make no sense",
    cases=senseless,
    whole=True,
)
def senseless_options(session: Session, case: Case) -> None:
    """Options that make no sense are rejected, or a window that does not fit gives no elements."""
    rejected(session, case)
