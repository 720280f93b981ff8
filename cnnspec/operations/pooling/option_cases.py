"""How the calls of pooling vary in their options."""

from itertools import chain

from cnnspec.kit import window_option_cases as kit
from cnnspec.kit.calls import Call


def paddings(_bits: int) -> list[Call]:
    """Padding in numbers, and by words; then beside what else says where windows lie."""
    beside = kit.words_with("pooling", "ceil"), kit.words_with_dilation("pooling")
    wide = kit.wide_with_dilation("pooling")
    return [*kit.paddings("pooling"), *kit.in_words("pooling"), *chain(*beside), *wide]


def ceils(_bits: int) -> list[Call]:
    """Lengths that are rounded up, also along one axis."""
    along_one = kit.ceils_of_columns("pooling")
    return [*kit.ceils("pooling"), *along_one, *kit.ceils_with_unlike_sides("pooling")]


OPTIONS = kit.options_of(
    "pooling",
    {
        "P6": lambda _bits: kit.pairs("pooling"),
        "P7": paddings,
        "P8": lambda _bits: kit.dilations("pooling"),
        "P9": ceils,
        "P10": lambda _bits: kit.batches("pooling"),
    },
    dilation=True,
    flags=("ceil",),
)
