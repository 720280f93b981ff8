"""Cases that are made when they are asked for: of many, a few may be tried."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import overload

from cnnspec.kit.calls import Call, Case


class Drafts(Sequence[Case]):
    """Cases, each made when it is first asked for. makers: makes each of them."""

    def __init__(self, makers: Iterable[Callable[[], Case]]) -> None:
        self.makers, self.made = list(makers), dict[int, Case]()

    def __len__(self) -> int:
        return len(self.makers)

    @overload
    def __getitem__(self, place: int) -> Case: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Case]: ...

    def __getitem__(self, place: int | slice) -> Case | Sequence[Case]:
        if isinstance(place, slice):
            return [self[n] for n in range(len(self))[place]]
        place = range(len(self))[place]
        if place not in self.made:
            self.made[place] = self.makers[place]()
        return self.made[place]


def of_one_call(makers: Iterable[Callable[[], Call]]) -> Iterable[Callable[[], Case]]:
    """What makes cases of one call, from what makes the calls."""

    def case(make: Callable[[], Call]) -> Case:
        return (make(),)

    return (partial(case, make) for make in makers)


def followed(first: Sequence[Case], others: Iterable[Case]) -> Drafts:
    """Some cases, and others behind them."""
    parts = first, list(others)
    return Drafts(partial(part.__getitem__, n) for part in parts for n in range(len(part)))
