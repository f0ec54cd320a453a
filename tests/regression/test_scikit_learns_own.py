"""scikit-learn's own tests, run with our estimators; those that cannot apply must fail."""

import re

import pytest
import scikit_learns_list
import scikit_learns_tests
import sklearn

pytestmark = pytest.mark.filterwarnings("default")
FOUND = {file: list(scikit_learns_tests.tests_with_our_estimators(file)) for file in scikit_learns_list.RUN}


@pytest.fixture(params=[42])
def global_random_seed(request):
    """Stand for scikit-learn's fixture of this name."""
    return request.param


@pytest.fixture(autouse=True)
def fails_where_it_cannot_apply(request):
    """Expect a test that is listed as one that cannot apply to fail; it is an error if it passes."""
    name, _, parameters = request.node.name.partition("[")
    listed = scikit_learns_list.CANNOT_APPLY.get(name)
    if listed is not None and re.search(listed.parameters, parameters):
        request.applymarker(pytest.mark.xfail(reason=listed.reason, strict=True))


@pytest.mark.skipif(
    not sklearn.__version__.startswith(scikit_learns_list.VERSION), reason="the lists are of another version"
)
@pytest.mark.parametrize("file", list(scikit_learns_list.RUN))
def test_each_test_is_listed(file):
    """As one that runs, or one that cannot apply; and there are no others in the lists."""
    found = {_own_name(file, name) for name, test in FOUND[file] if not hasattr(test, "_fixture_function")}
    run = {f"test_{file}_{name}" for name in scikit_learns_list.RUN[file]}
    listed = {
        name: case
        for name, case in scikit_learns_list.CANNOT_APPLY.items()
        if name.startswith(f"test_{file}_")
    }
    assert found == run | set(listed)
    assert {name for name, case in listed.items() if case.parameters} == run & set(listed)


def _own_name(file, name):
    """Return the name that a test of one of scikit-learn's files has here; fixtures keep theirs."""
    return name if not name.startswith("test_") else f"test_{file}_{name[5:]}"


for _file, _objects in FOUND.items():
    for _name, _object in _objects:
        globals()[_own_name(_file, _name)] = _object
