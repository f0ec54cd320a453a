"""The pictures where each predictor wins and loses most against the anchor."""

from collections.abc import Iterator
from typing import NamedTuple

from cfl.lab.summary import Summary
from cfl.lab.thumbnails import NotShown, Shown, thumbnails
from cfl.threads import cores, each


class Scene(NamedTuple):
    """A picture, how much a predictor wins or loses on it, and what that looks like."""

    picture: str
    score: str
    images: list[tuple[str, str]]
    note: str = ""


def scenes(summary: Summary, block: str, count: int) -> Iterator[tuple[str, list[Scene], list[Scene]]]:
    """For each predictor but the anchor: its name, and pictures where it wins and where it loses most."""
    chosen = {name: _extremes(summary, block, name, count) for name in summary.names[1:]}
    shown = _all_shown(summary, block, chosen)
    unit = "%" if summary.has_rates else "dB"

    def scene(name: str, key: str, value: float) -> Scene:
        score = f"{value:+.{1 if unit == '%' else 2}f} {unit}".replace("-", "−")
        found = shown[key]
        if isinstance(found, str):
            return Scene(summary.pictures[key], score, [], found)
        own, other = found[name], found[summary.anchor]
        images, notes = [], [each for each in (own, other) if isinstance(each, str)]
        if not isinstance(own, str):
            images += [("prediction", own.prediction), ("residual", own.residual)]
        if not isinstance(other, str):
            images.append((f"residual of {summary.anchor}", other.residual))
        return Scene(summary.pictures[key], score, images, "; ".join(dict.fromkeys(notes)))

    for name, (won, lost) in chosen.items():
        yield name, [scene(name, *one) for one in won], [scene(name, *one) for one in lost]


Scored = list[tuple[str, float]]


def _extremes(summary: Summary, block: str, name: str, count: int) -> tuple[Scored, Scored]:
    """Keys and scores of the pictures where a predictor wins most, and where it loses most."""
    if summary.has_rates:
        scores, better = summary.bd_rates(block, "UV", name), -1
    else:
        scores, better = summary.differences(block, "UV", name), 1
    order = sorted(scores.items(), key=lambda item: (-better * item[1], summary.pictures[item[0]]))
    won = [item for item in order if better * item[1] > 0][:count]
    lost = [item for item in reversed(order) if better * item[1] < 0][:count]
    return won, lost


def _all_shown(
    summary: Summary, block: str, chosen: dict[str, tuple[Scored, Scored]]
) -> dict[str, dict[str, Shown | str] | str]:
    """By the picture's key: what each predictor that it is chosen for makes of it, or why it is not shown."""
    wanted: dict[str, list[str]] = {}
    for name, (won, lost) in chosen.items():
        for key, _ in (*won, *lost):
            wanted.setdefault(key, [summary.anchor]).append(name)
    quality, decoded = _setting(summary, block)

    def show(key: str) -> dict[str, Shown | str] | str:
        names = [name for name in wanted[key] if name not in summary.unknown]
        try:
            found = thumbnails(
                summary.pictures[key], key, names, block=block, quality=quality, decoded=decoded
            )
        except NotShown as error:
            return str(error)
        return found | {name: why for name, why in summary.unknown.items() if name in wanted[key]}

    return dict(zip(wanted, each(show, list(wanted), min(4, cores())), strict=True))


def _setting(summary: Summary, block: str) -> tuple[int | None, str]:
    """The middle quality, and where neighbours came from."""
    qualities = summary.qualities_of(block, "UV")
    assert summary.seen is not None  # of a folder
    return qualities[len(qualities) // 2] if qualities else None, summary.seen.decoded
