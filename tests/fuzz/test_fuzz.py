"""Five thousand mutated files: frames or one clear error, and nothing else. README.md has the longer runs."""

import os

import pytest

from fuzz import campaign
from fuzz.corpus import corpus
from fuzz.mutate import mutation

COUNT = 5000
CHECKED_COUNT = 500
SEED = 2026
WORKERS = min(os.cpu_count() or 1, 2)


def assert_clean(report, count):
    assert not report.findings, report.findings[:5]
    assert sum(report.outcomes.values()) == count
    assert report.outcomes["error"] > count // 10
    assert report.outcomes["frames"] + report.outcomes["compared"] > count // 10


def test_mutations():
    report = campaign.run(SEED, COUNT, workers=WORKERS)
    assert_clean(report, COUNT)
    assert report.outcomes["compared"] > COUNT // 50


def test_mutations_with_bounds_checks(request):
    """No index of a kernel is ever out of its array; the kernels are compiled once for this."""
    folder = request.config.cache.mkdir("numba-boundscheck")
    assert_clean(
        campaign.run(SEED, CHECKED_COUNT, workers=1, environment=campaign.checked(folder)), CHECKED_COUNT
    )


def test_the_harness_sees_what_is_wrong():
    """A worker that crashes, hangs and fails: each is found, and the rest of the files is decoded."""
    report = campaign.run(0, 208, workers=2, worker="fuzz.broken_worker", seconds=1)
    assert report.outcomes == {"frames": 205, "crash": 1, "hang": 1, "RuntimeError": 1}
    assert {(finding["outcome"], finding["number"]) for finding in report.findings} == {
        ("crash", 3), ("hang", 205), ("RuntimeError", 207),
    }  # fmt: skip


def test_mutations_are_reproducible():
    files = corpus()
    for number in range(100):
        assert mutation(files, 1, number)[1:] == mutation(files, 1, number)[1:]
    assert len({mutation(files, 1, number)[1] for number in range(100)}) > 95


@pytest.mark.parametrize("file", corpus(), ids=lambda file: file.name)
def test_the_corpus_itself(file):
    """Every file is whole, and its parts lie where it says."""
    from fuzz.worker import outcome_of

    assert file.tiles
    assert file.headers
    assert all(0 <= start < end <= len(file.data) for start, end in file.tiles)
    outcome, words = outcome_of(file, file.data, any_end=True)
    assert outcome in ("frames", "compared"), words
