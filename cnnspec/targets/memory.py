"""What the memory of arguments and results tells, noticed in the process of the target.

It imports NumPy's functions before the target is imported, as the server does.
"""

from collections import deque
from typing import Any

from numpy import asarray, may_share_memory, ndarray, shares_memory
from numpy.exceptions import TooHardError

from cnnspec.kit.calls import Array

KEPT_RESULTS, KEPT_BYTES = 4, 2**18
"""So many of the last results are kept whole, of so many bytes each at the most."""

KEPT_LARGE, LARGE_BYTES, SAMPLES = 3, 2**26, 4_096
"""Of the larger ones, up to LARGE_BYTES, so many are kept, with a sample of their elements."""

LIVING = 64
"""So many of the last small results are kept alive, to see whether one comes again: who has some
buffers for results takes one of them again after as many calls."""

WATCHED = 32
"""So many calls long: a buffer for large results is used again soon, and each look takes time."""

LISTED = 4_096
"""Elements of a result that is a list, up to which it is kept."""


class Kept:
    """A result as the target gave it: its array, and what the array held then."""

    def __init__(self, given: object, array: Array) -> None:
        self.given, self.array = given, array
        self.content = sampled(array)

    def is_changed(self) -> bool:
        """Whether it holds something else now."""
        now = asarray(self.given) if type(self.given) is list else self.array
        return sampled(now) != self.content


def sampled(array: Array) -> bytes:
    """The elements of an array as bytes; of a large one, some that are spread over all of it."""
    if array.nbytes <= KEPT_BYTES:
        return array.tobytes()
    step = 1 + array.size // SAMPLES
    return array.flat[:: step + 1 - step % 2].tobytes()  # an odd step meets every column


class Results:
    """The last results of a target, each kept alive, so that its memory is not used again."""

    def __init__(self) -> None:
        self.small: deque[Kept] = deque(maxlen=KEPT_RESULTS)
        self.large: deque[Kept] = deque(maxlen=KEPT_LARGE)
        self.living: dict[int, Array] = {}  # by the address of the array, or of its first element
        self.watched = 0

    @property
    def kept(self) -> list[Kept]:
        """All that are kept."""
        return [*self.small, *self.large]

    def are_changed(self) -> bool:
        """Whether one of them holds something else now; then all are forgotten."""
        changed = any(map(Kept.is_changed, self.small)) or any(map(Kept.is_changed, self.large))
        if changed:
            self.small.clear()
        self.watched += 1
        if changed or self.watched > WATCHED:
            self.large.clear()
        return changed

    def keep(self, value: Array) -> None:
        """Keep a result that is small and shares no memory."""
        self.small.append(Kept(value, value))

    def comes_again(self, value: Array) -> bool:
        """Whether a result begins where one of the last ones does, which are alive; it is kept.

        Of arrays that own their memory only the same one does, which is told sooner.
        """
        own = value.flags.owndata
        place = id(value) if own else int(value.__array_interface__["data"][0])
        known = self.living.get(place)
        if len(self.living) >= LIVING:
            self.living.clear()
        self.living[place] = value
        return known is not None and share(value, known)

    def noticed(self, given: object, value: Array, arrays: list[Array]) -> set[str]:
        """The flags that a result's memory raises; the result is kept.

        given: what the target returned, and value: that as an array. Whether an array may be
        written to is asked of arrays alone: what is none has no such flag.
        """
        flags = set()
        if share_any(value, arrays):
            flags.add("shares")
        kept, listed = self.kept, isinstance(given, list)
        again = listed and any(given is one.given for one in kept)
        if again or share_any(value, [one.array for one in kept]):
            flags.add("shares earlier")
        if (
            isinstance(given, ndarray)
            and 0 < value.nbytes <= KEPT_BYTES
            and self.comes_again(value)
        ):
            flags.add("shares earlier")
        if isinstance(given, ndarray):
            flags |= of_array(value)
        if listed:
            if value.size <= LISTED:
                self.small.append(Kept(given, value))
        elif 0 < value.nbytes <= KEPT_BYTES:
            self.small.append(Kept(given, value))
        elif 0 < value.nbytes <= LARGE_BYTES:
            self.large.append(Kept(given, value))
            self.watched = 0
        return flags


def of_array(value: Array) -> set[str]:
    """The flags that an array raises by itself."""
    flags = set()
    if value.size and not value.flags.writeable:
        flags.add("read-only")
    if value.size and 0 in value.strides:  # along an axis of one element that means nothing
        axes = zip(value.shape, value.strides, strict=True)
        if any(n > 1 and step == 0 for n, step in axes):
            flags.add("overlaps")
    return flags


def share_any(value: Array, others: list[Array]) -> bool:
    """Whether an array has an element in common with one of others."""
    if value.flags.owndata:  # then only views and the array itself may share it
        others = [one for one in others if one is value or not one.flags.owndata]
    return any(share(value, one) for one in others)


def share(left: Array, right: Array) -> bool:
    """Whether two arrays have an element in common."""
    if left is not right and left.flags.owndata and right.flags.owndata:
        return False
    if not may_share_memory(left, right):
        return False
    try:
        return bool(shares_memory(left, right, 10_000))  # type: ignore[call-overload,arg-type,unused-ignore]
    except TooHardError:
        return True


State = tuple[Any, ...]
"""What an array and the memory around it held: see `state_of`."""


def state_of(arrays: list[Array]) -> list[State]:
    """Shape, dtype and content of arrays, with those of the whole arrays that they are parts of."""
    return [(a.shape, a.dtype, a.tobytes(), room_of(a)) for a in arrays]


def room_of(array: Array) -> bytes:
    """The content of the array that an array is a part of; nothing if it is whole."""
    if array.base is None:
        return b""
    room = array
    while isinstance(room.base, ndarray):
        room = room.base
    return b"" if room is array or room.nbytes == array.nbytes else room.tobytes()


def changes(before: list[State], after: list[State]) -> set[str]:
    """The flags that a change of the arguments raises."""
    flags: set[str] = set()
    if before == after:
        return flags
    for old, new in zip(before, after, strict=True):
        if old[:-1] != new[:-1]:
            flags.add("modified")
        elif old != new:
            flags.add("modified around")
    return flags
