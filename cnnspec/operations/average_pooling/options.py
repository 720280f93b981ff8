"""The options of average_pooling, and their laws."""

from cnnspec.kit import window_options
from cnnspec.kit.calls import Call
from cnnspec.kit.operation import Law, Option

OPTIONS = (
    Option("padding", 0, "A6", ("number", "pair", "sides", "word")),
    Option("ceil", False, "A6", ("flag",)),
    Option("count_padding", False, "A6", ("flag",)),
    Option("batch", False, "A7", ("mark",)),
)


def without_padding(call: Call) -> Call:
    """Windows that lie in the map as a whole."""
    for name in ("padding", "ceil", "count_padding"):
        call = call.without(name)
    return call


LAWS = (
    Law("A7", window_options.last_map, window_options.other_maps),
    Law("A6", without_padding),
    Law("A6", window_options.with_square_windows),
)
"""In the order in which options are taken away."""
