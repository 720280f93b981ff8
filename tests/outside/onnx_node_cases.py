"""ONNX's own tests of Conv, MaxPool, AveragePool and the global poolings, as it installs them."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from comparison import Comparison, compared
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases
from onnx.backend.test.loader import load_model_tests
from outside_call import Call, ours

from cnnspec import dialects, reference, spec
from cnnspec.spec import Array

TYPES: dict[str, tuple[str, Any]] = {
    "Conv": ("conv", dialects.onnx.conv),
    "MaxPool": ("pooling", dialects.onnx.max_pool),
    "AveragePool": ("average_pooling", dialects.onnx.average_pool),
    "GlobalMaxPool": ("pooling", dialects.onnx.global_pool),
    "GlobalAveragePool": ("average_pooling", dialects.onnx.global_pool),
}
IMAGES = 4  # the rank of a batch of images


class Case(NamedTuple):
    """A test: its graph of one node, the inputs of that, and the outputs that it expects."""

    name: str
    graph: Any
    inputs: list[Array]
    outputs: list[Array]

    @property
    def type(self) -> str:
        """The type of its node."""
        return str(self.graph.node[0].op_type)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of its node; words are text."""
        named = self.graph.node[0].attribute
        values = {one.name: onnx.helper.get_attribute_value(one) for one in named}
        return {name: v.decode() if isinstance(v, bytes) else v for name, v in values.items()}


def cases() -> Iterator[Case]:
    """The tests of one node that is of one of these types: node tests, then those of PyTorch's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other nodes, whose tests overflow
        nodes = collect_testcases(None)
    for test in nodes:
        if test.model is not None and of_one_node(test.model):
            inputs, outputs = test.data_sets[0]
            yield Case(test.name, test.model.graph, list(inputs), list(outputs))
    for kind in ("pytorch-converted", "pytorch-operator"):
        for test in load_model_tests(kind=kind):
            folder = Path(test.model_dir)
            model = onnx.load(folder / "model.onnx")
            if of_one_node(model):
                data = folder / "test_data_set_0"
                weights = [numpy_helper.to_array(one) for one in model.graph.initializer]
                inputs = read(data, "input")
                yield Case(test.name, model.graph, [*inputs, *weights], read(data, "output"))


def of_one_node(model: Any) -> bool:
    """Whether a model is a single node of one of these types."""
    nodes = model.graph.node
    return len(nodes) == 1 and nodes[0].op_type in TYPES


def read(folder: Path, kind: str) -> list[Array]:
    """The inputs or outputs of a data set."""
    count = len(list(folder.glob(f"{kind}_*.pb")))
    tensors = (onnx.load_tensor(folder / f"{kind}_{i}.pb") for i in range(count))
    return [np.asarray(numpy_helper.to_array(tensor)) for tensor in tensors]


def call_of(case: Case) -> Call | str:
    """The call that a node test makes, channels last, or why it is left out."""
    image, *others = case.inputs
    if image.ndim != IMAGES:
        return f"{image.ndim - 2} spatial axes, not two"
    operation, dialect = TYPES[case.type]
    given = case.attributes
    given.pop("storage_order", None)  # of the indices, which are another output
    if operation == "conv":
        given.pop("kernel_shape", None)  # the filters have it
    if case.type.startswith("Global"):
        given = dict(zip(("height", "width"), image.shape[2:], strict=True))
    arrays = [np.moveaxis(one, 1, -1) if one.ndim == IMAGES else one for one in others]
    call = Call(operation, (np.moveaxis(image[0], 0, -1), *arrays), given, dialect)
    return call if call.arguments else "the book has no dilation of an average pooling"


def judged(case: Case, call: Call) -> list[Comparison]:
    """What the reference and the book give, against what the test expects."""
    expected = np.moveaxis(case.outputs[0][0], 0, -1)
    exact = call._replace(arrays=tuple(one.astype(float) for one in call.arrays))
    return [compared(exact, ours(one, exact), expected, "float32") for one in (reference, spec)]


def four_digits(case: Case, call: Call) -> bool:
    """Whether a test of means has inputs and outputs that were rounded to four digits.

    Half a unit of the fourth digit may be missing in each input, so in a mean, and in the output.
    """
    expected, given = case.outputs[0][0], case.inputs[0]
    decimal = all(
        np.array_equal(np.round(one.astype(float), 4).astype("f4"), one)
        for one in (expected, given)
    )
    results = [ours(one, call) for one in (reference, spec)]
    return (
        call.operation == "average_pooling"
        and decimal
        and all(
            one is not None and np.abs(np.moveaxis(one, -1, 0) - expected).max() <= 2 * 0.00005
            for one in results
        )
    )


def main() -> int:
    """Print each case, and why those that are left out are; return how many disagree."""
    kept, left, wrong, printed = [], [], [], []
    for case in cases():
        call = call_of(case)
        if isinstance(call, str):
            left.append(f"{case.name}: {call}")
            continue
        verdicts = judged(case, call)
        kept.append(verdicts)
        if all(one.verdict == "same" for one in verdicts):
            continue
        if four_digits(case, call):
            printed.append(f"{case.name}: has four digits; ours lie within a unit of the last")
        else:
            wrong.append(f"{case.name}: {verdicts[0].verdict}, and the book {verdicts[1].verdict}")
    exact, bounded, opened = (
        sum(getattr(one, name) for one, *_ in kept) for name in ("exact", "bounded", "open")
    )
    print(f"## ONNX {onnx.__version__}: its node tests\n")
    print(f"{len(kept)} cases through the reference and through the book: {len(wrong)} disagree.")
    print(f"Elements: {exact} equal, {bounded} within A5's bound, {opened} left open.\n")
    for line in (
        *printed,
        *wrong,
        f"\n{len(left)} cases are left out:\n",
        *(f"- {one}" for one in left),
    ):
        print(line)
    return len(wrong)
