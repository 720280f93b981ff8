"""Fault models that all operations share: what is made of a batch."""

from collections.abc import Callable

import numpy as np

from cnnspec.kit.fault import across
from cnnspec.spec import Array

Step = Callable[[Array], Array]
"""What is made of the results of a batch, (B, Ho, Wo, C)."""

STEPS: list[tuple[Step, str]] = []
"""Each step with what to mend."""


def noted(remedy: str) -> Callable[[Step], Step]:
    """A decorator that adds a step."""

    def note(step: Step) -> Step:
        STEPS.append((step, remedy))
        return step

    return note


def register(operation: str, clause: str) -> None:
    """Register what is made of a batch for an operation. clause: that of a batch."""
    for step, remedy in STEPS:
        across(operation, clause, remedy=remedy)(named(step, operation))


def named(step: Step, operation: str) -> Step:
    """A step with a name of its own."""

    def own(y: Array) -> Array:
        return step(y)

    own.__name__ = f"{operation}_{step.__name__}"
    own.__doc__ = step.__doc__
    return own


@noted(remedy="Take the image of each place, not the first one.")
def first_image_for_all(y: Array) -> Array:
    """Each image of a batch gets the result of the first one."""
    return np.repeat(y[:1], len(y), axis=0)


@noted(remedy="Keep the images in their order.")
def images_in_reverse(y: Array) -> Array:
    """The results of a batch come in reverse order."""
    return y[::-1].copy()


@noted(remedy="Let the loop over the images run to B.")
def last_image_left_zero(y: Array) -> Array:
    """The result of the last of several images stays zero."""
    y[max(len(y) - 1, 1) :] = 0
    return y


@noted(remedy="Compute every image, not the first alone.")
def first_image_alone_written(y: Array) -> Array:
    """The results of all images but the first stay zero."""
    y[1:] = 0
    return y


@noted(remedy="The result has as many images as the batch.")
def last_image_lost(y: Array) -> Array:
    """The result lacks the last of several images."""
    return y[: max(len(y) - 1, 1)]


@noted(remedy="Set the sum back to zero for each image.")
def images_added_up(y: Array) -> Array:
    """To the result of an image those of the images before it are added."""
    with np.errstate(all="ignore"):
        return np.cumsum(y, axis=0, dtype=y.dtype)


@noted(remedy="The axis of the images is the first one: do not transpose a batch.")
def images_dealt_out(y: Array) -> Array:
    """The results of a batch lie in memory as if the rows came before the images."""
    return np.swapaxes(y, 0, 1).reshape(y.shape)
