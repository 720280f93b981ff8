"""`cnnspec explain`: a clause, its checks and an example; generated, not typed."""

from collections.abc import Iterator
from itertools import islice

from cnnspec.kit.check import Check
from cnnspec.kit.clauses import Clause, clauses
from cnnspec.kit.client import NoTarget
from cnnspec.kit.session import Session
from cnnspec.operations.catalogue import checks, faults
from cnnspec.report.literal import case_code, written

SOME = 8
"""So many of the faults that a clause catches are shown."""


def listed() -> Iterator[str]:
    """A line for each clause."""
    for clause in clauses().values():
        editions = "" if len(clause.editions) > 1 else f" [{clause.editions[0]}]"
        strict = " [strict]" if clause.level == "strict" else ""
        yield f"{clause.id:<4} {clause.operation}{editions}{strict}: {clause.text}"


def explained(clause: Clause) -> Iterator[str]:
    """Sentence, edition, level, checks, a worked example, and the faults that it catches."""
    editions = " and ".join(clause.editions)
    yield f"{clause.id} · {clause.operation} · edition {editions} · level {clause.level}"
    yield ""
    yield f"  {clause.text}"
    yield ""
    yield "Checks:"
    own = [one for one in checks() if one.clause == clause.id]
    for one in own:
        level = f" (level {one.level})" if one.level != clause.level else ""
        yield f"  {one.name.replace('_', ' ')}{level}: {one.doc}"
        yield f"    witness: {one.witness}"
    yield ""
    yield "Example:"
    yield from (f"  {text}" for text in example(own, clause))
    yield ""
    yield "Catches, for instance:"
    caught = [fault for fault in faults() if clause.id in fault.clauses]
    for fault in caught[:SOME]:
        yield f"  {fault.id}: {fault.sentence}"
    if len(caught) > SOME:
        yield f"  and {len(caught) - SOME} more; `cnnspec faults` lists all"


def example(own: list[Check], clause: Clause) -> Iterator[str]:
    """A case of a check, and what it shall give."""
    edition = clause.editions[0]
    session = Session(NoTarget(), edition)
    for one in own:
        if one.cases is None:
            continue
        few = list(islice(one.cases(session), 40))
        case = max(few[:12], key=lambda c: sum(a.size for a in c[-1].arrays) % 24)
        yield from case_code(case)
        try:
            yield f"# gives {written(session.expected(case[-1]))}"
        except Exception:
            yield "# is rejected"
        return


def matrix() -> Iterator[str]:
    """The table clause by check by witness."""
    yield f"{'clause':<7}{'level':<8}{'editions':<18}{'check':<28}witness"
    for one in checks():
        editions = ", ".join(one.editions)
        name = one.name.replace("_", " ")
        yield f"{one.clause:<7}{one.level:<8}{editions:<18}{name:<28}{one.witness}"
    unchecked = set(clauses()) - {one.clause for one in checks()}
    if unchecked:
        yield f"without a check: {', '.join(sorted(unchecked))}"


ADAPTER = '''"""Makes my implementation a target of cnnspec: fill in, then `cnnspec check {name}`.

A target offers any of these three functions; delete those that you have not.
"""

import cnnspec

# import mycnn  # your own code


def conv(image, filters):
    """image (H, W) or (H, W, C); filters (N, K, K) or (N, K, K, C); gives (H-K+1, W-K+1, N).

    Neither stride nor padding; a bias, if yours wants one, is zero.
    """
    # If yours takes other layouts, let cnnspec.adapt convert them:
    #     conv = cnnspec.adapt(conv=mycnn.conv, image="NCHW", filters="OIHW").conv
    # If yours keeps its weights in an object, make one and set them:
    #     layer = mycnn.Conv(len(filters), filters.shape[1])
    #     layer.weight = filters
    #     return layer.forward(image)
    # What yours cannot express, decline; such cases are not judged:
    #     if image.ndim == 2: raise cnnspec.Unsupported("images without a channel axis")
    raise cnnspec.Unsupported("conv is not filled in")


def relu(feature_map):
    """feature_map (H, W, C); gives the same shape."""
    raise cnnspec.Unsupported("relu is not filled in")


def pooling(feature_map, size=2, stride=2):
    """feature_map (H, W, C); gives (Ho, Wo, C)."""
    #     if stride != size: raise cnnspec.Unsupported("stride other than size")
    raise cnnspec.Unsupported("pooling is not filled in")
'''
"""What `cnnspec init` writes."""
