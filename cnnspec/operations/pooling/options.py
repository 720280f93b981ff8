"""The options of pooling, and their laws."""

from cnnspec.kit import window_options
from cnnspec.kit.operation import Law, Option
from cnnspec.kit.settings import OF_PADDING

OPTIONS = (
    Option("padding", 0, "P7", OF_PADDING),
    Option("dilation", 1, "P8", ("number", "pair")),
    Option("ceil", False, "P9", ("flag",)),
    Option("batch", False, "P10", ("mark",)),
)

LAWS = (
    Law("P10", window_options.last_map, window_options.other_maps),
    Law("P7", window_options.in_numbers, window_options.with_a_window_more),
    Law("P9", window_options.without_ceil, window_options.on_a_longer_map),
    Law("P7", window_options.with_low_numbers_around),
    Law("P8", window_options.without_dilation),
    Law("P6", window_options.with_square_windows),
)
"""In the order in which options are taken away: dilation after padding, which it would hide."""
