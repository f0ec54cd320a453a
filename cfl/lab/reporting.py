"""What a folder of results says, for people: `report`."""

import csv
import io
import os
from collections.abc import Sequence

from cfl.arguments import one_of, whole
from cfl.lab.dataset import MOST_FAILURES, Results
from cfl.lab.selection import sources
from cfl.lab.summary import summary_of
from cfl.lab.tables import COLUMNS, markdown, numbers, tables


def report(
    results: str | os.PathLike[str],
    *,
    anchor: str | None = None,
    format: str = "html",  # noqa: A002 - the plain word
    thumbnails: int = 10,
    plugins: Sequence[str | os.PathLike[str]] = (),
) -> str:
    """Sum up a folder of results.

    Parameters
    ----------
    results : path-like
        What `run` or `compare_encoders` made.
    anchor : str, optional
        The predictor or encoder that the others are compared with: by default "cfl", or the first encoder.
    format : {"html", "md", "csv"}
        "html": a page with tables and curves that needs no other file; "md": the tables in Markdown; "csv":
        all numbers, a row for each predictor or encoder, block size and metric.
    thumbnails : int, default 10
        In the page: the number of pictures to show where each predictor wins most, and where it loses most.
        They are read and predicted again for it.
    plugins : sequence of path-like
        Python files with predictors of one's own, which the page needs to show what they predict.

    Returns
    -------
    text : str
        The report.

    Raises
    ------
    CflError
        The folder has no results, there are none of the anchor, or a plugin cannot be loaded.

    See Also
    --------
    run : Compares predictors.
    compare_encoders : Compares encoders.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> row, column = np.mgrid[:16, :16]
    >>> rgb = np.stack([16 * column, 16 * row, 255 - 16 * column], axis=-1).astype(np.uint8)
    >>> with TemporaryDirectory() as folder:
    ...     cfl.write(Path(folder, "slope.png"), cfl.rgb_to_frame(rgb))
    ...     out = Path(folder, "results")
    ...     _ = cfl.lab.run([folder], ["dc", "cfl"], blocks=[8], qualities=[], workers=0, output=out)
    ...     text = cfl.lab.report(out, format="md")
    >>> text.splitlines()[0]
    '### Prediction, blocks of 8x8: PSNR over DC, 1 picture'
    """
    format = one_of("format", format, ("html", "md", "csv"))  # noqa: A001
    count = whole("thumbnails", thumbnails, 0)
    folder = Results.open(results)
    summary = summary_of(folder, anchor)
    if format == "md":
        return markdown(tables(summary)) + _failures(folder)
    if format == "csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(numbers(summary))
        return text.getvalue()
    from cfl.lab.page import page
    from cfl.lab.predictor_runs import identities

    if folder.kind == "predictors":
        now = identities(summary.names, [os.fspath(plugin) for plugin in plugins])
        summary.unknown = {
            name: why
            for name, source in sources(folder).items()
            if name in now and (why := _why_unknown(now[name], source))
        }
    return page(folder, summary, count)


def _why_unknown(now: str | None, source: str) -> str:
    """Nothing if a predictor is as it was."""
    if now is None:
        return "the predictor is not known here; a report takes its file as a plugin, too"
    return "" if now == source else "the predictor has changed since"


def _failures(results: Results) -> str:
    """The first errors as a list of Markdown; nothing if there are none."""
    errors = [row["error"] for row in results.failures()]
    if not errors:
        return ""
    more = len(errors) - MOST_FAILURES
    lines = [f"- {error}" for error in errors[:MOST_FAILURES]] + [f"- and {more} more"] * (more > 0)
    return "\n".join(["", f"### What failed: {len(errors)}", "", *lines]) + "\n"
