"""What `cfl lab run` does with a picture: predict its chroma with each predictor, block size and quality."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cfl.errors import CflError, FrameError
from cfl.frames import Frame
from cfl.lab.block_names import of_file
from cfl.lab.identity import identity_of, key_of
from cfl.lab.nearest import nearest
from cfl.lab.partition import Partition
from cfl.lab.picture_list import content_key, contents
from cfl.lab.rate import reconstruct
from cfl.lab.units import Result, Row, Setting

if TYPE_CHECKING:
    from cfl.lab.registry import Predictor

COLUMNS = {
    "predictor": "string",
    "predictor_source": "string",
    "block": "string",
    "quality": "int32",
    "decoded": "string",
    "frames": "int32",
    "frame": "int32",
    "width": "int32",
    "height": "int32",
    "subsampling": "string",
    "bit_depth": "int32",
    "plane": "string",
    "block_width": "int32",
    "block_height": "int32",
    "blocks": "int64",
    "samples": "int64",
    "squared_error": "double",
    "dc_squared_error": "double",
    "total_squares": "double",
    "predictor_bits": "double",
    "qindex": "int32",
    "residual_bits": "double",
    "reconstruction_squared_error": "double",
    "seconds": "double",
}
"""`block` is what was asked for, `block_width` and `block_height` what there was, in samples of chroma."""
RECONSTRUCTION, SOURCE = "reconstruction", "source"


class Plugin(NamedTuple):
    """A file that registers predictors. Its text goes to the workers, as another machine has not the file."""

    path: str
    text: bytes

    @property
    def key(self) -> str:
        """A hash of the text."""
        return key_of(self.text)


class PredictorRun(NamedTuple):
    """An experiment: each predictor on each block size, with what a decoder has at each quality.

    Attributes
    ----------
    predictors : tuple of str
        Their names; "a+b" chooses between two for each block.
    blocks : tuple of str
        Sizes in luma samples, such as "8"; "auto"; or the path of a file of AV1, whose blocks are taken.
    qualities : tuple of int
        0…100; without any, there is no rate, and neighbours and luma are those of the source.
    decoded : str
        Where neighbours and luma come from: "reconstruction", that of cfl's encoder at each quality; "q60",
        at that one; "source"; or the path of a file.
    frames : int
        Of each clip.
    plugins : tuple of Plugin
        Files of predictors.
    sources : tuple of str
        For each predictor, what tells it from another one of the same name; "" for those that are shipped.
    objects : tuple of (str, Predictor)
        Predictors that were given as such, by their names; workers know only the names of others.
    """

    predictors: tuple[str, ...]
    blocks: tuple[str, ...]
    qualities: tuple[int, ...]
    decoded: str = RECONSTRUCTION
    frames: int = 1
    plugins: tuple[Plugin, ...] = ()
    sources: tuple[str, ...] = ()
    objects: "tuple[tuple[str, Predictor], ...]" = ()
    kind: str = "predictors"

    def groups(self) -> list[list[Setting]]:
        """A group for each quality: so a picture is encoded once for it."""
        decoded = self._seen()
        return [
            [
                {
                    "predictor": name,
                    "predictor_source": source,
                    "block": block,
                    "quality": quality,
                    "decoded": decoded,
                    "frames": self.frames,
                }
                for block in self._files_of_blocks()
                for name, source in zip(self.predictors, self.sources, strict=True)
            ]
            for quality in self.qualities or (None,)
        ]

    def columns(self) -> dict[str, str]:
        """See `COLUMNS`."""
        return COLUMNS

    def about(self) -> dict[str, Any]:
        """The options."""
        return {
            "predictors": self.predictors, "blocks": self.blocks, "qualities": self.qualities,
            "decoded": self._seen(), "frames": self.frames,
            "plugins": [Path(plugin.path).name for plugin in self.plugins],
            "sources": {name: key for name, key in zip(self.predictors, self.sources, strict=True) if key},
        }  # fmt: skip

    def _seen(self) -> str:
        """Where neighbours and luma come from, as results name it."""
        if self._is_file():
            return f"{Path(self.decoded).name} {content_key(self.decoded)}"
        return self.decoded if self.qualities else SOURCE

    def do(self, picture: str, settings: list[Setting]) -> list[Result]:
        """Evaluate the predictors on the picture's frames."""
        for plugin in self.plugins:
            _load(plugin)
        quality = settings[0]["quality"]
        rows: list[list[Row]] = [[] for _ in settings]
        errors: list[str | None] = [None for _ in settings]
        for number, (frame, decoded) in enumerate(self._frames(picture, quality)):
            about = _about(frame, number)
            for block in dict.fromkeys(setting["block"] for setting in settings):
                indices = [
                    index
                    for index, setting in enumerate(settings)
                    if setting["block"] == block and errors[index] is None
                ]
                names = self._named([settings[index]["predictor"] for index in indices])
                try:
                    partition = self._partition(frame, block)
                except CflError as error:
                    found = [Result([], f"{picture}: {error}") for _ in indices]
                else:
                    found = _evaluated(frame, names, partition, quality, decoded)
                for index, result in zip(indices, found, strict=True):
                    rows[index] += [about | row for row in result.rows]
                    errors[index] = result.error
        return [Result(each, error) for each, error in zip(rows, errors, strict=True)]

    def _files_of_blocks(self) -> dict[str, str | None]:
        """The blocks as results name them, and the file that they are from; None if it is not from one."""
        found: dict[str, str | None] = {}
        for block in self.blocks:
            if _is_file_of_blocks(block):
                found[of_file(Path(block).name, content_key(block))] = block
            else:
                found[block] = None
        return found

    def _partition(self, frame: Frame, block: str) -> Partition:
        path = self._files_of_blocks()[block]
        if path is not None:
            return Partition.of(frame, _partition_of_file(path))
        return Partition.of(frame, int(block) if block.isdigit() else block)

    def warm(self) -> None:
        """Predict something tiny of every kind, unless what that compiles is in the cache."""
        import numpy as np

        from cfl.frames import rgb_to_frame

        if self._is_compiled():
            return
        for plugin in self.plugins:
            _load(plugin)
        noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
        frame = rgb_to_frame(noise)
        for quality in (self.qualities or (None,))[:1]:
            decoded = reconstruct(frame, quality) if quality is not None else None
            for block in self.blocks:
                if not _is_file_of_blocks(block):
                    partition = Partition.of(frame, int(block) if block.isdigit() else block)
                    _evaluated(frame, self._named(self.predictors), partition, quality, decoded)

    def _is_compiled(self) -> bool:
        from cfl.lab import shipped
        from cfl.lab.kept import are_kept

        parts = {part for name in self.predictors for part in name.split("+")}
        return parts <= set(shipped.names()) and are_kept(
            parts, has_rate=bool(self.qualities), has_auto="auto" in self.blocks
        )

    def _frames(self, picture: str, quality: int | None) -> Iterator[tuple[Frame, Frame | None]]:
        """Each frame, and the one that a decoder would have in its place."""
        from cfl.reading import read_frames

        frames = islice(read_frames(contents(picture)), self.frames)
        decoded = read_frames(self.decoded) if self._is_file() else None
        for frame in frames:
            if frame.subsampling == "4:0:0":
                raise FrameError(f"{picture}: the picture has no chroma to predict (4:0:0)")
            if decoded is not None:
                other = next(decoded, None)
                if other is None:
                    raise FrameError(f"{self.decoded}: it has fewer frames than {picture}")
                yield frame, other
            elif self.decoded == SOURCE or quality is None:
                yield frame, frame if quality is not None else None
            else:
                at = quality if self.decoded == RECONSTRUCTION else int(self.decoded[1:])
                yield frame, reconstruct(frame, at)

    def _named(self, names: Iterable[str]) -> "list[str | Predictor]":
        objects = dict(self.objects)
        return [objects.get(name, name) for name in names]

    def _is_file(self) -> bool:
        return bool(self.qualities) and not is_named(self.decoded)


def is_named(decoded: str) -> bool:
    """Whether `decoded` is a word rather than a file."""
    is_quality = decoded[:1] == "q" and decoded[1:].isascii() and decoded[1:].isdigit()
    return decoded in (RECONSTRUCTION, SOURCE) or (is_quality and int(decoded[1:]) <= 100)


def predictor_run(
    predictors: "Sequence[str | Predictor]",
    *,
    blocks: Sequence[int | str],
    qualities: Sequence[int],
    decoded: str = RECONSTRUCTION,
    frames: int = 1,
    plugins: Sequence[str] = (),
) -> PredictorRun:
    """An experiment with predictors that there are.

    Raises
    ------
    CflError
        A plugin cannot be read or raises, there is no such predictor, or a block size is none.
    """
    loaded = tuple(_plugin_of(path) for path in plugins)
    origins = {name: plugin.key for plugin in loaded for name in _load(plugin)}
    objects = {each.name: each for each in predictors if not isinstance(each, str)}
    names = [each.strip() if isinstance(each, str) else each.name for each in predictors]
    names = list(dict.fromkeys(names))
    _check(names, objects)
    if not blocks:
        raise CflError("there are no block sizes")
    return PredictorRun(
        tuple(names),
        tuple(dict.fromkeys(_block_of(block) for block in blocks)),
        tuple(sorted(set(qualities))),
        decoded,
        frames,
        loaded,
        tuple(_source_of(name, origins, objects) for name in names),
        tuple(objects.items()),
    )


def identities(names: Sequence[str], plugins: Sequence[str]) -> dict[str, str | None]:
    """What tells each predictor from others of its name, after plugins are loaded; None if there is none."""
    from cfl.lab import PredictorError

    origins = {name: plugin.key for plugin in map(_plugin_of, plugins) for name in _load(plugin)}
    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = _source_of(name, origins, {})
        except PredictorError:
            found[name] = None
    return found


def _source_of(name: str, origins: dict[str, str], objects: "dict[str, Predictor]") -> str:
    """What tells a predictor from another one of its name: "" if it is cfl's, else a hash of where it is."""
    from cfl.lab.registry import find

    keys = []
    for part in name.split("+"):
        function = (objects.get(part) or find(part)).function
        if part in origins:
            keys.append(origins[part])
        elif function is not None:
            keys.append(identity_of(function))
    return "+".join(keys)


def _check(names: list[str], objects: "dict[str, Predictor]") -> None:
    from cfl.lab import predictor_names

    known = [*predictor_names(), *objects]
    if not names:
        raise CflError("there are no predictors")
    for part in (part for name in names for part in name.split("+")):
        if part not in known:
            raise CflError(f"there is no predictor {part!r}{nearest(part, known)}")


def _block_of(block: int | str) -> str:
    """As text: "8", "16x8", "auto", or the path of a file of AV1.

    Raises
    ------
    CflError
        It is none of these, or the file has no blocks of chroma.
    """
    from cfl.prediction.frame_prediction import parse_block

    if block == "auto":
        return "auto"
    if isinstance(block, str) and not block[:1].isdigit():
        return _file_of_blocks(block)
    try:
        width, height = parse_block(block)
    except FrameError:
        if isinstance(block, str) and Path(block).is_file():
            return _file_of_blocks(block)
        raise
    return str(width) if width == height else f"{width}x{height}"


def _file_of_blocks(path: str) -> str:
    """The absolute path of a file whose blocks are taken."""
    if not Path(path).is_file():
        raise CflError(
            f"blocks are sizes such as 8 or 16x8, auto, or those of an AV1 file; {path!r} is none of these"
        )
    absolute = str(Path(path).resolve())
    try:
        _partition_of_file(absolute)
    except CflError as error:
        raise CflError(f"{path}: its blocks cannot be taken: {error}") from error
    return absolute


def _is_file_of_blocks(block: str) -> bool:
    """Of a block of a `PredictorRun`: its files have absolute paths."""
    return Path(block).is_absolute()


@lru_cache(8)
def _partition_of_file(path: str) -> Partition:
    return Partition.of_file(path)


def _plugin_of(path: str) -> Plugin:
    try:
        return Plugin(str(Path(path).resolve()), Path(path).read_bytes())
    except OSError as error:
        raise CflError(f"{path}: the plugin cannot be read: {error.strerror}") from error


@lru_cache(None)
def _load(plugin: Plugin) -> tuple[str, ...]:
    """Register a plugin's predictors, once in a process; their names."""
    from cfl.lab import load_plugin

    path = Path(plugin.path)
    if not path.is_file() or path.read_bytes() != plugin.text:
        folder = tempfile.TemporaryDirectory(prefix="cfl-plugin-")
        _folders.append(folder)
        path = Path(folder.name, path.name)
        path.write_bytes(plugin.text)
    return tuple(load_plugin(path))


_folders: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends; until then a compiler may look for the files."""


def _about(frame: Frame, number: int) -> Row:
    return {
        "frame": number, "width": frame.width, "height": frame.height, "subsampling": frame.subsampling,
        "bit_depth": frame.bit_depth,
    }  # fmt: skip


def _evaluated(
    frame: Frame,
    predictors: "list[str | Predictor]",
    partition: Partition,
    quality: int | None,
    decoded: Frame | None,
) -> list[Result]:
    """The rows of each predictor; one that raises does not stop the others."""
    from cfl.lab import PredictorError, evaluate

    names = [each if isinstance(each, str) else each.name for each in predictors]
    try:
        rows = evaluate(frame, predictors, block=partition, quality=quality, decoded=decoded)
    except PredictorError as error:
        if len(names) == 1:
            return [Result([], str(error) if names[0] in str(error) else f"{names[0]}: {error}")]
        return [_evaluated(frame, [each], partition, quality, decoded)[0] for each in predictors]
    return [Result([row for row in rows if row["predictor"] == name]) for name in names]
