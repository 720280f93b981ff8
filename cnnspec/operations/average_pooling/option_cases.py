"""How the calls of average_pooling vary in their options."""

from itertools import chain

import numpy as np

from cnnspec.kit import window_option_cases as kit
from cnnspec.kit.calls import Call
from cnnspec.kit.window_left_open import questions

NAME = "average_pooling"
FLAGS = "count_padding", "ceil"


def windows(_bits: int) -> list[Call]:
    """Pairs, padding with each divisor, by words, and lengths that are rounded up."""
    plain = *kit.pairs(NAME), *kit.paddings(NAME, FLAGS), *kit.in_words(NAME), *kit.ceils(NAME)
    beside = (kit.words_with(NAME, flag) for flag in FLAGS)
    unlike = *kit.ceils_with_unlike_sides(NAME), *kit.ceils_beyond_padding(NAME, count_padding=True)
    return [*plain, *chain(*beside), *kit.ceils_of_columns(NAME), *unlike]


OPTIONS = kit.options_of(
    NAME,
    {"A6": windows, "A7": lambda _bits: kit.batches(NAME, *FLAGS)},
    flags=("ceil", "count_padding"),
    left_open=lambda: questions(NAME, "average", ("A6", "A6", "A8"), np.mean),
)
