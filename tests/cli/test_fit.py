"""`cfl fit` as a process, against statsmodels, scikit-learn and NumPy."""

import csv
import io
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
    assert done.stderr == ""
    printed = cfl("fit", table, "--y", "y", "--x", "a", "--x", "b").stdout
    for word in ("intercept", "standard error", "AIC"):
        assert word in printed


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
    assert all(name in done.stdout for name in names)
    assert (tmp_path / "x.png").exists()


def test_report_goes_to_standard_output(cfl, table):
    """Unless something else does."""
    plain = cfl("fit", table, "--y", "y")
    assert "standard error" in plain.stdout
    assert plain.stderr == ""
    for words in (["--predict", table], ["--residuals", "-"]):
        done = cfl("fit", table, "--y", "y", *words)
        assert "standard error" not in done.stdout
        assert "standard error" in done.stderr
    done = cfl("fit", table, "--y", "y", "--json", "-")
    assert json.loads(done.stdout)["summary"]["terms"] and done.stderr == ""


@pytest.mark.parametrize("columns", ["80", "40", None])
@pytest.mark.parametrize("options", [[], ["--ridge", "1"], ["--robust", "huber"], ["--lines", "2"]])
def test_tables_keep_all_digits(cfl, tmp_path, columns, options):
    """At 80 columns, at 40 and in a pipe of any width; without boxes."""
    datasets = pytest.importorskip("sklearn.datasets")
    datasets.load_diabetes(as_frame=True).frame.to_csv(tmp_path / "d.csv", index=False)
    environ = {"COLUMNS": columns} if columns else {"COLUMNS": ""}
    report, _ = report_of(cfl, "d.csv", "--y", "target", *options)
    text = cfl("fit", "d.csv", "--y", "target", *options, environ=environ).stdout
    words = text.split()
    for coef in [value for line in np.atleast_2d(report["fit"]["coef_"]) for value in line]:
        assert f"{coef:.10g}" in words
    assert not any("─" <= character <= "╿" for character in text)
    if columns == "80":
        table_lines = text.split("\n\n")[0].splitlines()
        assert max(map(len, table_lines)) <= 80


def test_polynomial_through_all_rows(cfl, tmp_path):
    x = np.arange(20)
    y = 2 * x + 1
    y[[3, 9, 15]] += 500
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{a},{b}\n" for a, b in zip(x, y, strict=True)))
    report, done = report_of(cfl, "t.csv", "--y", "y", "--degree", 20)
    assert report["r2"] == 1
    assert done.stderr.count("cfl: warning: ") == 1
    assert "Warning" not in done.stderr
    assert ".py" not in done.stderr


def test_one_r2(cfl, tmp_path):
    sm = pytest.importorskip("statsmodels.api")
    sm.datasets.engel.load_pandas().data.to_csv(tmp_path / "e.csv", index=False)
    before = 0.0
    for degree in (1, 10, 20, 30):
        report, _ = report_of(cfl, "e.csv", "--y", "foodexp", "--degree", degree)
        assert before < report["r2"] == report["summary"]["r2"] < 1
        before = report["r2"]


def test_a_seed_is_fixed(cfl, tmp_path):
    sm = pytest.importorskip("statsmodels.api")
    sm.datasets.stackloss.load_pandas().data.to_csv(tmp_path / "s.csv", index=False)
    words = ["s.csv", "--y", "STACKLOSS", "--robust", "ransac"]
    runs = [
        report_of(cfl, *words, *more)[0]["fit"]["coef_"] for more in ([], [], ["--seed", 0], ["--seed", 0])
    ]
    assert runs[0] == runs[1] == runs[2] == runs[3]


GERMAN = (
    "# gemessen\nort;länge;preis\nBonn;1,5;2,5\nUlm;2,5;4\nBonn;3,5;\nUlm;4,5;6,25\nBonn;5;6,5\nUlm;7,25;9\n"
)


def test_european_table_with_formula_model_and_predictions(cfl, tmp_path):
    sm = pytest.importorskip("statsmodels.formula.api")
    pd = pytest.importorskip("pandas")
    (tmp_path / "t.csv").write_text(GERMAN, encoding="utf-8")
    reading = ["--sep", ";", "--decimal", ",", "--comment", "#", "--na", "drop"]
    words = ["t.csv", *reading, "--formula", "preis ~ länge + C(ort)", "--save", "m.json", "--interval", 0.9]
    report, _ = report_of(cfl, *words)
    frame = pd.read_csv(io.StringIO(GERMAN), sep=";", decimal=",", comment="#").dropna()
    theirs = sm.ols("preis ~ länge + C(ort)", frame).fit()
    coef = {term["name"]: term["coef"] for term in report["summary"]["terms"]}
    assert coef["länge"] == pytest.approx(theirs.params["länge"], rel=1e-10)
    assert coef["C(ort)[T.Ulm]"] == pytest.approx(theirs.params["C(ort)[T.Ulm]"], rel=1e-10)
    assert report["dropped"] == 1
    text = cfl("fit", *words).stdout
    assert "1 row without a value was left out" in text
    assert "ort is compared with its level 'Bonn'" in text
    (tmp_path / "new.csv").write_text("länge;ort\n2;Ulm\n9,5;Bonn\n", encoding="utf-8")
    done = cfl("fit", "--model", "m.json", "--predict", "new.csv", *reading, "--interval", 0.9)
    ours = pd.read_csv(io.StringIO(done.stdout)).drop(columns="row")
    new = pd.DataFrame({"länge": [2, 9.5], "ort": ["Ulm", "Bonn"]})
    names = ["mean", "mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]
    expected = theirs.get_prediction(new).summary_frame(alpha=0.1)[names]
    np.testing.assert_allclose(ours, expected, rtol=1e-9)
    cfl("fit", "t.csv", *words[1:], "--predict", "new.csv", "-o", "p.csv")
    assert pd.read_csv(tmp_path / "p.csv").drop(columns="row").equals(ours)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["good.csv"], "--y, or --formula"),
        (["--y", "y"], "which TABLE"),
        (["--model", "m.json"], "--model goes with --predict"),
        (["good.csv", "--model", "m.json", "--predict", "good.csv"], "without TABLE"),
        (["good.csv", "--y", "y", "--interval", "95"], "not between 0 and 1"),
        (["good.csv", "--y", "y", "--sep", "ab"], "not one character"),
        (["good.csv", "--y", "y", "--na", "skip"], "--na"),
        (["good.csv", "--y", "y", "--seed", "-1"], "--seed"),
        (["good.csv", "--y", "y", "--predict", "good.csv", "--json", "-"], "standard output: name a file"),
        (["good.csv", "--y", "y", "--residuals", "-", "--json", "-"], "standard output: name a file"),
        (["good.csv", "--y", "y", "-o", "p.csv"], "-o is for the predictions of --predict"),
    ],
)
def test_bad_usage(cfl, tmp_path, words, message):
    (tmp_path / "good.csv").write_text("x,y\n1,2\n2,3\n4,4\n5,9\n")
    done = cfl("fit", *words, status=2)
    assert message in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    "words",
    [
        ["--y", "y", "--x", "y"],
        ["--y", "y", "--x", "x", "--x", "x"],
        ["--y", "y", "--x", "x", "--weights", "x"],
        ["--y", "y", "--weights", "y"],
        ["--y", "y", "--x", "d"],
    ],
)
def test_a_column_in_two_roles(cfl, tmp_path, words):
    (tmp_path / "t.csv").write_text("x,y,d,d\n1,2,3,4\n2,3,1,5\n4,4,8,1\n5,9,2,4\n")
    done = cfl("fit", "t.csv", *words, status=1)
    assert done.stderr.startswith("cfl: error: ")
    assert done.stderr.count("\n") == 1


def test_unequal_variances(cfl, table):
    sm = pytest.importorskip("statsmodels.api")
    report, _ = report_of(cfl, table, "--y", "y", "--x", "a", "--errors", "HC3")
    theirs = sm.OLS(Y, sm.add_constant(X[:, :1])).fit(cov_type="HC3")
    errors = [term["standard_error"] for term in report["summary"]["terms"]]
    np.testing.assert_allclose(errors, theirs.bse, rtol=1e-10)
