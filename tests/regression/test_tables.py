"""Fits of tables in files: what is read, streamed, written and drawn."""

import csv
import io
import json
import sys

import numpy as np
import pytest
import statsmodels.api as sm

from cfl.errors import CflError
from cfl.regression import LinearRegression, fit_figure, fit_table, write_residuals

pyarrow = pytest.importorskip("pyarrow")


def table(n=200):
    rng = np.random.default_rng(0)
    luma, edge = rng.normal(size=n), rng.normal(size=n)
    chroma = 0.5 * luma - edge + 2 + 0.1 * rng.normal(size=n)
    return {"luma": luma, "edge": edge, "chroma": chroma, "w": rng.uniform(0.5, 2, n)}


def write(path, columns):
    """Write as the suffix says, with all digits."""
    if path.suffix == ".parquet":
        from pyarrow import parquet

        parquet.write_table(pyarrow.table(columns), path)
        return path
    with path.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writerow(columns)
        writer.writerows(zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True))
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_formats(tmp_path, suffix):
    columns = table()
    fit = fit_table(write(tmp_path / f"t{suffix}", columns), y="chroma", weights="w")
    design = sm.add_constant(np.column_stack([columns["luma"], columns["edge"]]))
    theirs = sm.WLS(columns["chroma"], design, weights=columns["w"]).fit()
    assert fit.features == ["luma", "edge"]
    np.testing.assert_allclose([term.coef for term in fit.summary.terms], theirs.params, rtol=1e-11)
    assert [term.name for term in fit.summary.terms] == ["intercept", "luma", "edge"]
    assert fit.r2 == pytest.approx(theirs.rsquared, rel=1e-11)
    assert not fit.streamed


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_standard_input(tmp_path, suffix, monkeypatch):
    content = write(tmp_path / f"t{suffix}", table()).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
    fit = fit_table("-", y="chroma", x=["luma"])
    line = np.polyfit(table()["luma"], table()["chroma"], 1)
    assert (fit.model.coef_[0], fit.model.intercept_) == pytest.approx(tuple(line), rel=1e-10)


def test_table_larger_than_memory(tmp_path, monkeypatch):
    path = write(tmp_path / "t.csv", table(60_000))
    whole = fit_table(path, y="chroma", weights="w")
    monkeypatch.setattr("cfl.regression.table_fit.IN_MEMORY", 1000)
    streamed = fit_table(path, y="chroma", weights="w")
    assert streamed.streamed
    assert len(streamed.data) < 60_000
    assert streamed.n_samples == 60_000
    np.testing.assert_allclose(streamed.model.coef_, whole.model.coef_, rtol=1e-11)
    assert streamed.r2 == pytest.approx(whole.r2, rel=1e-11)
    write_residuals(streamed, path, tmp_path / "a.csv")
    write_residuals(whole, path, tmp_path / "b.csv")
    a, b = (np.loadtxt(tmp_path / name, delimiter=",", skiprows=1) for name in ("a.csv", "b.csv"))
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_residuals(tmp_path):
    columns = table()
    path = write(tmp_path / "t.csv", columns)
    fit = fit_table(path, y="chroma", x=["luma"])
    write_residuals(fit, path, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text().startswith("chroma,prediction,residual\n")
    rows = np.loadtxt(tmp_path / "out.csv", delimiter=",", skiprows=1)
    np.testing.assert_array_equal(rows[:, 0], columns["chroma"])
    np.testing.assert_array_equal(rows[:, 1], fit.model.predict(columns["luma"][:, None]))
    np.testing.assert_array_equal(rows[:, 2], rows[:, 0] - rows[:, 1])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"degree": 2},
        {"robust": "huber"},
        {"robust": "theil-sen"},
        {"robust": "ransac"},
        {"ridge": 0.1},
        {"lines": 2},
        {"fit_intercept": False},
    ],
    ids=str,
)
@pytest.mark.parametrize("x", [["luma"], ["luma", "edge"]])
def test_every_kind_has_a_text_a_dictionary_and_a_figure(tmp_path, options, x):
    columns = table()
    path = write(tmp_path / "t.csv", columns)
    fit = fit_table(path, y="chroma", x=x, **options)
    loaded = json.loads(json.dumps(fit.to_dict()))
    assert loaded["fit"]["coef_"] == np.asarray(fit.model.coef_).tolist()
    assert loaded["n_samples"] == 200
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=120).print(fit)
    assert "luma" in text.getvalue()
    width = len(x)
    figure = fit_figure(fit.model, fit.data[:, :width], fit.data[:, width], features=x, target="chroma")
    figure.savefig(tmp_path / "f.png")
    assert (tmp_path / "f.png").stat().st_size > 5000


@pytest.mark.parametrize("options", [{"robust": "ransac"}, {"robust": "theil-sen"}, {"lines": 3}], ids=str)
def test_the_seed_decides_what_is_random(tmp_path, options):
    rng = np.random.default_rng(0)
    path = write(tmp_path / "t.csv", {name: rng.normal(size=40) for name in ("a", "b", "c", "y")})
    first, same, other = (
        fit_table(path, y="y", **options, **seed).model.coef_ for seed in ({}, {"seed": 0}, {"seed": 1})
    )
    np.testing.assert_array_equal(first, same)
    assert np.any(first != other)


def test_theil_sen_takes_weights(tmp_path):
    """A row of weight 0 is as if it were not there."""
    columns = table(60)
    columns["w"] = np.r_[np.zeros(20), np.ones(40)]
    path = write(tmp_path / "t.csv", columns)
    fit = fit_table(path, y="chroma", x=["luma"], weights="w", robust="theil-sen")
    assert fit.n_samples == 40
    rest = write(tmp_path / "r.csv", {name: column[20:] for name, column in columns.items()})
    expected = fit_table(rest, y="chroma", x=["luma"], robust="theil-sen")
    np.testing.assert_allclose(fit.model.coef_, expected.model.coef_)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_confidence_band_is_statsmodels(fit_intercept, weighted):
    columns = table(30)
    X = np.column_stack([columns["luma"], columns["edge"]])
    weights = columns["w"] if weighted else np.ones(30)
    model = LinearRegression(fit_intercept=fit_intercept).fit(X, columns["chroma"], weights)
    design = sm.add_constant(X) if fit_intercept else X
    theirs = (
        sm.WLS(columns["chroma"], design, weights=weights).fit().get_prediction(design).conf_int(alpha=0.1)
    )
    np.testing.assert_allclose(np.column_stack(model.confidence_band(X, confidence=0.9)), theirs, rtol=1e-10)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "is empty"),
        ("x,y\n", {}, "no rows"),
        ("x,y\n1,2\n3,4\n", {"y": "z"}, "no column 'z'; its columns: x, y"),
        ("x,y\n1,2\n3,4\n", {"x": ["q"]}, "no column 'q'"),
        ("x,x,y\n1,2,3\n", {}, "more than one column 'x'"),
        ("y\n1\n", {}, "no column to fit by"),
        ("x,y\n1,2\na,4\n", {}, "column 'x', row 2: 'a' is not a number"),
        ("x,y\n1,2\n,4\n", {}, "column 'x', row 2: the cell is empty"),
        ("x,y\n1,2\n3,nan\n", {}, "column 'y', row 2: 'nan' is not a number"),
        ("x,y\n1,2\n3,1e999\n", {}, "column 'y', row 2: '1e999' is not a finite number"),
        ("x,y\n1,2\n3\n", {}, "row 2 has 1 cell, the table 2 columns"),
        ("x,y,w\n1,2,-1\n3,2,1\n", {"weights": "w"}, "Negative"),
        ("x,y,w\n1,2,0\n3,2,0\n", {"weights": "w"}, "non-zero"),
        ("x,y\n1,2\n", {"degree": 2, "ridge": 1.0}, "one of degree, robust, ridge and lines"),
        ("x,y\n1,2\n", {"robust": "best"}, "huber, theil-sen, ransac"),
        ("x,y\n1,2\n", {"seed": -1}, "seed must be >= 0"),
        ("x,y\n1,2\n", {"x": ["y"]}, "column 'y' is given as y and as x"),
        ("x,y\n1,2\n", {"x": ["x", "x"]}, "column 'x' is given twice as x"),
        ("x,y\n1,2\n", {"x": ["x"], "weights": "x"}, "column 'x' is given as x and as weights"),
        ("x,y\n1,2\n", {"weights": "y"}, "column 'y' is given as y and as weights"),
        ("x,y\n1,2\n", {"robust": "ransac"}, "n_samples = 1"),
        ("\xff\xfe", {}, "not UTF-8"),
    ],
)
def test_bad_tables(tmp_path, content, options, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CflError, match=message) as caught:
        fit_table(path, **{"y": "y", **options})
    assert "\n" not in str(caught.value)


def test_missing_file_and_broken_parquet(tmp_path):
    with pytest.raises(CflError, match=r"cannot read .*No such file"):
        fit_table(tmp_path / "none.csv", y="y")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 but no more")
    with pytest.raises(CflError, match="cannot read"):
        fit_table(tmp_path / "t.parquet", y="y")


def test_one_row_has_no_summary(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,2\n3,5\n")
    fit = fit_table(path, y="y")
    assert fit.summary is None
    assert fit.model.coef_ == pytest.approx([1.5])
