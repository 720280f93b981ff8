"""Many calls of one form in a message: their arrays are described once, and follow one another."""

from collections.abc import Sequence

from cnnspec.kit.numerals import coded
from cnnspec.kit.stack import Answer, Stack
from cnnspec.targets import protocol
from cnnspec.targets.wire import Message, Packer, ProtocolError, Unpacker, number_of


def inline(calls: Stack, packer: Packer) -> Message:
    """Calls of one form, without an id, whose arrays follow the line."""
    arrays = {name: packer.add(values, stacked=True) for name, values in calls.arrays.items()}
    numbers = {name: coded(number) for name, number in calls.numbers.items()}
    return {"op": calls.operation, **arrays, **numbers, "stack": len(calls)}


def requested(message: Message, unpacker: Unpacker) -> Stack:
    """The calls that `inline` wrote: the worker's side. Raises ProtocolError."""
    arrays, numbers, count = {}, {}, message["stack"]
    for name, given in message.items():
        if isinstance(given, dict) and "number" not in given:
            arrays[name] = unpacker.take(given, count)
        elif name not in protocol.AROUND:
            numbers[name] = number_of(given)
    return Stack(message["op"], arrays, numbers)


def answered(answer: Answer, packer: Packer) -> Message:
    """What came of a stack: the worker's side."""
    if isinstance(answer, Sequence):
        return {"status": "ok", "answers": [protocol.answered(one, packer) for one in answer]}
    return {"status": "ok", "result": packer.add(answer, stacked=True), "stack": len(answer)}


def answers(
    message: Message, content: bytearray, stacks: Sequence[Stack], offer: protocol.Offer
) -> list[Answer]:
    """What came of each stack in a message. Raises ProtocolError."""
    unpacker, made = Unpacker(content), list[Answer]()
    for one, calls in zip(protocol.answers(message, len(stacks)), stacks, strict=True):
        if "answers" in one:
            several = protocol.answers(one, len(calls))
            made.append([protocol.outcome(each, offer, unpacker) for each in several])
            continue
        if type(one.get("stack")) is not int or one["stack"] != len(calls):
            raise ProtocolError(f"answers {len(calls)} calls of one form with no such number")
        made.append(unpacker.take(one.get("result"), len(calls)))
    unpacker.finish()
    return made
