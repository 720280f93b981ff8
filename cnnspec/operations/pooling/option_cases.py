"""How the calls of pooling vary in their options."""

import numpy as np

from cnnspec.kit import window_option_cases as kit
from cnnspec.kit.calls import Call
from cnnspec.kit.left_open import Question
from cnnspec.kit.operation import call
from cnnspec.kit.window_left_open import MAP, of_padding_alone, questions


def paddings(_bits: int) -> list[Call]:
    """Padding in numbers, and by words."""
    return [*kit.paddings("pooling"), *kit.in_words("pooling")]


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
        "P9": lambda _bits: kit.ceils("pooling"),
        "P10": lambda _bits: kit.batches("pooling"),
    },
    dilation=True,
    flags=("ceil",),
    left_open=left_open,
)
