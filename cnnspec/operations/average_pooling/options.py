"""The options of average_pooling, and their laws."""

from cnnspec.kit import window_options
from cnnspec.kit.calls import Call
from cnnspec.kit.operation import Law, Option
from cnnspec.kit.settings import OF_PADDING

OPTIONS = (
    Option("padding", 0, "A6", OF_PADDING),
    Option("ceil", False, "A6", ("flag",)),
    Option("count_padding", False, "A6", ("flag",)),
    Option("batch", False, "A7", ("mark",)),
)


def without_padding(call: Call) -> Call:
    """Windows that lie as a whole in a map with zeros around it, which are numbers like others."""
    plainer = window_options.with_numbers_around(call, 0)
    for flag in ("ceil", "count_padding"):
        plainer = plainer.without(flag) if plainer.plain.get(flag) else plainer
    return plainer


LAWS = (
    Law("A7", window_options.last_map, window_options.other_maps),
    Law("A6", without_padding),
    Law("A6", window_options.with_square_windows),
)
"""In the order in which options are taken away."""
