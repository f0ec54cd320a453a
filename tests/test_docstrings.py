"""Every public name has a complete docstring, and the examples in docstrings run and give what they show."""

import ast
import doctest
import importlib
import inspect
import itertools
import pkgutil
import re
import warnings
from dataclasses import is_dataclass
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from numpydoc.docscrape import NumpyDocString, get_doc_object
from numpydoc.validate import validate
from public_api import PACKAGES, constants, names_of, public_members, public_names, resolve

import cfl
from cfl import regression

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(cfl.__path__, "cfl.")
    if "__main__" not in name and not name.startswith("cfl.cli")
]
NAMES = public_names()
MEMBERS = public_members()

CHECKS = {
    "GL03", "GL05", "GL06", "GL07", "GL08", "GL10",  # form of the whole
    "SS01", "SS02", "SS03", "SS04", "SS06",  # one summary line
    "PR02", "PR03", "PR04", "PR05", "PR06", "PR07", "PR08", "PR09", "PR10",  # parameters and attributes
    "RT01", "RT03", "RT04", "RT05", "YD01",  # what comes back
    "SA02", "SA03", "SA04",  # each entry says why to go there
}  # fmt: skip
"""Of numpydoc's checks. PR01 (all parameters are there), SA01 and EX01 have tests of their own here."""


def sections(obj):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpydoc warns of sections that it does not know or has twice
        return NumpyDocString(inspect.getdoc(obj) or "")


def names_in(obj, section):
    """The names that a section documents, each without the stars of ``**params``."""
    return {name.strip(" *") for entry in sections(obj)[section] for name in entry.name.split(",")}


def takes_parameters(obj):
    """Whether something can be called with parameters of its own.

    Exceptions without a constructor have that of all exceptions, and enumerations that of all enumerations.
    """
    is_plain_exception = inspect.isclass(obj) and issubclass(obj, Exception) and "__init__" not in vars(obj)
    is_enumeration = inspect.isclass(obj) and issubclass(obj, Enum)
    return callable(obj) and not is_plain_exception and not is_enumeration


def example_code(obj):
    """The commands of the examples, without what they print."""
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(obj) or "")
    return "".join(example.source for example in examples)


def source_of(name, package):
    """The module that a package's stub takes a name from."""
    stub = Path(importlib.import_module(package).__file__).with_suffix(".pyi").read_text("utf-8")
    imports = [statement for statement in ast.parse(stub).body if isinstance(statement, ast.ImportFrom)]
    return next(one.module for one in imports if name in [alias.name for alias in one.names])


def own_class(full_name):
    return NAMES[full_name.rpartition(".")[0]]


@pytest.mark.parametrize("name", [*NAMES, *MEMBERS])
def test_follows_numpydoc(name):
    obj = (NAMES | MEMBERS)[name]
    codes = CHECKS - {"RT01"} if sections(obj)["Yields"] else CHECKS  # it may return a generator
    errors = [error for error in validate(get_doc_object(obj))["errors"] if error[0] in codes]
    assert errors == []


@pytest.mark.parametrize("name", [name for name, obj in (NAMES | MEMBERS).items() if takes_parameters(obj)])
def test_documents_every_parameter(name):
    obj = (NAMES | MEMBERS)[name]
    documented = names_in(obj, "Parameters")
    if is_dataclass(obj) or hasattr(obj, "_fields"):  # of which users often read the fields only
        documented |= names_in(obj, "Attributes")
    assert set(inspect.signature(obj).parameters) - {"self", "cls"} <= documented


@pytest.mark.parametrize("name", NAMES)
def test_attributes_have_a_type_and_a_description(name):
    for attribute in sections(NAMES[name])["Attributes"]:
        assert attribute.type and attribute.desc, attribute.name


@pytest.mark.parametrize("name", NAMES)
def test_has_examples_and_see_also(name):
    doc = sections(NAMES[name])
    assert doc["Examples"]
    assert doc["See Also"]


WITHOUT_EXAMPLE = {
    "cfl.regression.Moments.mean",
    "cfl.regression.Moments.merge",
    "cfl.regression.Moments.r2",
    "cfl.regression.Table.close",
    "cfl.regression.Table.columns",
    "cfl.regression.TableFit.to_dict",
}
"""Members that only the examples of their class show. A name leaves this list when it gets an example."""


@pytest.mark.parametrize("name", MEMBERS)
def test_member_has_an_example(name):
    """A reader of one member's page alone sees how it is used."""
    doc = sections(MEMBERS[name])
    assert bool(doc["Examples"]) == (name not in WITHOUT_EXAMPLE)
    if not doc["Examples"]:
        short = name.rpartition(".")[2]
        assert re.search(rf"\.{short}\b", example_code(own_class(name)))


def test_list_of_members_without_example_is_true():
    assert set(MEMBERS) >= WITHOUT_EXAMPLE


@pytest.mark.parametrize("name", [*NAMES, *MEMBERS])
def test_see_also_exists(name):
    for targets, _ in sections((NAMES | MEMBERS)[name])["See Also"]:
        for target, _ in targets:
            resolve(target, name)


@pytest.mark.parametrize("name", [*NAMES, *MEMBERS])
def test_examples_run_alone(name):
    """The examples import what they use, so that they can be copied."""
    text = inspect.getdoc((NAMES | MEMBERS)[name]) or ""
    test = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_examples_are_not_skipped():
    """Nothing in an example is left out of the tests."""
    skipped = [
        name for name, obj in (NAMES | MEMBERS).items() if "doctest: +SKIP" in (inspect.getdoc(obj) or "")
    ]
    assert skipped == []


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_modules(name):
    """Examples of private names, and in the headings of modules."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("package", [package for package in PACKAGES if package != "cfl.errors"])
def test_no_file_hides_a_public_name(package):
    """Importing a module puts it into its package, in the place of what has the same name there.

    Only where the module holds the name itself does the package put that back.
    """
    files = {module.name for module in pkgutil.iter_modules(importlib.import_module(package).__path__)}
    for name in files & set(names_of(package)):
        assert source_of(name, package) in (None, name)  # None: the name is that of a subpackage


@pytest.mark.parametrize("name", constants())
def test_constants_are_explained(name):
    """A string stands below the constant, where it is assigned."""
    package, _, short = name.rpartition(".")
    module = importlib.import_module(f".{source_of(short, package)}", package)
    body = ast.parse(inspect.getsource(module)).body
    for statement, following in itertools.pairwise(body):
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == short for target in targets):
            assert isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            assert following.value.value.strip()
            return
    pytest.fail(f"{name} is not assigned in {module.__name__}")


@pytest.mark.parametrize(
    "name", [name for name, obj in NAMES.items() if hasattr(obj, "fit") and hasattr(obj, "score")]
)
def test_estimators_document_what_fit_sets(name):
    x = np.arange(12.0)[:, None]
    estimator = NAMES[name]().fit(x, 2 * x[:, 0] + (x[:, 0] % 3 == 0))
    fitted = {attribute for attribute in vars(estimator) if attribute.endswith("_")}
    documented = {entry.name for entry in sections(NAMES[name])["Attributes"]}
    assert fitted | {"feature_names_in_"} == documented


def test_finds_the_estimators():
    assert {"cfl.regression.LinearRegression", "cfl.regression.Ridge"} <= set(NAMES)
    assert regression.LinearRegression.predict in MEMBERS.values()
