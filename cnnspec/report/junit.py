"""A Report as JUnit XML: a test case for each clause."""

from collections.abc import Iterator
from xml.etree import ElementTree

from cnnspec.engine.plan import ClauseResult, Counterexample
from cnnspec.engine.report import Report
from cnnspec.kit.text import plain
from cnnspec.report.blocks import heading
from cnnspec.report.literal import example_code


def as_junit(report: Report) -> str:
    """The report as the text of an XML file."""
    judged = report.judged(report.level)
    suite = ElementTree.Element(
        "testsuite",
        name=f"cnnspec {plain(str(report.target), 1_000)} edition {report.edition}",
        tests=str(len(report.clauses)),
        failures=str(sum(one.status == "fail" and not one.known for one in judged)),
        errors=str(sum(one.status == "error" for one in judged)),
        time=f"{report.seconds:.3f}",
    )
    for one in report.clauses:
        add_case(suite, one, decides=one in judged)
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def texts(result: ClauseResult, first: Counterexample) -> Iterator[str]:
    """The calls that deviate, as code: the smallest, and those that do so in other ways."""
    yield from example_code(first)
    for _, found in result.more_examples():
        yield f"# {heading(result, found)} {plain(found.message)}"
        yield from example_code(found)


def add_case(suite: ElementTree.Element, result: ClauseResult, decides: bool) -> None:
    """Add the test case of a clause. If the clause does not decide, or is known, it is skipped."""
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=f"cnnspec.{result.level}",
        name=result.id,
        time=f"{result.seconds:.3f}",
    )
    if result.status == "pass":
        return
    if result.status == "fail" and decides and not result.known:
        failure = ElementTree.SubElement(case, "failure", message=result.message)
        if result.counterexample is not None:
            failure.text = "\n".join(texts(result, result.counterexample))
    elif result.status == "error" and decides:
        ElementTree.SubElement(case, "error", message=result.message)
    else:
        reason = f"known: {result.known}" if result.known else f"{result.status}: {result.message}"
        ElementTree.SubElement(case, "skipped", message=reason)
