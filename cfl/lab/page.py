"""A report as one page of HTML, which needs neither a network nor scripts."""

import shlex
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from cfl import __version__
from cfl.lab import charts
from cfl.lab.block_names import is_size, label_of, words_of
from cfl.lab.charts import Series, Spread
from cfl.lab.dataset import MOST_FAILURES, Results
from cfl.lab.intervals import mean_of
from cfl.lab.picture_list import is_url
from cfl.lab.summary import PLANES, Summary
from cfl.lab.tables import Table, overview, tables_of_group
from cfl.lab.wins import Scene, scenes

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(results: Results, summary: Summary, thumbnails: int) -> str:
    """The whole page.

    Parameters
    ----------
    results : Results
    summary : Summary
        Of them.
    thumbnails : int
        How many pictures to show where each predictor wins most, and where it loses most.
    """
    style = files("cfl.lab").joinpath("report.css").read_text()
    title = f"{len(summary.names)} {summary.kind} on {_count(len(summary.pictures), 'picture')}"
    sections = [part for part in _sections(results, summary, thumbnails) if part]
    links = "".join(f'<a href="#{_id(name)}">{escape(name)}</a>' for name, _ in sections)
    body = "".join(
        f'<section id="{_id(name)}"><h2>{escape(name)}</h2>{text}</section>' for name, text in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body><main>"
        f"<h1>{escape(title)}</h1><p class=soft>{escape(_subtitle(summary))}</p>"
        f"{_facts(results, summary)}<nav>{links}</nav>{body}</main></body></html>\n"
    )


Section = tuple[str, str]


def _sections(results: Results, summary: Summary, thumbnails: int) -> Iterator[Section | None]:
    yield "Overview", _table(overview(summary), summary) + _overview_words(summary)
    for group in summary.groups:
        yield _group_section(summary, group)
    yield _sizes_section(summary)
    if summary.kind == "predictors" and thumbnails:
        yield _wins_section(summary, thumbnails)
    yield _failures_section(results)
    yield "How it was run", _runs(results)
    yield "What the figures mean", _meaning(summary)


def _id(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _subtitle(summary: Summary) -> str:
    if summary.kind == "encoders":
        return f"Encoders of AV1 against {summary.anchor}: bytes, quality and time of still pictures."
    return f"Predictors of chroma from luma on the same blocks, against {summary.anchor}."


def _facts(results: Results, summary: Summary) -> str:
    facts = [(str(len(summary.pictures)), "pictures"), (str(len(summary.names)), summary.kind)]
    if summary.kind == "predictors":
        facts.append((", ".join(summary.groups), "blocks, luma samples"))
    found = sorted(
        {p.quality for c in summary.curves.values() for n in c.values() for k in n.values() for p in k}
    )
    if found:
        facts.append((", ".join(map(str, found)), "qualities"))
    facts.append((summary.anchor, "anchor"))
    failed = len(results.failures())
    if failed:
        facts.append((str(failed), "failed"))
    items = "".join(f"<li><b>{escape(value)}</b><span>{escape(word)}</span></li>" for value, word in facts)
    return f'<ul class="facts">{items}</ul>'


def _legend(summary: Summary) -> str:
    items = "".join(f"<li>{charts.key(index)}{escape(name)}</li>" for index, name in enumerate(summary.names))
    return f'<ul class="legend">{items}</ul>'


def _overview_words(summary: Summary) -> str:
    if summary.has_rates:
        text = f"Below 0 %, fewer bits than {summary.anchor} for the same PSNR. "
    else:
        text = "Above 0 dB, better than DC alone. "
    return f"<p class=soft>{text}In brackets: the 95 % interval over pictures.</p>"


def _table(table: Table, summary: Summary) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "".join(
        f"<tr{' class=anchor' if row[0] == summary.anchor else ''}>{''.join(map(_cell, row))}</tr>"
        for row in table.rows
    )
    return (
        f"<h3>{escape(table.title)}</h3><div class=wide><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    """Intervals are smaller; a BD-rate whose interval is on one side of 0 has a colour."""
    value, bracket, rest = text.partition(" (")
    if not bracket:
        return f"<td>{escape(text)}</td>"
    interval = f" <small>({escape(rest).replace('-', '−')}</small>"
    kind = ""
    if "%" in value:
        ends = [end.strip(" )") for end in rest.split("…")]
        if all(end.startswith("-") for end in ends):
            kind = " class=good"
        elif all(end.startswith("+") for end in ends):
            kind = " class=bad"
    return f"<td{kind}>{escape(value).replace('-', '−')}{interval}</td>"


# --- A block size, or all encoders


def _group_section(summary: Summary, group: str) -> Section:
    is_new = summary.kind == "predictors"  # the overview has the encoders' table
    parts = [_table(table, summary) for table in tables_of_group(summary, group) if is_new]
    if summary.has_rates:
        parts += [_rate_charts(summary, group), _spread_chart(summary, group)]
    elif summary.kind == "predictors":
        parts.append(_gain_spread(summary, group))
    name = "Curves" if summary.kind == "encoders" else words_of(group).capitalize()
    return name, "".join(parts)


def _rate_charts(summary: Summary, group: str) -> str:
    metrics = ("yuv", "u", "v", "ciede2000") if summary.kind == "encoders" else ("U", "V")
    drawn = "".join(_rate_chart(summary, group, metric) for metric in metrics)
    return f'{_legend(summary)}<div class="charts">{drawn}</div>'


def _rate_chart(summary: Summary, group: str, metric: str) -> str:
    series = []
    for index, name in enumerate(summary.names):
        curve = summary.mean_curve(group, metric, name)
        points = [
            (p.density, p.decibels, f"{name}, quality {p.quality}: {p.density:.3f} bits, {p.decibels:.2f} dB")
            for p in curve
        ]
        if points:
            series.append(Series(name, index, points))
    if not series:
        return ""
    of_what = "pixel" if summary.kind == "encoders" else "chroma sample"
    x = charts.logarithmic([point[0] for each in series for point in each.points], f"bits a {of_what}")
    y = charts.linear([point[1] for each in series for point in each.points], "dB")
    title = summary.metrics[metric]
    return _figure(title, charts.lines(series, x, y, f"Rate and distortion of {title}"), "")


def _figure(title: str, chart: str, caption: str) -> str:
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure><h3>{escape(title)}</h3>{chart}{below}</figure>"


def _spread_chart(summary: Summary, group: str) -> str:
    """The BD-rates of the pictures."""
    metric = "yuv" if summary.kind == "encoders" else "UV"
    rows = [
        _spread(summary, name, index, summary.bd_rates(group, metric, name), "{:+.1f} %")
        for index, name in enumerate(summary.names)
        if index > 0
    ]
    label = f"BD-rate against {summary.anchor}, {summary.metrics[metric]}, %"
    return _strips(rows, label, "One mark for each picture; below them, the mean and its 95 % interval.")


def _gain_spread(summary: Summary, group: str) -> str:
    """The differences of PSNR of the pictures."""
    rows = [
        _spread(summary, name, index, summary.differences(group, "UV", name), "{:+.2f} dB")
        for index, name in enumerate(summary.names)
        if index > 0
    ]
    label = f"PSNR of Cb and Cr over that of {summary.anchor}, dB"
    return _strips(rows, label, "One mark for each picture; below them, the mean and its 95 % interval.")


def _spread(summary: Summary, name: str, colour: int, values: dict[str, float], form: str) -> Spread:
    points = [
        (value, f"{short_name(summary.pictures[key])}: {form.format(value)}") for key, value in values.items()
    ]
    mean = mean_of(values.values())
    return Spread(name, colour, points, mean.value, mean.low, mean.high)


def _strips(rows: Sequence[Spread], label: str, caption: str) -> str:
    rows = [row for row in rows if row.points]
    if not rows:
        return ""
    values = [value for row in rows for value, _ in row.points]
    x = charts.linear(values, label, count=8, zero=True)
    return _figure("Distribution over pictures", charts.strips(rows, x, label), caption)


# --- Sizes


def _sizes_section(summary: Summary) -> Section | None:
    """The gain by block size: of those asked for, and of those that "auto" or a file has."""
    asked = [group for group in summary.groups if is_size(group)]
    figures = []
    if len(asked) > 1:
        figures += [_gain_chart(summary, plane, asked, "blocks of that size only") for plane in ("U", "V")]
    figures += [_chosen_sizes_chart(summary, plane) for plane in ("U", "V")]
    text = "".join(figures)
    return ("Gain by block size", f'{_legend(summary)}<div class="charts">{text}</div>') if text else None


def _gain_chart(summary: Summary, plane: str, groups: list[str], words: str) -> str:
    series = []
    for index, name in enumerate(summary.names):
        points = []
        for place, group in enumerate(groups):
            mean = mean_of(summary.gains(group, plane, name).values())
            if mean.value is not None:
                points.append((place, mean.value, f"{name}, {group}: {mean.value:+.2f} dB"))
        series.append(Series(name, index, points))
    return _gain_figure(series, groups, "block size, luma samples", f"{PLANES[plane]}: {words}")


def _chosen_sizes_chart(summary: Summary, plane: str) -> str:
    by_name = summary.sizes.get(plane, {})
    sizes = sorted(
        {size for found in by_name.values() for size in found}, key=lambda size: (size[0] * size[1], size)
    )
    if not sizes:
        return ""
    series = []
    for index, name in enumerate(summary.names):
        points = []
        for place, size in enumerate(sizes):
            sums = by_name.get(name, {}).get(size)
            if sums is not None and sums.gain is not None:
                points.append((place, sums.gain, f"{name}, {size[0]}x{size[1]}: {sums.gain:+.2f} dB"))
        series.append(Series(name, index, points))
    labels = [f"{width}x{height}" for width, height in sizes]
    others = " and ".join(label_of(group) for group in summary.groups if not is_size(group))
    return _gain_figure(
        series, labels, "block size, chroma samples", f"{PLANES[plane]}: the sizes of {others}"
    )


def _gain_figure(series: list[Series], labels: list[str], label: str, title: str) -> str:
    series = [each for each in series if each.points]
    if not series:
        return ""
    x = charts.categories(labels, label)
    values = [point[1] for each in series for point in each.points]
    y = charts.linear(values, "PSNR over DC, dB", zero=True)
    return _figure(title, charts.lines(series, x, y, title), "")


# --- Wins and losses


def _wins_section(summary: Summary, thumbnails: int) -> Section:
    parts = [
        "<p class=soft>By BD-rate of Cb and Cr where there are rates, else by PSNR. Residuals are shown "
        "4 times as large: gray is none, blue and red are the errors of Cb and Cr.</p>"
    ]
    block = summary.groups[0]
    for index, (name, won, lost) in enumerate(scenes(summary, block, thumbnails)):
        opened = " open" if index == 0 else ""
        title = escape(f"{name} against {summary.anchor}, {words_of(block)}")
        both = _scenes("Wins most", won) + _scenes("Loses most", lost)
        parts.append(f"<details{opened}><summary>{title}</summary>{both}</details>")
    return "Where each wins and loses", "".join(parts)


def _scenes(title: str, found: list[Scene]) -> str:
    if not found:
        return f"<h3>{title}</h3><p class=soft>No picture.</p>"
    return f'<h3>{title}</h3><div class="pictures">{"".join(map(_scene, found))}</div>'


def _scene(scene: Scene) -> str:
    name = escape(short_name(scene.picture))
    images = "".join(
        f'<span><img src="{url}" alt="{escape(words)} of {name}" loading="lazy">{escape(words)}</span>'
        for words, url in scene.images
    )
    note = f'<p class="soft">{escape(scene.note)}</p>' if scene.note else ""
    return f'<div class="picture"><p><b>{escape(scene.score)}</b> {name}</p>{note}<div>{images}</div></div>'


def short_name(picture: str) -> str:
    """The end of a picture's name."""
    return PurePosixPath(picture.partition("::")[0]).name if is_url(picture) else Path(picture).name


# --- The rest


def _failures_section(results: Results) -> Section | None:
    failures = results.failures()
    if not failures:
        return None
    items = "".join(f"<li>{escape(row['error'])}</li>" for row in failures[:MOST_FAILURES])
    more = len(failures) - MOST_FAILURES
    rest = f"<p class=soft>and {more} more</p>" if more > 0 else ""
    return "What failed", f"<ul>{items}</ul>{rest}"


def _runs(results: Results) -> str:
    parts = []
    for run in results.runs():
        name = Path(run["command"][0]).name
        command = shlex.join(["cfl" if name == "__main__.py" else name, *run["command"][1:]])
        seconds = "not finished" if run["seconds"] is None else f"{run['seconds']:.0f} s"
        rows: list[tuple[str, Any]] = [
            ("command", f"<code>{escape(command)}</code>"),
            ("began", escape(run["began"])),
            ("took", seconds),
            ("workers", escape(str(run["workers"]))),
            ("machine", escape(f"{run['machine']}, {run['processors']} processors")),
            ("software", escape(f"cfl {run['cfl']}, Python {run['python']}")),
        ]
        rows += [(escape(key), escape(_words(value))) for key, value in run["experiment"].items() if value]
        parts.append("<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>")
    return "<hr>".join(parts) + f"<p class=soft>Report made by cfl {__version__}.</p>"


def _words(value: Any) -> str:
    if isinstance(value, dict):
        value = [f"{name} {of_it}" for name, of_it in value.items()]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _meaning(summary: Summary) -> str:
    return "".join(f"<p>{text}</p>" for text in _MEANINGS[summary.kind])


_MEANINGS = {
    "encoders": (
        "<b>BD-rate</b>: bytes for the same quality, in per cent more or less than the anchor, by PCHIP over "
        "the part of the curves that both have; the mean over pictures.",
        "<b>s/Mpx</b>: seconds on one thread for a megapixel, mean over all encodes.",
        "All encode the same YUV 4:2:0 planes of 8 bits; libdav1d decodes; a rate is the bytes of the OBUs.",
    ),
    "predictors": (
        "<b>Gain</b>: PSNR of the prediction over that of DC_PRED on the same blocks, mean over pictures.",
        "<b>R²</b>: of the prediction about each plane's mean, over all samples.",
        "<b>Bits a block</b>: what the predictor sends for Cb and Cr together.",
        "<b>BD-rate</b>: bits of chroma for the same PSNR of chroma, in per cent more or less than the "
        "anchor. A rate is the bits of the predictor and those of the residual's coefficients, as the "
        "encoder's search counts them. It leaves out the in-loop filters, the bits of luma and of block "
        "sizes, and an encoder's choice of other modes.",
        "In curves, a point is the mean over the pictures of their bits a sample and of their PSNR.",
    ),
}
