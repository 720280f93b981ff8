"""How the calls of pooling vary in their options."""

from cnnspec.kit import window_option_cases as kit
from cnnspec.kit.calls import Call


def paddings(_bits: int) -> list[Call]:
    """Padding in numbers, and by words."""
    return [*kit.paddings("pooling"), *kit.in_words("pooling")]


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
)
