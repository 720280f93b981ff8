"""How the calls of pooling vary in their options."""

from itertools import chain

import numpy as np

from cnnspec.kit import window_option_cases as kit
from cnnspec.kit.calls import Call
from cnnspec.kit.left_open import Question
from cnnspec.kit.operation import call
from cnnspec.kit.window_left_open import MAP, of_padding_alone, questions


def paddings(_bits: int) -> list[Call]:
    """Padding in numbers, and by words; then beside what else says where windows lie."""
    beside = kit.words_with("pooling", "ceil"), kit.words_with_dilation("pooling")
    wide = kit.wide_with_dilation("pooling")
    return [*kit.paddings("pooling"), *kit.in_words("pooling"), *chain(*beside), *wide]


def ceils(_bits: int) -> list[Call]:
    """Lengths that are rounded up, also along one axis."""
    along_one = kit.ceils_of_columns("pooling")
    return [*kit.ceils("pooling"), *along_one, *kit.ceils_with_unlike_sides("pooling")]


def left_open() -> dict[str, Question]:
    """What is left open; a dilation may skip a whole map at ordinary padding, too."""
    skipping = call("pooling", MAP, 2, 1, padding=1, dilation=3)
    return {
        "max: window of padding alone, by dilation": Question("P8", skipping, of_padding_alone),
        **questions("pooling", "max", ("P7", "P9", "P11"), np.max),
    }


OPTIONS = kit.options_of(
    "pooling",
    {
        "P6": lambda _bits: kit.pairs("pooling"),
        "P7": paddings,
        "P8": lambda _bits: kit.dilations("pooling"),
        "P9": ceils,
        "P10": lambda _bits: kit.batches("pooling", "dilation", "ceil"),
    },
    dilation=True,
    flags=("ceil",),
    left_open=left_open,
)
