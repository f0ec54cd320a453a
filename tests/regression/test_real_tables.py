"""Tables as they are found: separators, comments, missing values, categories, formulas, models in files."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from cfl.errors import CflError
from cfl.regression import Table, fit_table, load_model, save_model, write_predictions, write_residuals

RNG = np.random.default_rng(5)
N = 80
DATA = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "z": RNG.uniform(1, 3, N),
        "k": RNG.choice(["b", "a", "c"], N),
        "level": RNG.choice([10, 2, 1], N),
        "a b": RNG.normal(size=N),
        "w": RNG.uniform(0.5, 2, N),
    }
)
DATA["y"] = 1 + DATA.x + DATA.z**2 + DATA.k.map({"a": 0, "b": 2, "c": -1}) + 0.1 * RNG.normal(size=N)
CLOSE = {"rtol": 1e-9}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "table.csv"
    DATA.to_csv(path, index=False)
    return path


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def number(row, name):
    return float(row[name])


def check(fit, theirs):
    """The same terms (by order), errors, R²."""
    terms = fit.summary.terms
    np.testing.assert_allclose([term.coef for term in terms], theirs.params, **CLOSE)
    np.testing.assert_allclose([term.standard_error for term in terms], theirs.bse, **CLOSE)
    assert fit.r2 == fit.summary.r2 == pytest.approx(theirs.rsquared, rel=1e-10)


@pytest.mark.parametrize(
    ("separator", "decimal", "comment"),
    [(";", ",", "#"), ("|", ".", "//"), ("\t", ",", None), (" ", ".", "%")],
)
def test_european_and_commented_text(tmp_path, separator, decimal, comment):
    numbers = DATA[["x", "z", "y"]]
    text = numbers.to_csv(index=False, sep=separator, decimal=decimal)
    if comment:
        lines = text.splitlines(keepends=True)
        text = (
            f"{comment} made today\n"
            + lines[0]
            + f"  {comment} more;1;2,3\n".join(lines[1:])
            + f"{comment} end"
        )
    path = tmp_path / "t.csv"
    path.write_text(text)
    fit = fit_table(path, y="y", separator=separator, decimal=decimal, comment=comment)
    check(fit, sm.OLS(DATA.y, sm.add_constant(DATA[["x", "z"]])).fit())


@pytest.mark.parametrize("word", ["", "NA", "n/a", "NaN", "null", " "])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_rows_without_a_value(tmp_path, word, suffix):
    numbers = DATA[["x", "z", "y"]].astype(object)
    numbers.loc[[3, 7], "x"] = word
    numbers.loc[[7, 60], "y"] = word
    path = tmp_path / f"t{suffix}"
    if suffix == ".csv":
        numbers.to_csv(path, index=False)
    else:
        numbers.replace(word, np.nan).astype(float).to_parquet(path)
    with pytest.raises(CflError, match="column 'x', row 4: "):
        fit_table(path, y="y")
    fit = fit_table(path, y="y", na="drop")
    rest = DATA.drop(index=[3, 7, 60])
    check(fit, sm.OLS(rest.y, sm.add_constant(rest[["x", "z"]])).fit())
    assert fit.dropped == 3
    assert "3 rows without a value were left out" in fit.to_text()
    write_residuals(fit, path, tmp_path / "r.csv")
    assert [int(row["row"]) for row in read(tmp_path / "r.csv")] == [int(k) + 1 for k in rest.index]


def test_the_message_names_column_row_and_cell(tmp_path):
    lines = ["x,price", *(f"{k},{k * k}" for k in range(1, 41)), "41,twelve", "42,3"]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    with pytest.raises(CflError, match=r"^column 'price', row 41: 'twelve' is not a number$"):
        fit_table(path, y="price")
    with pytest.raises(CflError, match="row 41: 'twelve' is not a number"):
        fit_table(path, y="price", na="drop")


def test_a_wrong_cell_far_down_has_its_own_row(tmp_path):
    path = tmp_path / "t.csv"
    rows = [f"{k},{k}" for k in range(300_000)]
    rows[250_000] = "1,1.2.3"
    path.write_text("# a comment\nx,y\n" + "\n".join(rows))
    with pytest.raises(CflError, match=r"column 'y', row 250001: '1\.2\.3' is not a number"):
        fit_table(path, y="y", comment="#")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x,y\na,1\nb,2\n", r"column 'x', row 1: 'a' is not a number \(is the column categorical\?\)"),
        ("x,y\n3,1\nb,2\n", "column 'x', row 2: 'b' is not a number$"),
        ("x,y\n3,1\nNA,2\nNA,2\n", "row 2: 'NA' is not a number \\(na=drop leaves such rows out\\)$"),
        ('x,y\n3,1\n"1,5",2\n', r"row 2: '1,5' is not a number \(does ',' stand before decimals\?\)"),
        ("x,y\n3,1\n\n4\n", "^row 2 has 1 cell, the table 2 columns: '4'$"),
        ("x,y\n" + 300_000 * "3,1\n" + "1,2,3\n", "^row 300001 has 3 cells, the table 2 columns: '1,2,3'$"),
    ],
)
def test_messages_say_where_and_what_may_help(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(CflError, match=message):
        fit_table(path, y="y", x=["x"])


def test_names_of_rows_are_no_categories(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,y\n" + "".join(f"n{k},{k % 7}\n" for k in range(1001)))
    with pytest.raises(CflError, match="column 'id' has more than 1000 different values"):
        fit_table(path, y="y", categorical=["id"])


@pytest.mark.parametrize(
    ("dotted", "written"),
    [
        ("y ~ .", "y ~ x + z + level + `a b`"),
        ("log(w) ~ . - z + I(x**2)", "log(w) ~ x + z + level + `a b` + y - z + I(x**2)"),
        ("y ~ I(0.5 * x) + .:z - 1", "y ~ I(0.5 * x) + (x + z + level + `a b`):z - 1"),
    ],
)
def test_a_dot_in_a_formula_is_all_other_columns(tmp_path, dotted, written):
    path = tmp_path / "t.csv"
    DATA.drop(columns="k").to_csv(path, index=False)
    weights = None if "w" in dotted else "w"
    fits = [fit_table(path, formula=formula, weights=weights) for formula in (dotted, written)]
    assert fits[0].features == fits[1].features
    np.testing.assert_array_equal(fits[0].model.coef_, fits[1].model.coef_)


def test_categorical_columns(table):
    fit = fit_table(table, y="y", x=["x", "k", "z"], categorical=["k"])
    dummies = pd.get_dummies(DATA.k, dtype=float)
    check(
        fit, sm.OLS(DATA.y, sm.add_constant(pd.concat([DATA.x, dummies[["b", "c"]], DATA.z], axis=1))).fit()
    )
    assert fit.features == ["x", "k[b]", "k[c]", "z"]
    assert fit.levels == {"k": ["a", "b", "c"]}
    assert "k is compared with its level 'a'" in fit.to_text()
    with pytest.raises(CflError, match=r"column 'k', row 1: '.' is not a number"):
        fit_table(table, y="y", x=["x", "k"])


def test_levels_that_are_numbers_are_in_their_order(table):
    fit = fit_table(table, y="y", x=["level"], categorical=["level"])
    assert fit.levels == {"level": ["1", "2", "10"]}


FORMULAS = [
    "y ~ x + C(k) + x:z + I(x**2)",
    "y ~ x * C(k) - 1",
    "y ~ 0 + C(k)",
    "log(y + 10) ~ sqrt(z) + exp(x)",
    "y ~ x + C(level)",
    "y ~ (x + z)**2",
]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("weights", [None, "w"])
def test_formulas_are_statsmodels(table, formula, weights):
    fit = fit_table(table, formula=formula, weights=weights)
    theirs = smf.wls(
        formula.replace("log", "np.log").replace("sqrt", "np.sqrt").replace("exp", "np.exp"),
        DATA,
        weights=DATA.w if weights else np.ones(N),
    ).fit()
    ours = sorted(term.coef for term in fit.summary.terms)
    np.testing.assert_allclose(ours, sorted(theirs.params), rtol=1e-8)
    assert fit.summary.residual_standard_error == pytest.approx(theirs.mse_resid**0.5, rel=1e-10)


def test_formula_with_a_name_in_backticks(table):
    fit = fit_table(table, formula="y ~ `a b` + I(`a b`**2) + C(`k`)")
    columns = [np.ones(N), DATA["a b"], DATA["a b"] ** 2, DATA.k == "b", DATA.k == "c"]
    theirs = sm.OLS(DATA.y, np.column_stack(columns).astype(float)).fit()
    np.testing.assert_allclose(sorted(t.coef for t in fit.summary.terms), sorted(theirs.params), rtol=1e-8)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x +", "formula"),
        ("y", "no '~'"),
        ("~ x", "no '~'"),
        ("y ~ 1", "no predictor"),
        ("y ~ nothing", "no column 'nothing'"),
        ("y ~ foo(x)", "foo is none of the functions C, I, abs"),
        ("y ~ C(k, levels=['a'])", "takes the name of one column"),
        ("y ~ I(x.real)", "Attribute is not allowed"),
        ("y ~ I(__import__('os').getpid())", "not allowed|none of the functions|is not a number"),
        ("y ~ I([1][0] * x)", "not allowed"),
        ("y ~ I((lambda: x)())", "not allowed|none of the functions"),
        ("y ~ log(x)", "is not a finite number in row"),
        ("y + x ~ z", "left side"),
        ("y ~ x | z", "more than two parts"),
        ("y ~ I(k)", "'k', row 1: '.' is not a number"),
        ("y ~ I('text')", "not a number"),
    ],
)
def test_bad_formulas(table, formula, message):
    with pytest.raises(CflError, match=message) as caught:
        fit_table(table, formula=formula)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["file", "standard input"])
@pytest.mark.parametrize("formula", ["y ~ x + C(k) + x:z + I(x**2)", None])
def test_streams_know_levels_that_come_late(table, monkeypatch, source, formula):
    lines = table.read_text().splitlines(keepends=True)
    body = sorted(lines[1:], key=lambda line: line.split(",")[2])
    table.write_text("".join([lines[0], *body * 300]))  # level c is at the end
    arguments = {"formula": formula} if formula else {"y": "y", "x": ["x", "k"], "categorical": ["k"]}
    whole = fit_table(table, **arguments)
    monkeypatch.setattr("cfl.regression.table_fit.IN_MEMORY", 1000)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(table.read_bytes()))))
    streamed = fit_table("-" if source == "standard input" else table, **arguments)
    assert streamed.streamed
    assert len(streamed.data) < 300 * N
    np.testing.assert_allclose(
        [t.coef for t in streamed.summary.terms], [t.coef for t in whole.summary.terms], rtol=1e-8
    )
    assert streamed.summary.r2 == pytest.approx(whole.summary.r2, rel=1e-10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": "y", "x": ["y"]}, "'y' is given as y and as x"),
        ({"y": "y", "x": ["x", "x"]}, "'x' is given twice"),
        ({"y": "y", "x": ["x"], "weights": "x"}, "'x' is given as x and as weights"),
        ({"y": "y", "weights": "y"}, "'y' is given as y and as weights"),
        ({"y": "y", "categorical": ["y"]}, "'y' is the target, which must be numbers"),
        ({"y": "y", "x": ["x"], "categorical": ["k"]}, "'k' is not among the predictors"),
        ({"y": "y", "x": ["x", "k"], "categorical": ["k", "k"]}, "given twice among the categorical"),
        ({"y": "y", "formula": "y ~ x"}, "leave out y and x"),
        ({}, "which column is to be explained"),
        ({"formula": "y ~ x", "fit_intercept": False}, "'- 1'"),
        ({"formula": "y ~ x", "weights": "x"}, "both in the formula and the weights"),
        ({"formula": "y ~ x", "categorical": ["k"]}, "'k' is not in the formula"),
        ({"y": "y", "x": ["x", "k"], "categorical": ["k"], "degree": 2}, "takes no categorical"),
        ({"y": "y", "x": ["x"], "separator": ";;"}, "separator must be one"),
        ({"y": "y", "x": ["x"], "decimal": ","}, "a comma cannot both"),
        ({"y": "y", "x": ["x"], "na": "skip"}, "na must be"),
        ({"y": "y", "x": ["x"], "separator": ";"}, "is ',' the separator"),
        ({"y": "y", "x": ["x"], "ridge": 1.0, "errors": "HC0"}, "for least squares, not for Ridge"),
        ({"y": "y", "x": ["x"], "confidence": 2}, "confidence must be between 0 and 1"),
    ],
)
def test_contradictions_are_one_line(table, arguments, message):
    with pytest.raises(CflError, match=message) as caught:
        fit_table(table, **arguments)
    assert "\n" not in str(caught.value)


def test_intervals_in_files_are_statsmodels(table, tmp_path):
    fit = fit_table(table, y="y", x=["x", "z"], weights="w")
    theirs = sm.WLS(DATA.y, sm.add_constant(DATA[["x", "z"]]), weights=DATA.w).fit()
    frame = theirs.get_prediction(weights=DATA.w).summary_frame(alpha=0.1)
    write_residuals(fit, table, tmp_path / "r.csv", interval=0.9)
    ours = pd.read_csv(tmp_path / "r.csv")
    assert list(ours.columns) == ["y", "prediction", "residual", "mean_low", "mean_high", "low", "high"]
    for mine, other in (
        ("prediction", "mean"),
        ("mean_low", "mean_ci_lower"),
        ("mean_high", "mean_ci_upper"),
        ("low", "obs_ci_lower"),
        ("high", "obs_ci_upper"),
    ):
        np.testing.assert_allclose(ours[mine], frame[other], rtol=1e-8)


def test_predictions_for_a_new_table_are_statsmodels(table, tmp_path):
    formula = "y ~ x + C(k) + I(z**2)"
    fit = fit_table(table, formula=formula)
    theirs = smf.ols(formula, DATA).fit()
    new = DATA.iloc[:9][["k", "z", "x"]].assign(x=lambda d: d.x + 3)
    new.to_csv(tmp_path / "new.csv", index=False)
    frame = theirs.get_prediction(new).summary_frame(alpha=0.05)
    write_predictions(fit, tmp_path / "new.csv", tmp_path / "out.csv")
    ours = pd.read_csv(tmp_path / "out.csv")
    names = ["mean", "mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]
    np.testing.assert_allclose(ours, frame[names], rtol=1e-8)
    new.assign(k="d").to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(CflError, match="column 'k', row 1: 'd' is none of the levels a, b, c"):
        write_predictions(fit, tmp_path / "new.csv", tmp_path / "other.csv")
    assert not (tmp_path / "other.csv").exists()


KINDS = [
    {},
    {"fit_intercept": False},
    {"degree": 3},
    {"degree": 14},
    {"degree": 40},
    {"robust": "huber"},
    {"robust": "theil-sen"},
    {"robust": "ransac"},
    {"ridge": 0.5},
    {"lines": 2},
]


@pytest.mark.parametrize("options", KINDS, ids=str)
def test_models_in_files_predict_the_same(table, tmp_path, options):
    fit = fit_table(table, y="y", x=["z"] if "degree" in options else ["x", "z"], **options)
    save_model(fit, tmp_path / "m.json")
    saved = load_model(tmp_path / "m.json")
    state = json.loads((tmp_path / "m.json").read_text())
    assert (state["format"], state["version"]) == ("cfl regression model", 1)
    assert state["fit"]["coef_"] == np.asarray(fit.model.coef_).tolist()
    for source, name in ((fit, "a.csv"), (saved, "b.csv")):
        write_predictions(source, table, tmp_path / name, interval=0.8)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (saved.target, saved.n_samples, saved.r2) == ("y", N, fit.r2)
    if hasattr(saved.model, "summary") and fit.summary:
        assert saved.model.summary(feature_names=fit.features) == fit.summary


def test_model_of_a_formula_in_a_file(table, tmp_path):
    fit = fit_table(table, formula="log(y + 10) ~ x*C(k) + I(z**2)")
    save_model(fit, tmp_path / "m.json")
    write_predictions(load_model(tmp_path / "m.json"), table, tmp_path / "a.csv")
    write_predictions(fit, table, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def change(state, path, value):
    *path, last = path
    for name in path:
        state = state[name]
    state[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "something", "no model that cfl fit saved"),
        (["version"], 2, "has version 2; this cfl reads version 1"),
        (["model"], "Popen", "damaged"),
        (["parameters"], {"nothing": 1}, "damaged"),
        (["fit", "coef_"], [1.0], "damaged"),
        (["fit", "coef_"], "text", "damaged"),
        (["fit", "predict"], [1.0], "damaged"),
        (["columns", "formula"], "y ~ I(__import__('os').getpid())", "not allowed|none of|is not a number"),
        (["features"], ["x"], "damaged"),
        (["solution", "factor"], "x", "damaged"),
    ],
)
def test_damaged_model_files(table, tmp_path, path, value, message):
    save_model(fit_table(table, formula="y ~ x + z"), tmp_path / "m.json")
    state = json.loads((tmp_path / "m.json").read_text())
    change(state, path, value)
    (tmp_path / "m.json").write_text(json.dumps(state))
    with pytest.raises(CflError, match=message):
        load_model(tmp_path / "m.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b"3"])
def test_files_that_are_no_models(tmp_path, content):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(CflError, match=r"m\.json"):
        load_model(tmp_path / "m.json")
    with pytest.raises(CflError, match="No such file"):
        load_model(tmp_path / "none.json")


def test_each_row_says_its_line(tmp_path):
    x = RNG.uniform(0, 10, 120)
    truth = np.arange(120) % 3 > 0
    y = np.where(truth, 2 * x, 50 - x)
    pd.DataFrame({"x": x, "y": y}).to_csv(tmp_path / "t.csv", index=False)
    fit = fit_table(tmp_path / "t.csv", y="y", lines=2)
    write_residuals(fit, tmp_path / "t.csv", tmp_path / "r.csv")
    rows = pd.read_csv(tmp_path / "r.csv")
    np.testing.assert_array_equal(rows.line == 1, truth)
    np.testing.assert_allclose(rows.residual, 0, atol=1e-6)
    write_predictions(fit, tmp_path / "t.csv", tmp_path / "p.csv")
    lines = pd.read_csv(tmp_path / "p.csv")
    np.testing.assert_allclose(np.where(truth, lines.line_1, lines.line_2), y, atol=1e-6)


@pytest.mark.parametrize("kind", ["ransac", "theil-sen"])
def test_seed(table, kind):
    one, other = (fit_table(table, y="y", x=["x", "z"], robust=kind) for _ in range(2))
    np.testing.assert_array_equal(one.model.coef_, other.model.coef_)
    assert one.model.get_params()["random_state"] == 0
    assert fit_table(table, y="y", x=["x"], robust=kind, seed=7).model.get_params()["random_state"] == 7


def test_parts_of_a_table(table):
    with pytest.raises(CflError, match="no column 'q'; its columns: x, z, k"):
        next(Table(table).parts(["q"]))
    source = Table(table)
    part = next(source.parts(["y", "x"], ["k"]))
    np.testing.assert_array_equal(part.numbers, DATA[["y", "x"]])
    assert part.texts[0].tolist() == DATA.k.tolist()
    assert part.rows.tolist() == list(range(1, N + 1))
    source.close()


def test_figures_of_several_predictors_show_partial_residuals(table, tmp_path):
    from cfl.regression import fit_figure

    fit = fit_table(table, y="y", x=["x", "k", "z"], categorical=["k"])
    X, y = fit.data[:, :4], fit.data[:, 4]
    figure = fit_figure(fit.model, X, y, features=fit.features, target="y")
    panels = {axes.get_xlabel(): axes for axes in figure.axes}
    assert {"x", "k[b]", "k[c]", "z"} <= set(panels)
    dots, line = panels["z"].lines
    theirs = sm.OLS(DATA.y, sm.add_constant(X)).fit()
    partial = theirs.resid + theirs.params.iloc[4] * (X[:, 3] - X[:, 3].mean())
    np.testing.assert_allclose(dots.get_ydata(), partial, atol=1e-9)
    assert np.ptp(line.get_ydata()) == pytest.approx(abs(theirs.params.iloc[4]) * np.ptp(X[:, 3]), rel=1e-9)
