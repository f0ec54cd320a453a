"""Every branch of the walk is taken by some stream. It takes minutes: SYNTAX_COVERAGE=1 asks for it."""

import os

import pytest
import syntax_coverage


@pytest.mark.skipif(
    "SYNTAX_COVERAGE" not in os.environ, reason="takes minutes: SYNTAX_COVERAGE=1 asks for it"
)
def test_every_branch_is_taken():
    assert syntax_coverage.in_other_process() == []
