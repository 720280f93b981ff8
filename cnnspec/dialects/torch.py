"""PyTorch: conv2d, max_pool2d and avg_pool2d of torch.nn.functional.

Padding is symmetric. PyTorch refuses more than K // 2 of it in poolings, whatever the dilation;
that is not checked here. Source: https://pytorch.org/docs/stable/nn.functional.html. Of ceil_mode
it says that a window has to start in the map or in the padding before it, as the book does.
"""

from cnnspec.dialects.arguments import Arguments, Numbers, around, only, pair, word

WORDS = {"valid": "valid", "same": "same_upper"}


def conv2d(
    stride: Numbers = 1, padding: Numbers | str = 0, dilation: Numbers = 1, groups: int = 1
) -> Arguments:
    """Arguments of the book's conv. Raises ValueError for "same" with a stride, as PyTorch does."""
    strides, words = pair("stride", stride), isinstance(padding, str)
    if padding == "same" and strides != (1, 1):
        raise ValueError(f"padding 'same' goes with stride 1, not {stride!r:.60}")
    return {
        "stride": strides,
        "padding": word("padding", str(padding), WORDS) if words else around("padding", padding),
        "dilation": pair("dilation", dilation),
        "groups": groups,
    }


def max_pool2d(
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    dilation: Numbers = 1,
    ceil_mode: bool = False,
) -> Arguments:
    """Arguments of the book's pooling. Without a stride, windows lie side by side."""
    return {
        "size": pair("kernel_size", kernel_size),
        "stride": pair("stride", stride, kernel_size),
        "padding": around("padding", padding),
        "dilation": pair("dilation", dilation),
        "ceil": bool(ceil_mode),
    }


def avg_pool2d(
    kernel_size: Numbers,
    stride: Numbers | None = None,
    padding: Numbers = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Arguments:
    """Arguments of the book's average_pooling. Raises ValueError for divisor_override."""
    only("divisor_override", divisor_override, None)
    found = max_pool2d(kernel_size, stride, padding, ceil_mode=ceil_mode)
    del found["dilation"]
    return {**found, "count_padding": bool(count_include_pad)}


def half(extent: int, size: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """What padding = dilation * (K // 2) adds on both sides, as is often written for "same".

    For odd K and stride 1 it is the same; an even K gives a result that is longer by one.
    """
    del extent, stride
    return dilation * (size // 2), dilation * (size // 2)
