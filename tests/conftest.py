import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings
from sampling import of_a_third

from cnnspec import reference, spec

settings.register_profile("cnnspec", derandomize=True, deadline=None)
settings.load_profile("cnnspec")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that another environment of tox tries."""
    items[:], left = of_a_third(items)
    config.hook.pytest_deselected(items=left)


@pytest.fixture(params=[spec, reference], ids=["spec", "reference"], scope="session")
def implementation(request: pytest.FixtureRequest) -> ModuleType:
    """Each of our two implementations: modules with conv, relu, pooling and stack."""
    module: ModuleType = request.param
    return module


@pytest.fixture(autouse=True)
def _no_module_stays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A module that a test wrote and imported is gone after it: another may bear its name."""
    yield
    written = str(tmp_path_factory.getbasetemp())
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(written):
            del sys.modules[name]


@pytest.fixture
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of its own, in which a check leaves nothing but its files to replay."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    yield
    assert {one.name for one in (tmp_path / "here").iterdir()} <= {".cnnspec"}
