"""The checks as pytest items: `pytest --cnnspec-target mycnn.py`, an item for each clause.

Nothing but pytest is imported until a target is named, and without one nothing is collected: the
plugin is loaded in every pytest run of everybody who has cnnspec installed.
"""

from collections.abc import Generator
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options and ini options."""
    group = parser.getgroup("cnnspec", "conformance of the layers of a convolutional network")

    def option(name: str, text: str, **more: Any) -> None:
        group.addoption(f"--cnnspec-{name}", help=text, **more)

    option("target", "file, module, object, exec:COMMAND, or a built-in name", metavar="TARGET")
    option(
        "edition",
        "the article as meant (standard) or as published (article), or with options (general); "
        "if not given, general where the target takes an option, else standard",
        choices=("standard", "article", "general"),
    )
    option(
        "level",
        "up to which level a deviation fails",
        choices=("values", "core", "strict"),
        default="values",
    )
    option(
        "budget",
        "how much is tried",
        choices=("quick", "default", "deep"),
        default="default",
    )
    option("seed", "draws the inputs", type=int, default=0, metavar="N")
    option("database", "a folder of Hypothesis's examples", metavar="DIR")
    option("timeout", "how long one call may take", type=float, default=20.0, metavar="SECONDS")
    option("only", "only these clauses, as in C7,P4", metavar="IDS")
    option("deviations", "TOML file of deviations that are expected", metavar="FILE")
    parser.addini("cnnspec_target", "the target that cnnspec judges in every run")


def target_of(config: pytest.Config) -> str:
    """The target that is named, or an empty string."""
    return str(config.getoption("--cnnspec-target") or config.getini("cnnspec_target"))


RUN: pytest.StashKey[Any] = pytest.StashKey()
"""The one Run of a session, if a target is named."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Read the options. Raises UsageError for one that cannot be used.

    Where pytest-xdist spreads the items, this process has none, and starts the target to see
    whether that can be done.
    """
    config = session.config
    if target_of(config):
        from cnnspec.pytest_plugin.run import asked

        config.stash[RUN] = run = asked(config, target_of(config))
        if config.pluginmanager.hasplugin("dsession"):
            run.start()
            run.close()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add an item for each clause to what the session collects."""
    report = yield
    run = collector.config.stash.get(RUN, None)
    if run is not None and isinstance(collector, pytest.Session) and report.passed:
        from cnnspec.pytest_plugin.items import Clauses

        target = str(run.plan.target)
        clauses = Clauses.from_parent(collector, name=target, nodeid=target)
        clauses.run = run
        report.result = [*report.result, clauses]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Leave out clauses of another edition, and add the item that says whether enough was judged.

    Raises UsageError if there is something to judge, and the target cannot be loaded.
    """
    run = session.config.stash.get(RUN, None)
    if run is not None and not session.config.pluginmanager.hasplugin("dsession"):
        from cnnspec.pytest_plugin.items import enough_items, leave_out_other_editions

        if not session.config.option.collectonly:
            leave_out_other_editions(session, run)
        session.items += enough_items(session, run)
        if run.rows and run.whole and not session.config.option.collectonly:
            run.start()


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """End the worker."""
    run = session.config.stash.get(RUN, None)
    if run is not None:
        run.close()
    return (yield)
