"""`cfl fit` as a process, against statsmodels, scikit-learn and NumPy."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

RNG = np.random.default_rng(3)
X = RNG.uniform(-2, 5, (300, 2))
Y = 1.5 + X @ (2.0, -0.7) + RNG.normal(0, 0.3, 300)
WEIGHTS = RNG.uniform(0.5, 2, 300)


@pytest.fixture
def table(tmp_path):
    """A CSV file of two features, a target and weights."""
    path = tmp_path / "table.csv"
    rows = np.column_stack([X, Y, WEIGHTS])
    np.savetxt(path, rows, delimiter=",", header="a,b,y,w", comments="", fmt="%.17g")
    return path


def report_of(cfl, *words, **options):
    done = cfl("fit", *words, "--json", "-", **options)
    return json.loads(done.stdout), done


def test_summary_is_that_of_statsmodels(cfl, table):
    sm = pytest.importorskip("statsmodels.api")
    report, done = report_of(cfl, table, "--y", "y", "--x", "a", "--x", "b")
    expected = sm.OLS(Y, sm.add_constant(X)).fit()
    terms = report["summary"]["terms"]
    np.testing.assert_allclose([term["coef"] for term in terms], expected.params, rtol=1e-11)
    np.testing.assert_allclose([term["standard_error"] for term in terms], expected.bse, rtol=1e-10)
    assert report["r2"] == pytest.approx(expected.rsquared, rel=1e-12)
    for word in ("intercept", "standard error", "AIC"):
        assert word in done.stderr


def test_weights_and_no_intercept(cfl, table):
    report, _ = report_of(cfl, table, "--y", "y", "--x", "a", "--x", "b", "--weights", "w", "--no-intercept")
    root = np.sqrt(WEIGHTS)[:, None]
    expected = np.linalg.lstsq(root * X, root[:, 0] * Y, rcond=None)[0]
    np.testing.assert_allclose(report["fit"]["coef_"], expected, rtol=1e-10)
    assert report["fit"]["intercept_"] == 0


def test_polynomial_of_standard_input(cfl, tmp_path):
    x = np.linspace(0, 3, 50)
    text = "x\ty\n" + "".join(f"{a!r}\t{1 - 2 * a + 0.5 * a**3!r}\n" for a in x.tolist())
    report, _ = report_of(cfl, "-", "--y", "y", "--degree", 3, input=text)
    np.testing.assert_allclose(report["fit"]["coef_"], [-2, 0, 0.5], atol=1e-12)


@pytest.mark.parametrize("kind", ["huber", "theil-sen", "ransac"])
def test_robust_fits_do_not_mind_outliers(cfl, tmp_path, kind):
    x = np.linspace(0, 10, 120)
    y = 3 * x - 1 + RNG.normal(0, 0.05, x.size)
    y[::10] += 200
    np.savetxt(
        tmp_path / "o.csv", np.column_stack([x, y]), delimiter=",", header="x,y", comments="", fmt="%.17g"
    )
    report, _ = report_of(cfl, "o.csv", "--y", "y", "--robust", kind)
    assert report["fit"]["coef_"] == pytest.approx([3], abs=0.03)


def test_the_seed_is_fixed_and_can_be_chosen(cfl, tmp_path):
    """Two calls gave two answers."""
    rows = np.random.default_rng(0).normal(size=(40, 4))
    np.savetxt(tmp_path / "s.csv", rows, delimiter=",", header="a,b,c,y", comments="", fmt="%.17g")
    first, same, other = (
        report_of(cfl, "s.csv", "--y", "y", "--robust", "ransac", *seed)[0]["fit"]["coef_"]
        for seed in ((), ("--seed", 0), ("--seed", 1))
    )
    assert first == same != other


def test_two_lines(cfl, tmp_path):
    x = RNG.uniform(0, 10, 200)
    y = np.where(np.arange(200) % 2, 2 * x, 30 - x)
    np.savetxt(
        tmp_path / "l.csv", np.column_stack([x, y]), delimiter=",", header="x,y", comments="", fmt="%.17g"
    )
    report, _ = report_of(cfl, "l.csv", "--y", "y", "--lines", 2)
    np.testing.assert_allclose(sorted(np.ravel(report["fit"]["coef_"])), [-1, 2], atol=1e-6)


def test_perfect_fit_has_numbers_in_json_all_the_same(cfl, tmp_path):
    (tmp_path / "p.csv").write_text("x,y\n0,1\n1,3\n2,5\n3,7\n")
    report, _ = report_of(cfl, "p.csv", "--y", "y")
    assert (report["fit"]["coef_"], report["fit"]["intercept_"], report["r2"]) == ([2.0], 1.0, 1.0)


def test_parquet_is_the_same_as_csv(cfl, table, tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {"a": X[:, 0], "b": X[:, 1], "y": Y, "w": WEIGHTS}
    parquet.write_table(pyarrow.table(columns), tmp_path / "table.parquet")
    one, _ = report_of(cfl, table, "--y", "y")
    other, _ = report_of(cfl, "table.parquet", "--y", "y")
    assert one["fit"] == other["fit"]


def test_residuals_and_figure(cfl, table, tmp_path):
    cfl("fit", table, "--y", "y", "--x", "a", "--residuals", "r.csv", "--figure", "f.png")
    with (tmp_path / "r.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    slope, intercept = np.polyfit(X[:, 0], Y, 1)
    expected = Y - (intercept + slope * X[:, 0])
    np.testing.assert_allclose([float(row["residual"]) for row in rows], expected, atol=1e-12)
    with Image.open(tmp_path / "f.png") as figure:
        assert min(figure.size) > 300


BAD = {
    "missing file": ("none.csv", "--y", "y"),
    "missing column": ("good.csv", "--y", "z"),
    "text": ("text.csv", "--y", "y"),
    "not a number": ("nan.csv", "--y", "y"),
    "infinite": ("inf.csv", "--y", "y"),
    "empty": ("empty.csv", "--y", "y"),
    "only names": ("names.csv", "--y", "y"),
    "ragged": ("ragged.csv", "--y", "y"),
    "binary": ("binary.csv", "--y", "y"),
    "no Parquet": ("bad.parquet", "--y", "y"),
    "negative weights": ("weights.csv", "--y", "y", "--x", "x", "--weights", "w"),
    "y is x": ("good.csv", "--y", "y", "--x", "y"),
    "x twice": ("good.csv", "--y", "y", "--x", "x", "--x", "x"),
    "weights are x": ("weights.csv", "--y", "y", "--x", "x", "--x", "w", "--weights", "w"),
    "weights are y": ("weights.csv", "--y", "y", "--weights", "y"),
    "duplicated names": ("twice.csv", "--y", "y"),
    "two kinds": ("good.csv", "--y", "y", "--degree", "2", "--ridge", "1"),
    "degree": ("good.csv", "--y", "y", "--degree", "-1"),
    "ridge": ("good.csv", "--y", "y", "--ridge", "-1"),
    "lines": ("good.csv", "--y", "y", "--lines", "0"),
    "figure kind": ("good.csv", "--y", "y", "--figure", "f.xyz"),
    "figure folder": ("good.csv", "--y", "y", "--figure", "nowhere/f.png"),
}


@pytest.mark.parametrize("words", BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_leaves_nothing(cfl, tmp_path, words):
    files = {
        "good.csv": b"x,y\n1,2\n2,3\n4,4\n5,9\n",
        "text.csv": b"x,y\n1,two\n2,3\n",
        "nan.csv": b"x,y\n1,nan\n2,3\n",
        "inf.csv": b"x,y\n1,inf\n2,3\n",
        "empty.csv": b"",
        "names.csv": b"x,y\n",
        "twice.csv": b"x,x,y\n1,2,3\n2,3,4\n4,5,7\n",
        "ragged.csv": b"x,y\n1,2\n3\n",
        "binary.csv": bytes(range(256)),
        "bad.parquet": b"PAR1junk",
        "weights.csv": b"x,y,w\n1,2,1\n2,3,-1\n3,5,1\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    done = cfl("fit", *words, status=1)
    assert done.stderr.startswith("cfl: error: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert {path.name for path in tmp_path.iterdir()} == set(files)


@pytest.mark.parametrize("columns", [1, 2])
def test_names_of_columns_are_text(cfl, tmp_path, columns):
    """Neither markup nor mathematics."""
    names = ["[bold]a$_$", "b$_$"][:columns]
    rows = [[3, 1, 2], [4, 2, 5], [6.5, 3, 6], [8, 4, 9], [9, 6, 8]]
    lines = [",".join(["y$_$", *names]), *(",".join(map(str, row[: columns + 1])) for row in rows)]
    (tmp_path / "x.csv").write_text("\n".join(lines))
    done = cfl("fit", "x.csv", "--y", "y$_$", "--figure", "x.png")
    assert all(name in done.stderr for name in names)
    assert (tmp_path / "x.png").exists()
