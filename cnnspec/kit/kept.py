"""What an iterator gives, for several readers: it is made when the first of them comes to it."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

One = TypeVar("One")


class Kept(Generic[One]):
    """The items of an iterator, each made once, however many read them."""

    def __init__(self, items: Iterable[One]) -> None:
        self.rest, self.made = iter(items), list[One]()

    def __iter__(self) -> Iterator[One]:
        place = 0
        while True:
            if place == len(self.made):
                try:
                    self.made.append(next(self.rest))
                except StopIteration:
                    return
            yield self.made[place]
            place += 1
