"""`cnnspec check --exec COMMAND --smoke`: whether a program keeps the protocol.

It tells "the program does not speak properly" from "its results are wrong", and looks at no clause.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np

from cnnspec.engine.first_calls import trivial
from cnnspec.kit.calls import LOST, Call, Outcome
from cnnspec.kit.operation import REGISTRY, expected, operation_of
from cnnspec.kit.session import difference
from cnnspec.operations import catalogue  # noqa: F401  the program is asked for what it lists
from cnnspec.spec import Edition
from cnnspec.targets import Options
from cnnspec.targets.channel import Lost
from cnnspec.targets.executable import Executable
from cnnspec.targets.wire import ProtocolError

MOMENT = 10.0
"""Seconds that many calls in a row may take."""


def shown(command: str, edition: Edition, options: Options, show: Callable[[str], None]) -> bool:
    """Test whether a program keeps the protocol, and show each point. Returns whether it does.

    Raises TargetError.
    """
    with closing(Executable(command, edition, options.timeout, options.variables())) as program:
        offer = program.offer
        show(f"{offer.name or command} · {', '.join(offer.ops)} · {', '.join(offer.dtypes)}")
        well = True
        for text, problem in protocol_points(program, edition):
            show(f"  {'FAIL' if problem else 'ok':<5} {text}{problem and ': ' + problem}")
            well = well and not problem
        if program.said():
            show(f"on standard error it said:\n{program.said()}")
    show("it keeps the protocol" if well else "it does not keep the protocol")
    return well


def protocol_points(program: Executable, edition: Edition) -> Iterator[tuple[str, str]]:
    """What is tried, and what was wrong with it, if anything."""
    yield "it starts, and says what it offers", ""
    for operation in program.offer.ops:
        dtype = (program.dtypes or program.offer.dtypes or ("float64",))[0]
        for one in trivial(operation)[::-1]:
            plain = one.with_arrays([a.astype(dtype) for a in one.arrays])
            yield f"{operation} of {shapes(plain)}", answered(program, plain, edition)
            if program.hung:
                return
        invalid = next(iter(REGISTRY[operation].inputs.worse()), None)
        if invalid is not None:
            plain = invalid.with_arrays([a.astype(dtype) for a in invalid.arrays])
            yield f"invalid {operation} of {shapes(plain)} is answered", died(program, plain)
        plain = trivial(operation)[0]
        plain = plain.with_arrays([a.astype(dtype) for a in plain.arrays])
        began = time.monotonic()
        yield f"{operation} after that", answered(program, plain, edition)
        times = max(2, min(100, int(MOMENT / (time.monotonic() - began + 1e-6))))
        often = "a hundred" if times == 100 else str(times)
        yield f"{operation} {often} times", answered(program, replace(plain, repeat=times), edition)
    yield "an operation that it does not know is unsupported", unknown(program)
    yield "it ends when its standard input ends", ended(program)


def shapes(call: Call) -> str:
    """The arguments of a call in a few words."""
    arrays = " with ".join(str(array.shape) for array in call.arrays)
    numbers = [one.name for one in operation_of(call).numbers if one.name in call.arguments]
    return ", ".join([arrays, *(f"{name} {call.arguments[name]}" for name in numbers)])


def died(program: Executable, call: Call) -> str:
    """What went wrong while a call was answered; the answer itself does not count."""
    outcome = program.answer(call)
    if "modified" in outcome.flags:
        return "an input file was written to"
    return outcome.message if outcome.kind in LOST else ""


def answered(program: Executable, call: Call, edition: Edition) -> str:
    """What is wrong with the answer to a valid call; a wrong value is a matter of the clauses."""
    outcome = program.answer(call)
    if outcome.kind == "unsupported":
        return ""
    if outcome.value is None:
        return f"{outcome.kind}: {outcome.message}"
    if "modified" in outcome.flags:
        return "an input file was written to"
    return misread(call, outcome, edition)


def misread(call: Call, outcome: Outcome, edition: Edition) -> str:
    """How a file was misread or miswritten, if the result is right otherwise."""
    value, wanted = outcome.value, expected(call, edition)
    if value is None or difference(value, wanted) is None:
        return ""
    if value.size == wanted.size and np.array_equal(value.ravel(), wanted.ravel(order="F")):
        return "the right numbers in Fortran order; the last axis varies fastest"
    if np.array_equal(value.ravel(), wanted.ravel().astype(value.dtype).byteswap()):
        return "the right numbers with their bytes swapped"
    return ""


def unknown(program: Executable) -> str:
    """What is wrong with the answer to a request of a later version of the protocol."""
    if program.process is None and not program.restart():
        return "it could not be started again"
    program.count += 1
    try:
        said, _ = program.exchange({"id": program.count, "op": "later"}, program.timeout)
    except (Lost, ProtocolError) as error:
        program.restart()
        return str(error)
    return "" if said["status"] == "unsupported" else f"the answer is {said['status']}"


def ended(program: Executable) -> str:
    """What is wrong with the way in which the program ends."""
    if program.process is None:
        return "it is not running"
    program.process.stdin.close()
    how = program.process.end()
    return "" if program.process.child.poll() == 0 else f"it {how}"
