"""The report that a student reads: the same as `cnnspec check` shows, as HTML and as text."""

from cnnspec.engine.plan import Plan
from cnnspec.engine.report import Report
from cnnspec.report import lines, public


def of(report: Report, plan: Plan) -> tuple[str, str]:
    """A report as HTML to put into a page, and as text."""
    shown = public.Report(report, plan, lines.Beside(how="cnnspec check -v shows all"))
    return shown._repr_html_(), str(shown)
