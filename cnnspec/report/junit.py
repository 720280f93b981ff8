"""A Report as JUnit XML: a test case for each clause."""

from xml.etree import ElementTree

from cnnspec.engine.judge import Report
from cnnspec.engine.plan import ClauseResult
from cnnspec.kit.text import plain
from cnnspec.report.literal import case_code


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


def add_case(suite: ElementTree.Element, one: ClauseResult, decides: bool) -> None:
    """The test case of a clause; what does not decide, or is known, counts as skipped."""
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"cnnspec.{one.level}", name=one.id, time=f"{one.seconds:.3f}"
    )
    if one.status == "pass":
        return
    if one.status == "fail" and decides and not one.known:
        failure = ElementTree.SubElement(case, "failure", message=one.message)
        if one.counterexample is not None:
            failure.text = "\n".join(case_code(one.counterexample.case))
    elif one.status == "error" and decides:
        ElementTree.SubElement(case, "error", message=one.message)
    else:
        reason = f"known: {one.known}" if one.known else f"{one.status}: {one.message}"
        ElementTree.SubElement(case, "skipped", message=reason)
