"""The law of pooling with options: each element is the largest of a fixed set of places."""

from cnnspec.kit.axis_settings import Offered
from cnnspec.kit.taken import Taken
from cnnspec.laws import option_maxima
from cnnspec.laws.certificate import Random, in_precision
from cnnspec.laws.options import OptionLaw, Tried, across_axes, along_axes, flagged, law_of_options


def settings(offered: Offered, random: Random) -> list[Tried]:
    """Every setting of an axis, and pairs of classes, with ceil and without."""
    several = [*along_axes(offered, random), *across_axes(offered, random)]
    return [
        Tried(both.rows, both.columns, {**options, **flags})
        for both, options in several
        for flags in flagged(offered, both, "ceil")
    ]


def also(known: Taken) -> str:
    """What is tried beside settings of axes, in words."""
    return "; each with ceil (but for words) and without" if ("ceil", "flag") in known else ""


def inputs(significand: int, _known: Taken) -> str:
    """What is claimed of the maps."""
    exact = f" and exact{in_precision(significand)}" if significand < 53 else ""
    return f"every C-contiguous float64 map whose numbers are finite{exact}"


POOLING = OptionLaw(
    operation=option_maxima.OPERATION,
    pinned=True,
    settings=settings,
    trials=option_maxima.trials,
    error=option_maxima.error,
    also=also,
    inputs=inputs,
    law=lambda _known: (
        "takes for each element of its result the largest of a fixed set of places of its channel, "
        "the same in every channel"
    ),
    strength="The evaluations tell any two such sets apart.",
)

law = law_of_options(POOLING)
