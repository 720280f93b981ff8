from types import ModuleType

import pytest
from hypothesis import settings

from cnnspec import reference, spec

settings.register_profile("cnnspec", derandomize=True, deadline=None)
settings.load_profile("cnnspec")


@pytest.fixture(params=[spec, reference], ids=["spec", "reference"], scope="session")
def implementation(request: pytest.FixtureRequest) -> ModuleType:
    """Each of our two implementations: modules with conv, relu, pooling and stack."""
    module: ModuleType = request.param
    return module
