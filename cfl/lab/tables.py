"""The tables of a report, as rows of text: for the command line, Markdown and the page."""

from collections.abc import Sequence
from typing import NamedTuple

from cfl.lab.block_names import label_of, words_of
from cfl.lab.dataset import Results
from cfl.lab.intervals import Mean
from cfl.lab.summary import PLANES, Summary, summary_of, together


class Table(NamedTuple):
    """A table: the first column is names, the others are numbers."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables_of(results: Results, anchor: str | None = None) -> list[Table]:
    """All tables of a folder of results."""
    return tables(summary_of(results, anchor))


def tables(summary: Summary) -> list[Table]:
    """An overview, and then those of each block size."""
    of_groups = [table for group in summary.groups for table in tables_of_group(summary, group)]
    return [overview(summary), *of_groups] if len(summary.groups) > 1 else of_groups


def tables_of_group(summary: Summary, group: str) -> list[Table]:
    """Of predictors, one or two for a block size; of encoders one."""
    if summary.kind == "encoders":
        return [_of_encoders(summary)]
    rates = [_of_rates(summary, group)] if summary.has_rates else []
    return [_of_prediction(summary, group), *rates]


def overview(summary: Summary) -> Table:
    """One figure for each predictor and block size: its BD-rate, or without rates its gain."""
    if summary.kind == "encoders":
        return _of_encoders(summary)
    rows = [
        (name, *(_one_figure(summary, group, name) for group in summary.groups)) for name in summary.names
    ]
    header = ("predictor", *map(label_of, summary.groups))
    what = f"BD-rate against {summary.anchor}" if summary.has_rates else "PSNR over DC, dB"
    return Table(f"{what}, Cb and Cr, by block size, {_pictures(summary)}", header, rows)


def _one_figure(summary: Summary, group: str, name: str) -> str:
    if summary.has_rates:
        return _rate(summary, group, "UV", name)
    return decibels(_gain(summary, group, "UV", name))


def _of_encoders(summary: Summary) -> Table:
    rows = [
        (
            name,
            f"{summary.seconds[name]:.2f}",
            *(_rate(summary, "", metric, name) for metric in summary.metrics),
        )
        for name in summary.names
    ]
    title = f"BD-rate against {summary.anchor}, {_pictures(summary)}"
    return Table(title, ("encoder", "s/Mpx", *summary.metrics.values()), rows)


def _of_prediction(summary: Summary, block: str) -> Table:
    rows = []
    counts = [len(summary.sums[block, "UV"].get(name, {})) for name in summary.names]
    is_uneven = len(set(counts)) > 1  # a run was stopped, or a predictor fails
    for name, count in zip(summary.names, counts, strict=True):
        cells: list[str] = [name, str(count)] if is_uneven else [name]
        for plane in ("U", "V"):
            found = summary.sums[block, plane].get(name)
            if not found:
                cells += ["–", "–"]
                continue
            total = together(found.values())
            cells += [decibels(_gain(summary, block, plane, name)), _r2(total.r2)]
        both = summary.sums[block, "UV"].get(name)
        cells.append(f"{2 * together(both.values()).bits_a_block:.2f}" if both else "–")
        rows.append(cells)
    header = ["predictor", "pictures"] if is_uneven else ["predictor"]
    for plane in ("U", "V"):
        header += [f"{PLANES[plane]}: gain, dB", f"{PLANES[plane]}: R²"]
    title = f"Prediction, {words_of(block)}: PSNR over DC, {_pictures(summary)}"
    return Table(title, (*header, "bits a block"), rows)


def _gain(summary: Summary, block: str, plane: str, name: str) -> Mean:
    from cfl.lab.intervals import mean_of

    return mean_of(summary.gains(block, plane, name).values())


def _of_rates(summary: Summary, block: str) -> Table:
    rows = [
        (
            name,
            *(_rate(summary, block, plane, name) for plane in PLANES),
        )
        for name in summary.names
    ]
    title = f"BD-rate of chroma against {summary.anchor}, {words_of(block)}"
    return Table(title, ("predictor", *PLANES.values()), rows)


def _pictures(summary: Summary) -> str:
    count = len(summary.pictures)
    return "1 picture" if count == 1 else f"{count} pictures"


def _rate(summary: Summary, group: str, metric: str, name: str) -> str:
    """A BD-rate with its interval."""
    mean = summary.bd_rate(group, metric, name)
    is_anchor = name == summary.anchor and mean.value is not None
    return "0" if is_anchor else _with_interval(mean, "+.2f", " %")


def decibels(mean: Mean) -> str:
    """A gain with its interval."""
    return "0" if mean.low == mean.high == mean.value == 0 else _with_interval(mean, "+.2f", "")


def _with_interval(mean: Mean, form: str, unit: str) -> str:
    if mean.value is None:
        return "–"
    text = f"{mean.value:{form}}{unit}"
    if mean.low is None:
        return text
    return f"{text} ({mean.low:{form}} … {mean.high:{form}})"


def _r2(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


# --- Formats


def markdown(tables: Sequence[Table]) -> str:
    """Tables of Markdown."""
    parts = []
    for table in tables:
        lines = [
            f"### {table.title}",
            "",
            _line(table.header),
            _line(["---", *["---:"] * (len(table.header) - 1)]),
        ]
        parts.append("\n".join([*lines, *map(_line, table.rows)]) + "\n")
    return "\n".join(parts)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


COLUMNS = (
    "name", "block", "metric", "anchor", "pictures", "gain_db", "gain_low", "gain_high", "r2", "bits_a_block",
    "bd_rate", "bd_rate_low", "bd_rate_high", "seconds_per_megapixel",
)  # fmt: skip


def numbers(summary: Summary) -> list[dict[str, object]]:
    """All numbers, a row for each name, block size and metric."""
    rows: list[dict[str, object]] = []
    for name in summary.names:
        for group in summary.groups:
            for metric in summary.metrics:
                rate = summary.bd_rate(group, metric, name)
                row: dict[str, object] = dict.fromkeys(COLUMNS)
                row |= {
                    "name": name, "block": group or None, "metric": metric, "anchor": summary.anchor,
                    "pictures": len(summary.pictures), "bd_rate": rate.value, "bd_rate_low": rate.low,
                    "bd_rate_high": rate.high, "seconds_per_megapixel": summary.seconds[name],
                }  # fmt: skip
                found = summary.sums.get((group, metric), {}).get(name)
                if found:
                    total, gain = together(found.values()), _gain(summary, group, metric, name)
                    row |= {
                        "gain_db": gain.value, "gain_low": gain.low, "gain_high": gain.high, "r2": total.r2,
                        "bits_a_block": total.bits_a_block,
                    }  # fmt: skip
                rows.append(row)
    return rows
