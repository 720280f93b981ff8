"""The checks as pytest items: `pytest --cnnspec-target mycnn.py`, an item for each clause.

Nothing but pytest is imported until a target is named, and without one nothing is collected: the
plugin is loaded in every pytest run of everybody who has cnnspec installed.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cnnspec.engine.plan import Plan
    from cnnspec.kit.client import Client


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options and ini options."""
    group = parser.getgroup("cnnspec", "conformance of the layers of a convolutional network")
    group.addoption("--cnnspec-target", metavar="TARGET", help="file, module, object or built-in")
    group.addoption("--cnnspec-edition", choices=("standard", "article"), default="standard")
    group.addoption("--cnnspec-level", choices=("values", "core", "strict"), default="values")
    group.addoption("--cnnspec-budget", choices=("quick", "default", "deep"), default="default")
    group.addoption("--cnnspec-seed", type=int, default=0, metavar="N")
    group.addoption("--cnnspec-database", metavar="DIR", help="a folder of Hypothesis's examples")
    group.addoption("--cnnspec-timeout", type=float, default=20.0, metavar="SECONDS")
    parser.addini("cnnspec_target", "the target that cnnspec judges in every run")


def target_of(config: pytest.Config) -> str:
    """The target that is named, or an empty string."""
    return str(config.getoption("--cnnspec-target") or config.getini("cnnspec_target"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add an item for each clause, before -k and the like choose among them."""
    target = target_of(config)
    if not target:
        return
    from cnnspec.engine.judge import rows
    from cnnspec.engine.plan import Plan
    from cnnspec.kit.clauses import clauses
    from cnnspec.targets.target import named

    plan = Plan(
        named(target),
        edition=config.getoption("--cnnspec-edition"),
        level=config.getoption("--cnnspec-level"),
        budget=config.getoption("--cnnspec-budget"),
        seed=config.getoption("--cnnspec-seed"),
        database=config.getoption("--cnnspec-database"),
    )
    for result, _ in rows(plan):
        suffix = "" if result.level == clauses()[result.id].level else f"-{result.level}"
        name = f"cnnspec[{result.id}{suffix}]"
        item = ClauseItem.from_parent(session, name=name, nodeid=f"{target}::{name}")
        item.plan, item.clause, item.at = plan, result.id, result.level
        items.append(item)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """End the worker; and a run of nothing but clauses has collected something."""
    client = session.config.stash.get(CLIENT, None)
    if client is not None:
        client.close()
    yield


CLIENT: pytest.StashKey[Any] = pytest.StashKey()


class ClauseItem(pytest.Item):
    """One clause, judged on the target."""

    plan: "Plan"
    clause: str
    at: str

    def runtest(self) -> None:
        """Judge the clause. Raises ClauseFailed for a deviation."""
        from dataclasses import replace

        from cnnspec.engine.judge import judge
        from cnnspec.engine.verdict import decides

        report = judge(self.client(), replace(self.plan, only=(self.clause,)))
        (result,) = [one for one in report.clauses if one.level == self.at]
        if result.status == "absent":
            pytest.skip(result.message)
        if result.status == "error":
            problems = report.uncallable
            concerned = [problems[one] for one in result.uncallable if one in problems]
            raise ClauseFailed("\n".join([result.message, *concerned]))
        if result.status == "fail":
            text = self.explanation(result, report)
            if not decides(result, self.plan.level):
                pytest.xfail(f"level {self.at} does not decide: {result.message}")
            raise ClauseFailed(text)

    def client(self) -> "Client":
        """The target's worker, which all items of a process share."""
        from cnnspec.kit.calls import LEAST_TIMEOUT, MOST_TIMEOUT, TargetError
        from cnnspec.targets import Options
        from cnnspec.targets.client import start

        if CLIENT not in self.config.stash:
            timeout = self.config.getoption("--cnnspec-timeout")
            if not LEAST_TIMEOUT <= timeout <= MOST_TIMEOUT:
                raise pytest.UsageError(f"--cnnspec-timeout {timeout} is no time to wait")
            options = Options(timeout=timeout)
            try:
                client = start(self.plan.target, self.plan.edition, options)
            except TargetError as error:
                raise ClauseFailed(str(error)) from None
            self.config.stash[CLIENT] = client
        shared: Client = self.config.stash[CLIENT]
        return shared

    def explanation(self, result: Any, report: Any) -> str:
        """The clause's sentence, the smallest input, expected and got, and the likely bug."""
        from cnnspec.kit.clauses import clauses
        from cnnspec.report.blocks import behaves
        from cnnspec.report.grids import side_by_side
        from cnnspec.report.literal import example_code

        lines = [f"{self.clause}  {clauses()[self.clause].text}"]
        example = result.counterexample
        if example is not None:
            lines += example_code(example)
            if example.expected is not None and example.got is not None:
                lines += side_by_side(example.expected, example.got)
        lines.append(result.message)
        for found in report.diagnosis:
            if self.clause in found.clauses:
                lines += behaves(found)
        return "\n".join(lines)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The explanation alone, without a traceback of ours."""
        if isinstance(excinfo.value, ClauseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """Where the item is said to be."""
        return str(self.plan.target), None, f"cnnspec {self.clause}"


class ClauseFailed(Exception):  # noqa: N818  pytest shows its text
    """A clause from which the target deviates."""
