"""How ONNX Runtime and ONNX's reference evaluator differ from the book, as formulas of one axis."""

from collections.abc import Callable

import numpy as np
from foretold import OPEN, Foretold, Kind, Windows, each_axis, pooled, the_one_window, windows
from outside_call import Call

from cnnspec import spec
from cnnspec.dialects import onnx
from cnnspec.spec.window import Axis

LEAST = float(np.finfo(np.float32).min)
WORDS = {"same_upper": onnx.runtime_same, "same_lower": onnx.runtime_same_lower}


def toward_zero(number: int, divisor: int) -> int:
    """A quotient as C computes it."""
    return -(-number // divisor) if number < 0 else number // divisor


# ONNX Runtime


def wide_pads(call: Call) -> Foretold:
    """It refuses padding as large as the window, whatever the dilation."""
    if call.operation == "conv" or "pads" not in call.given:
        return None
    sizes = call.given["kernel_shape"] * 2
    wide = any(one >= size for one, size in zip(call.given["pads"], sizes, strict=True))
    return "refused" if wide else None


def same_with_dilation(call: Call) -> Foretold:
    """Its Conv refuses SAME together with dilation."""
    worded = call.operation == "conv" and call.given["auto_pad"] in ("SAME_UPPER", "SAME_LOWER")
    return "refused" if worded and max(call.given["dilations"]) > 1 else None


def cut_conv(call: Call) -> Foretold:
    """Its Conv's SAME has no max(0, ...): it cuts rows and columns off."""
    if call.operation != "conv" or not call.given["auto_pad"].startswith("SAME"):
        return None
    image, filters, *bias = call.arrays
    for axis, (extent, size, stride, _, word) in enumerate(each_axis(call)):
        before, after = WORDS[str(word)](extent, size, stride)
        pads = [(0, 0)] * 3
        pads[axis] = max(before, 0), max(after, 0)
        kept = slice(max(-before, 0), extent + min(after, 0))
        image = np.pad(image[(slice(None),) * axis + (kept,)], pads)
    named = {name: call.given[key] for name, key in (("stride", "strides"), ("groups", "group"))}
    return spec.conv(image, filters, *bias, **named, edition="general")


def by_the_runtime(call: Call, rounded_up: bool) -> tuple[list[Windows], bool]:
    """Windows of its poolings; and whether it pads less than nothing anywhere.

    SAME leaves the dilation out and has no max(0, ...). The quotient is cut towards zero, so that a
    window that does not fit is computed where less than a stride is missing.
    """
    found, negative = [], False
    for extent, size, stride, dilation, sides in each_axis(call):
        if isinstance(sides, str):
            before, after = (0, 0) if sides == "valid" else WORDS[sides](extent, size, stride)
        else:
            before, after = sides
        negative |= min(before, after) < 0
        room = before + extent + after - dilation * (size - 1) - 1
        count = toward_zero(room, stride) + 1
        if rounded_up:
            count = -(-room // stride) + 1
            count -= (count - 1) * stride >= extent + before
        starts = [i * stride - before for i in range(max(count, 0))]
        found.append(windows(extent, size, starts, dilation, extent + max(after, 0)))
    return found, negative


def runtime_same(call: Call) -> Foretold:
    """SAME of its poolings: as much as without dilation, and less than nothing."""
    if call.operation == "conv" or call.given["auto_pad"] not in ("SAME_UPPER", "SAME_LOWER"):
        return None
    found, negative = by_the_runtime(call, bool(call.given["ceil_mode"]))
    if negative and call.operation == "pooling" and max(call.given["dilations"]) == 1:
        return "refused"
    return pooled(call, found, empty=LEAST)


def dilated(foretells: Callable[[Call], Foretold]) -> Callable[[Call], Foretold]:
    """What holds of calls with dilation alone."""
    return lambda call: foretells(call) if max(call.given.get("dilations", (1, 1))) > 1 else None


def runtime_valid(call: Call) -> Foretold:
    """VALID of its poolings rounds up with ceil_mode."""
    ceil = call.given.get("ceil_mode")
    if call.given["auto_pad"] != "VALID" or not ceil:
        return None
    return pooled(call, by_the_runtime(call, True)[0], empty=LEAST)


def runtime_misfit(call: Call) -> Foretold:
    """A window that does not fit by less than a stride is computed."""
    if call.operation == "conv":
        return None
    return pooled(call, by_the_runtime(call, False)[0], empty=LEAST)


RUNTIME = (
    Kind("pads as large as the window are refused, whatever the dilation", wide_pads),
    Kind("Conv refuses SAME_UPPER and SAME_LOWER with dilation", same_with_dilation),
    Kind("Conv's SAME has no max(0, ...): where T > E it cuts rows and columns off", cut_conv),
    Kind("a pooling's SAME leaves the dilation out of E", dilated(runtime_same)),
    Kind(
        "a pooling's SAME has no max(0, ...): where T > E windows move, or it fails", runtime_same
    ),
    Kind("a pooling's VALID rounds up with ceil_mode", runtime_valid),
    Kind(OPEN.says, lambda call: the_one_window(call, LEAST)),
    Kind("a window that does not fit by less than a stride is computed", runtime_misfit),
)

# ONNX's reference evaluator


def plain(call: Call) -> bool:
    """Whether its MaxPool takes the way of stride 1 and dilation 1."""
    return {*call.given["strides"], *call.given["dilations"]} == {1}


def wrong_order(call: Call) -> Foretold:
    """MaxPool with stride 1 and dilation 1 reads pads as (top, bottom, left, right).

    With ceil_mode it adds the padding to the length a second time, and the rest is 0.
    """
    if call.operation != "pooling" or "pads" not in call.given or not plain(call):
        return None
    pads, x = call.given["pads"], call.arrays[0]
    found, twice = [], []
    for axis, (before, after) in enumerate((pads[:2], pads[2:])):
        extent, size = x.shape[axis], call.given["kernel_shape"][axis]
        count = extent + before + after - size + 1
        found.append(windows(extent, size, [i - before for i in range(count)]))
        twice.append(count + (before + after if call.given["ceil_mode"] else 0))
    rows, cols = found
    alone = any(not reads for one in found for reads in one.reads)
    if min(twice) < 1 or (alone and rows.reads and cols.reads):
        return "refused"
    y = np.zeros((*twice, x.shape[2]))
    y[: len(rows.reads), : len(cols.reads)] = pooled(call, found)
    return y


def evaluator_same(call: Call) -> Foretold:
    """MaxPool's SAME has no max(0, ...); SAME_LOWER is SAME_UPPER with floor(n / T) windows."""
    word = call.given["auto_pad"]
    if call.operation != "pooling" or word not in ("SAME_UPPER", "SAME_LOWER") or plain(call):
        return None
    found = []
    for extent, size, stride, dilation, _ in each_axis(call):
        count = extent // stride if word == "SAME_LOWER" else -(-extent // stride)
        total = (count - 1) * stride + dilation * (size - 1) + 1 - extent
        starts = [i * stride - total // 2 for i in range(count)]
        found.append(windows(extent, size, starts, dilation))
    return pooled(call, found, empty=0)


def upper(call: Call) -> Foretold:
    """What holds of SAME_UPPER alone."""
    return evaluator_same(call) if call.given["auto_pad"] == "SAME_UPPER" else None


def auto_pad_and_ceil(call: Call) -> Foretold:
    """AveragePool refuses auto_pad with ceil_mode."""
    worded = call.operation == "average_pooling" and call.given["auto_pad"] != "NOTSET"
    return "refused" if worded and call.given["ceil_mode"] else None


def same_apart(call: Call) -> Foretold:
    """AveragePool fails for SAME where windows lie farther apart than they are long."""
    if call.operation != "average_pooling" or not call.given["auto_pad"].startswith("SAME"):
        return None
    totals = (onnx.same_total(n, size, stride, 1) for n, size, stride, _, _ in each_axis(call))
    return "refused" if min(totals) < 0 else None


def shifted(call: Call) -> Foretold:
    """AveragePool with ceil_mode: what windows reach beyond the end is padded half before.

    So the windows move. Where the start rule drops a window it fails.
    """
    if call.operation != "average_pooling" or not call.given["ceil_mode"]:
        return None
    found = []
    for extent, size, stride, _, sides in each_axis(call):
        if isinstance(sides, str):
            return None
        before, after = sides
        count = Axis(extent, size, stride, before, after, ceil=True).length
        extra = max((count - 1) * stride + size - extent - before - after, 0)
        if count < 1 or (extent + before + after + extra - size) // stride + 1 > count:
            return "refused"
        moved = before + extra // 2
        starts = [i * stride - moved for i in range(count)]
        found.append(windows(extent, size, starts, end=extent + before + after - moved))
    return pooled(call, found)


EVALUATOR = (
    Kind(
        "MaxPool with stride 1 and dilation 1 reads pads as top, bottom, left, right", wrong_order
    ),
    Kind("MaxPool's SAME_UPPER has no max(0, ...): where T > E windows move", upper),
    Kind("MaxPool's SAME_LOWER has floor(n / T) windows, and an odd rest behind", evaluator_same),
    Kind("AveragePool refuses auto_pad with ceil_mode", auto_pad_and_ceil),
    Kind("AveragePool fails for SAME where T > E", same_apart),
    Kind(
        "AveragePool with ceil_mode moves the windows by half of what they reach beyond the end, "
        "and fails where the start rule drops one",
        shifted,
    ),
    Kind(OPEN.says, lambda call: the_one_window(call, 0)),
)
