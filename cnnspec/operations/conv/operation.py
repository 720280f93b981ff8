"""conv: what the verifier knows of it, as one value."""

from collections.abc import Iterator
from functools import partial

from cnnspec import reference, spec
from cnnspec.kit.calls import Call
from cnnspec.kit.cuts import along_axes, lengths, of_numbers
from cnnspec.kit.operation import Operation, Parameter, Roles
from cnnspec.operations.conv import inputs, option_cases, option_law, oracle, taps
from cnnspec.operations.conv.arguments import arguments
from cnnspec.operations.conv.crossing import CROSSING
from cnnspec.operations.conv.law import law
from cnnspec.operations.conv.looking import LOOKING
from cnnspec.operations.conv.options import LAWS, OPTIONS
from cnnspec.operations.conv.showing import SHOWN


def cuts(call: Call) -> Iterator[Call]:
    """A call with one dimension smaller, of image and filters alike."""
    if [a.ndim for a in call.arrays] in ([2, 3], [3, 4]):
        image, filters = call.arrays
        for n in lengths(len(filters)):
            yield call.with_arrays([image, filters[:n]])
        if image.ndim == 3 and image.shape[2] == filters.shape[3]:
            for n in lengths(image.shape[2]):
                yield call.with_arrays([image[..., :n], filters[..., :n]])
                yield call.with_arrays([image[..., -n:], filters[..., -n:]])
        for n in lengths(filters.shape[1]):
            yield call.with_arrays([image, filters[:, :n, :n]])
    yield from along_axes(call, 2)
    if any(one.name in call.arguments for one in OPTIONS):
        yield from of_numbers(call)
        yield from of_one_axis(call)


def of_one_axis(call: Call) -> Iterator[Call]:
    """A call whose filters are shorter along rows alone, or along columns alone."""
    image, filters, *bias = call.arrays
    for axis in (1, 2) if filters.ndim == len("NKKC") else ():
        for n in lengths(filters.shape[axis]):
            yield call.with_arrays([image, filters.take(range(n), axis), *bias])


CONV = Operation(
    name="conv",
    parameters=(Parameter("image", ("HW", "HWC")), Parameter("filters", ("NKK", "NKKC"))),
    roles=Roles(
        shape={"": "C6"},
        values={"": "C7"},
        rounding="C9",
        order="C8",
        causes={"C2": ("channel", "depth"), "C3": ("square",), "C4": ("odd", "even")},
        guards={
            "C1": (
                "(np.ndim(image), np.ndim(filters)) not in ((2, 3), (3, 4))",
                "the ranks of image and filters do not agree",
            ),
            "C2": (
                "np.ndim(image) == 3 and np.shape(image)[2] != np.shape(filters)[3]",
                "image and filters differ in channels",
            ),
            "C3": ("np.shape(filters)[1] != np.shape(filters)[2]", "a filter is not square"),
            "C4": ("np.shape(filters)[1] % 2 == 0", "the size of a filter is even; it must be odd"),
            "C5": (
                "np.shape(filters)[1] > min(np.shape(image)[:2])",
                "a filter does not fit into the image",
            ),
        },
        guards_with={
            "batch": {
                "C1": (
                    "(np.ndim(image), np.ndim(filters)) not in ((2, 3), (3, 4), (4, 4))",
                    "the ranks of image and filters do not agree",
                ),
                "C2": (
                    "np.ndim(image) > 2 and np.shape(image)[-1] != np.shape(filters)[3]",
                    "image and filters differ in channels",
                ),
            },
            "groups": {
                "C2": (
                    "np.ndim(image) > 2 and np.shape(image)[-1] != np.shape(filters)[3] * groups",
                    "the channels of the image are not those of all groups of the filters",
                ),
            },
        },
    ),
    definition=lambda edition: partial(spec.conv, edition=edition),
    reference=lambda edition: partial(reference.conv, edition=edition),
    arguments=arguments,
    oracle=oracle,
    cuts=cuts,
    inputs=inputs,
    law=law,
    option_law=option_law.law,
    impulses=taps.explained,
    crossing=CROSSING,
    shown=SHOWN,
    options=OPTIONS,
    laws=LAWS,
    varied=option_cases.OPTIONS,
    looking=LOOKING,
    alike="conv(ol|olve|olution)?|(cross)?correlat(e|ion)",
)
