"""How ONNX Runtime and ONNX's reference evaluator differ from the book, as formulas of one axis."""

import numpy as np
from foretold import OPEN, Along, Foretold, Kind, each_axis, pooled, the_one_window, windows
from outside_call import Call

from cnnspec import spec
from cnnspec.dialects import onnx

LEAST = float(np.finfo(np.float32).min)
SAME = {"SAME_UPPER": onnx.runtime_same, "SAME_LOWER": onnx.runtime_same_lower}


# ONNX Runtime


def wide_pads(call: Call) -> Foretold:
    """It refuses padding as large as the window, whatever the dilation."""
    if call.operation == "conv" or "pads" not in call.given:
        return None
    sizes = call.given["kernel_shape"] * 2
    wide = any(one >= size for one, size in zip(call.given["pads"], sizes, strict=True))
    return "refused" if wide else None


def same_axes(call: Call) -> list[Along]:
    """Rows and columns padded as ONNX Runtime's SAME does; none if another padding is asked for.

    SAME leaves the dilation of poolings out, and has no max(0, ...).
    """
    word = call.given["auto_pad"]
    if word not in SAME:
        return []
    sides = [SAME[word](one.extent, one.size, one.stride) for one in each_axis(call)]
    return [
        one._replace(before=before, after=after)
        for one, (before, after) in zip(each_axis(call), sides, strict=True)
    ]


def same_with_dilation(call: Call) -> Foretold:
    """Its Conv refuses SAME together with dilation."""
    worded = call.operation == "conv" and call.given["auto_pad"] in SAME
    return "refused" if worded and max(call.given["dilations"]) > 1 else None


def cut_conv(call: Call) -> Foretold:
    """Its Conv's SAME has no max(0, ...): it cuts rows and columns off."""
    axes = same_axes(call)
    if call.operation != "conv" or not is_cut(axes):
        return None
    image, filters, *bias = call.arrays
    for axis, one in enumerate(axes):
        pads = [(0, 0)] * 3
        pads[axis] = max(one.before, 0), max(one.after, 0)
        kept = slice(max(-one.before, 0), one.extent + min(one.after, 0))
        image = np.pad(image[(slice(None),) * axis + (kept,)], pads)
    named = {name: call.given[key] for name, key in (("stride", "strides"), ("groups", "group"))}
    return spec.conv(image, filters, *bias, **named, edition="general")


def is_cut(axes: list[Along]) -> bool:
    """Whether padding is negative anywhere."""
    return any(min(one.before, one.after) < 0 for one in axes)


def count_of(axis: Along, rounded_up: bool) -> int:
    """How many windows its poolings have."""
    return axis.rounded_up if rounded_up else onnx.runtime_length(*axis)


def undilated(call: Call) -> Foretold:
    """MaxPool's SAME pads as much as without dilation."""
    if call.operation != "pooling" or max(call.given["dilations"]) == 1:
        return None
    ceil = bool(call.given["ceil_mode"])
    found = [axis.windows(count_of(axis, ceil)) for axis in same_axes(call)]
    return pooled(call, found, empty=LEAST) if found else None


def unclipped(call: Call) -> Foretold:
    """Its poolings' SAME pads less than nothing where windows lie apart; MaxPool refuses that."""
    axes = same_axes(call)
    if call.operation == "conv" or not is_cut(axes):
        return None
    if call.operation == "pooling":
        return "refused"
    ceil = bool(call.given["ceil_mode"])
    return pooled(call, [axis.windows(count_of(axis, ceil)) for axis in axes])


def runtime_valid(call: Call) -> Foretold:
    """VALID of its poolings rounds up with ceil_mode."""
    axes = each_axis(call)
    asked = call.given["auto_pad"] == "VALID" and call.given.get("ceil_mode")
    if not asked or not any(one.room % one.stride or one.room < 0 for one in axes):
        return None
    return pooled(call, [axis.windows(axis.rounded_up) for axis in axes], empty=LEAST)


def runtime_misfit(call: Call) -> Foretold:
    """Without ceil, a window that does not fit by less than a stride is computed."""
    axes = each_axis(call)
    if call.operation == "conv" or call.given["ceil_mode"] or all(one.room >= 0 for one in axes):
        return None
    return pooled(call, [axis.windows(count_of(axis, False)) for axis in axes], empty=LEAST)


RUNTIME = (
    Kind("pads as large as the window are refused, whatever the dilation", wide_pads),
    Kind("Conv refuses SAME_UPPER and SAME_LOWER with dilation", same_with_dilation),
    Kind("Conv's SAME has no max(0, ...): where T > E it cuts rows and columns off", cut_conv),
    Kind("MaxPool's SAME leaves the dilation out of E", undilated),
    Kind("a pooling's SAME has no max(0, ...): windows move, MaxPool refuses", unclipped),
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
    if pads[1] == pads[2] and not (call.given["ceil_mode"] and any(pads)):
        return None
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


def alone(call: Call) -> Foretold:
    """MaxPool with stride 1 and dilation 1 fails where a window reads padding alone."""
    if call.operation != "pooling" or "pads" not in call.given or not plain(call):
        return None
    found = [axis.windows(max(axis.room + 1, 0)) for axis in each_axis(call)]
    return "refused" if any(not reads for one in found for reads in one.reads) else None


def moved_upper(call: Call) -> Foretold:
    """MaxPool's SAME_UPPER has no max(0, ...)."""
    return moved_same(call, "SAME_UPPER", [-(-one.extent // one.stride) for one in each_axis(call)])


def moved_lower(call: Call) -> Foretold:
    """MaxPool's SAME_LOWER has floor(n / T) windows, and pads as SAME_UPPER does."""
    return moved_same(call, "SAME_LOWER", [one.extent // one.stride for one in each_axis(call)])


def moved_same(call: Call, word: str, counts: list[int]) -> Foretold:
    """MaxPool's SAME with so many windows: as much padding as they need, the smaller half before.

    Only where that differs: other counts, an odd rest of SAME_LOWER, or less than nothing.
    """
    if call.operation != "pooling" or call.given["auto_pad"] != word or plain(call):
        return None
    found, differs = [], False
    for axis, count in zip(each_axis(call), counts, strict=True):
        total = (count - 1) * axis.stride - axis.room  # each_axis has no padding here
        differs |= total < 0
        differs |= word == "SAME_LOWER" and bool(axis.extent % axis.stride or total % 2)
        found.append(axis._replace(before=total // 2, after=0).windows(count))
    return pooled(call, found, empty=0) if differs else None


def auto_pad_and_ceil(call: Call) -> Foretold:
    """AveragePool refuses auto_pad with ceil_mode."""
    worded = call.operation == "average_pooling" and call.given["auto_pad"] != "NOTSET"
    return "refused" if worded and call.given["ceil_mode"] else None


def same_apart(call: Call) -> Foretold:
    """AveragePool fails for SAME where windows lie farther apart than they are long."""
    if call.operation != "average_pooling" or call.given["auto_pad"] not in SAME:
        return None
    totals = (onnx.same_total(one.extent, one.size, one.stride, 1) for one in each_axis(call))
    return "refused" if min(totals) < 0 else None


def shifted(call: Call) -> Foretold:
    """AveragePool with ceil_mode: what windows reach beyond the end is padded half before.

    So the windows move. Where the start rule drops a window it fails.
    """
    explicit = call.operation == "average_pooling" and "pads" in call.given
    if not explicit or not call.given["ceil_mode"]:
        return None
    found, differs = [], False
    for axis in each_axis(call):
        count = axis.rounded_up
        extra = max((count - 1) * axis.stride - axis.room, 0)
        if count < 1 or (axis.room + extra) // axis.stride + 1 > count:
            return "refused"
        moved = axis.before + extra // 2
        starts = [i * axis.stride - moved for i in range(count)]
        end = axis.extent + axis.before + axis.after - moved
        found.append(windows(axis.extent, axis.size, starts, end=end))
        differs |= extra > 0
    return pooled(call, found) if differs else None


EVALUATOR = (
    Kind(
        "MaxPool with stride 1 and dilation 1 reads pads as top, bottom, left, right", wrong_order
    ),
    Kind("MaxPool with stride 1 and dilation 1 fails for a window of padding alone", alone),
    Kind("MaxPool's SAME_UPPER has no max(0, ...): where T > E windows move", moved_upper),
    Kind("MaxPool's SAME_LOWER has floor(n / T) windows, and an odd rest behind", moved_lower),
    Kind("AveragePool refuses auto_pad with ceil_mode", auto_pad_and_ceil),
    Kind("AveragePool fails for SAME where T > E", same_apart),
    Kind(
        "AveragePool with ceil_mode moves the windows by half of what they reach beyond the end, "
        "and fails where the start rule drops one",
        shifted,
    ),
    Kind(OPEN.says, lambda call: the_one_window(call, 0)),
)
