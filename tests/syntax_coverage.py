"""Which branches of the walk over a tile the test streams take: `python -m tests.syntax_coverage` (minutes).

The walk's kernels are plain Python without the JIT. Their modules are loaded with every condition wrapped, so
that it is noted when it is true and when it is false: of `if`, `while` and `x if c else y`, each operand of
`and` and `or`, and whether a loop's body and a function are entered at all. Samples are not predicted or
transformed meanwhile, for no syntax depends on them.
"""

import ast
import contextlib
import importlib.machinery
import importlib.util
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = (
    "tile.superblocks", "tile.partition", "tile.restoration_units", "tile.block", "tile.modes",
    "tile.palette", "tile.tx_size", "tile.residual", "tile.coefficients", "tile.intrabc", "entropy.tape",
)  # fmt: skip
"""In `cfl.av1`."""

# What makes samples, in which modules it is called: nothing to do with syntax.
SAMPLES = {
    "tile.residual": ("predict_intra", "predict_palette", "luma_ac", "add_luma_ac", "predict_intrabc",
                      "inverse_transform_add"),
}  # fmt: skip


NOT_SYNTAX = {name for names in SAMPLES.values() for name in names} | {"forget_copies"}
"""Functions that make samples, and one that only the encoder's search calls."""


class Branch:
    """A condition of the source, and which outcomes have been seen."""

    def __init__(self, module, function, node, text, possible):
        self.module, self.function, self.line, self.text = module, function, node.lineno, text
        self.possible = possible
        self.seen = set()

    @property
    def missing(self):
        """Outcomes that have not been seen."""
        return [outcome for outcome in self.possible if outcome not in self.seen]

    def __str__(self):
        return f"{self.module}.py:{self.line}: {self.text}"


class _Instrument(ast.NodeTransformer):
    """Wraps every condition in the functions of a module."""

    def __init__(self, module, source, branches):
        self.module, self.source, self.branches = module, source, branches
        self.function = None

    def _call(self, node, text, possible, value):
        """``__branch__(number, value)`` for a new branch."""
        self.branches.append(Branch(self.module, self.function, node, text, possible))
        number = ast.Constant(len(self.branches) - 1)
        return ast.Call(ast.Name("__branch__", ast.Load()), [number, value], [])

    def _condition(self, node):
        text = " ".join(ast.get_source_segment(self.source, node).split("\n")[0].split())[:90]
        return self._call(node, text, (True, False), self.visit(node))

    def _entered(self, node):
        text = self.source.split("\n")[node.lineno - 1].strip()
        return ast.Expr(self._call(node, text, (True,), ast.Constant(True)))

    def visit_FunctionDef(self, node):
        if self.function is not None:
            return node
        self.function = node.name
        entered = self._entered(node)
        node.body = [entered, *(self.visit(statement) for statement in node.body)]
        self.function = None
        return node

    def visit_If(self, node):
        if self.function is not None:
            node.test = self._condition(node.test)
            node.body = [self.visit(statement) for statement in node.body]
            node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def visit_While(self, node):
        return self.visit_If(node)

    def visit_IfExp(self, node):
        if self.function is not None:
            node.test = self._condition(node.test)
            node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    def visit_BoolOp(self, node):
        if self.function is not None:
            node.values = [self._condition(value) for value in node.values]
        return node

    def visit_For(self, node):
        if self.function is not None:
            entered = self._entered(node)
            node.iter = self.visit(node.iter)
            node.body = [entered, *(self.visit(statement) for statement in node.body)]
        return node


class Coverage:
    """Loads the walk's modules with their branches counted; nothing of `cfl.av1` may be imported before."""

    def __init__(self):
        self.branches = []

    def branch(self, number, value):
        """Note an outcome; what the instrumented source calls."""
        self.branches[number].seen.add(bool(value))
        return value

    def find_spec(self, name, path=None, target=None):
        """The finder for `sys.meta_path`."""
        if name.removeprefix("cfl.av1.") not in MODULES:
            return None
        origin = ROOT / f"{name.replace('.', '/')}.py"
        return importlib.util.spec_from_file_location(name, origin, loader=_Loader(name, str(origin), self))


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, coverage):
        super().__init__(name, path)
        self.coverage = coverage

    def get_code(self, fullname):
        source = Path(self.path).read_text(encoding="utf-8")
        module = fullname.removeprefix("cfl.av1.")
        tree = _Instrument(module, source, self.coverage.branches).visit(ast.parse(source))
        return compile(ast.fix_missing_locations(tree), self.path, "exec")

    def exec_module(self, module):
        module.__branch__ = self.coverage.branch
        super().exec_module(module)
        _plain(module)
        for name in SAMPLES.get(module.__name__.removeprefix("cfl.av1."), ()):
            setattr(module, name, lambda *arguments: None)
        for function in (fill, fill_pairs):
            if hasattr(module, function.__name__):
                setattr(module, function.__name__, function)


def fill(array, index, count, value):
    """`cfl.simd.filling.fill` without the compiler."""
    array.reshape(-1)[index : index + count] = value


def fill_pairs(array, index, count, value):
    """`cfl.simd.filling.fill_pairs` without the compiler."""
    pairs = array.reshape(-1, 2).view("u1")
    pairs[index // 2 : index // 2 + count] = value & 0xFF, value >> 8 & 0xFF


# --- Python's integers, where a kernel has int64


def _classes():
    import numpy as np

    class Plain(np.ndarray):
        """An array whose elements come out as Python's integers, so that no small type overflows."""

        def __getitem__(self, index):
            indices = len(index) if type(index) is tuple else 1
            if indices == self.ndim and self.dtype.names is None:
                with contextlib.suppress(TypeError):  # a slice
                    return self.item(index)
            value = super().__getitem__(index)
            return Record(value) if isinstance(value, np.void) else value

    class Record:
        """An element of a structured array: its fields as attributes."""

        def __init__(self, element):
            object.__setattr__(self, "_element", element)

        def __getattr__(self, name):
            value = self._element[name]
            if not isinstance(value, np.ndarray):
                return value.item()
            array = value.view(Plain)
            object.__setattr__(self, name, array)  # it is the same memory the next time
            return array

        def __setattr__(self, name, value):
            self._element[name] = value

    return Plain, Record


class _Numpy:
    """NumPy with Python's integers for int64: the sum of two of its bools, for one, is another bool."""

    int64 = int

    def __getattr__(self, name):
        import numpy

        return getattr(numpy, name)


def _plain(module):
    """Give a module plain tables and Python's integers."""
    import numpy

    plain, _ = _classes()
    for name, value in list(vars(module).items()):
        if isinstance(value, numpy.ndarray):
            setattr(module, name, value.view(plain))
    module.np = _Numpy()


def _wrap_walk():
    """Let the walk work on records and arrays of Python's integers."""
    import numpy as np

    import cfl.av1.tile.superblocks as kernels

    plain, record = _classes()
    code_superblocks = kernels.code_superblocks

    def converted(argument):
        if isinstance(argument, np.void):
            return record(argument)
        if isinstance(argument, np.ndarray):
            return argument.view(plain)
        if isinstance(argument, tuple):
            parts = [converted(part) for part in argument]
            return type(argument)(*parts) if hasattr(argument, "_fields") else tuple(parts)
        return argument

    kernels.code_superblocks = lambda *arguments: code_superblocks(*map(converted, arguments))


def walk(stream, is_conformant):
    """Decode the tiles of a stream's frames, and write them again from the records."""
    import cfl.av1.tile.tiles as tile_module
    from cfl.av1.headers.coded_frame import read_frames
    from cfl.av1.headers.obu import iter_obus
    from cfl.errors import CflError

    for frame in read_frames(iter_obus(stream)):
        if is_conformant and len(stream) < 300:
            tile_module.decode_tiles(frame, tile_module.frame_buffers(frame))
        recorder, planes = tile_module.BlockRecorder(), tile_module.frame_buffers(frame)
        try:
            arrays = tile_module.decode_tiles(frame, planes, recorder=recorder)
        except CflError:
            assert not is_conformant  # else the walk in Python is not the walk
            continue
        arrays.mi_size.fill(-1)  # nothing is coded yet
        data = tile_module.encode_tiles(
            frame.sequence, frame.header, recorder.tiles, arrays, None if is_conformant else planes
        )
        if is_conformant:
            assert [bytes(tile.data)[:-2] for tile in frame.tiles] == [tile[:-2] for tile in data]


def measure(streams, report=lambda name, seconds, left: None):
    """The branches of the walk, after it has gone over all streams; in a process without the JIT.

    Parameters
    ----------
    streams : iterable of (str, bytes, bool)
        Name, stream, and whether its tiles end as they should.
    report : callable
        Told of each stream what it has taken, and how many outcomes are still missing.

    Returns
    -------
    list of Branch
    """
    coverage = Coverage()
    sys.meta_path.insert(0, coverage)
    _wrap_walk()
    import cfl.av1.tile.tiles as tile_module

    check = tile_module.trailing_bits_conform
    for name, stream, is_conformant in streams:
        start = time.perf_counter()
        tile_module.trailing_bits_conform = check if is_conformant else lambda coder: True
        walk(stream, is_conformant)
        report(name, time.perf_counter() - start, sum(len(branch.missing) for branch in coverage.branches))
    return [branch for branch in coverage.branches if branch.function not in NOT_SYNTAX]


# --- The streams, made with the JIT


def streams_to_measure():
    """Small streams that together take every branch: of encoders, whose bytes come out again, and random."""
    from av1_corpus import pillow, stream, svt
    from av1_pictures import echoes, mixed, photo, screen

    copying = "tune-content=screen enable-palette=0"
    cases = [
        pillow("coverage", photo, (16, 16), quality=80),
        pillow("coverage palette", screen, (64, 64), quality=80, speed=3, advanced="tune-content=screen"),
        pillow("coverage palette, odd", mixed, (60, 52), quality=80, speed=3, advanced="tune-content=screen"),
        pillow("coverage copies 422", echoes, (128, 200), "422", quality=50, speed=3,
               advanced=f"{copying} reduced-tx-type-set=1"),
        pillow("coverage copies 420", screen, (384, 70), quality=30, speed=1, advanced=copying),
        svt("coverage copies", "scm=1", echoes, (384, 64), preset="1", crf="40"),
    ]  # fmt: skip
    streams = [(case.name, stream(case), True) for case in cases]
    return streams + [(name, data, False) for name, data in _random_streams()]


def _random_streams():
    from av1_copies import BROKEN, CASES, broken_copy, copies, endless_golomb
    from av1_random import RandomStream

    for name in CASES:
        yield f"copies: {name}", copies(name)
    for name in BROKEN:
        yield f"a copy: {name}", broken_copy(name)
    yield "a Golomb code", endless_golomb()
    narrow = RandomStream(325, (40, 40), "420", 8, 1.0, screen=1, tx_mode_select=0, superres=0, tiles=0)
    yield "a chroma palette of 16x4", narrow.unit()
    for seed in range(20):
        for chroma in ("400", "420", "422", "444"):
            size = (16 + seed * 5 % 40, 16 + seed * 3 % 40)
            yield (
                f"random {chroma} {seed}",
                RandomStream(seed, size, chroma, (8, 10, 12)[seed % 3], 1.0).unit(),
            )
    for seed in range(6):
        deltas = RandomStream(seed, (140, 70), ("400", "420")[seed & 1], 8, 0.5, deltas=1, delta_lf=1,
                              delta_lf_multi=seed > 1, segments=1, few_segments=1, screen=1)  # fmt: skip
        yield f"deltas {seed}", deltas.unit()
    for seed in range(2):
        big = RandomStream(
            seed, (130 + seed, 70), ("420", "444")[seed], 8, 0.7, use_128x128_superblock=1, screen=1
        )
        yield f"128 {seed}", big.unit()
    for seed in range(16):
        chroma = ("420", "444", "422")[seed % 3]
        palettes = RandomStream(seed, (24 + 8 * (seed % 4), 40), chroma, 8, 0.7, screen=1, tx_mode_select=0)
        yield f"palettes {seed}", palettes.unit()
    for seed in range(80):
        copies = RandomStream(seed, (72, 136), "444", 8, 0.3, screen=1, intrabc=1, superres=0, segments=0)
        yield f"copies, too far {seed}", copies.unit()
    for seed in range(24):  # most of them end soon, with a vector that is not valid
        copies = RandomStream(
            seed, (400, 140), "420", 8, 0.5, screen=1, intrabc=1, superres=0, tiles=seed & 1
        )
        yield f"copies, not valid {seed}", copies.unit()
    for number, choices in enumerate(
        ({}, {"use_128x128_superblock": 1}, {"lossless": 1}, {"use_128x128_superblock": 0, "tiles": 0})
    ):
        yield f"copies {choices}", _with_most_copies(("444", "420", "444", "400")[number], choices)
    for seed in range(40):  # a Golomb code of too many bits
        random = RandomStream(seed, (16, 16), "400", screen=0, tiles=0, segments=0)
        sequence, header = random.sequence_obu(), random.header()
        data = random.rng.bytes(4 + seed // 2) + bytes([255 * (seed & 1)]) * 200
        yield f"a run {seed}", sequence + random.frame_obu(header, [data])
    random = RandomStream(3, (150, 150), tiles=0, superres=0)
    sequence, header = random.sequence_obu(), random.header()
    yield "truncated", sequence + random.frame_obu(header, [random.rng.bytes(30)])


def _with_most_copies(chroma, choices):
    """Of a few random streams with intra block copy that which has most of it."""
    from av1_random import RandomStream

    import cfl.av1.tile.tiles as tile_module
    from cfl.av1.headers.coded_frame import read_frames
    from cfl.av1.headers.obu import iter_obus

    check, tile_module.trailing_bits_conform = tile_module.trailing_bits_conform, lambda coder: True
    best, most = b"", -1
    for seed in range(40):
        random = RandomStream(seed, (400, 140), chroma, 8, 0.7, screen=1, intrabc=1, superres=0, **choices)
        try:
            unit = random.valid_unit(100)
        except AssertionError:
            continue
        (frame,) = read_frames(iter_obus(unit))
        recorder = tile_module.BlockRecorder()
        tile_module.decode_tiles(frame, tile_module.frame_buffers(frame), recorder=recorder)
        copies = int(recorder.blocks["use_intrabc"].sum())
        if copies > most:
            best, most = unit, copies
    tile_module.trailing_bits_conform = check
    return best


# --- What is left

EXCUSED = {
    ("tile.restoration_units", "frame_type == RESTORE_SWITCHABLE", False): "there is no other type left",
    (
        "tile.superblocks",
        "mi_col == tile.mi_col_start",
        False,
    ): "an encoder that codes superblock by superblock",
    ("tile.intrabc", "(mv_row | mv_col) & 7", True): "a vector is of whole samples as it is read",
    ("tile.intrabc", "src_sb_row <= active_sb_row", False): "the conditions before imply it",
    (
        "tile.intrabc",
        "arrays.mi_size[row, col] < 0",
        True,
    ): "above and left of a block's rows and columns, "
    "which is all that is scanned, everything has been coded",
    ("tile.residual", "y < 0", True): "the chunks before have taken the transforms above",
    ("tile.coefficients", "TX_SIZE_SQR_UP[tx_size] > TX_32X32", True): "no transform of chroma is larger",
    ("tile.tx_size", "has_tx_depth: not block.lossless", False): "only the search asks then",
}
"""Outcomes that no stream can have, and why; by module, text (after that of its function) and outcome."""


def left(branches):
    """The outcomes that have not been seen and are not excused, in words."""
    return [
        f"{branch} [{outcome}]"
        for branch in branches
        for outcome in branch.missing
        if (branch.module, branch.text, outcome) not in EXCUSED
        and (branch.module, f"{branch.function}: {branch.text}", outcome) not in EXCUSED
    ]


def in_other_process(report=False):
    """Make the streams here, and measure in a process without the JIT.

    Returns
    -------
    list of str
        What is left.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "streams", Path(folder) / "left"
        source.write_bytes(pickle.dumps(streams_to_measure()))
        command = [sys.executable, "-m", "syntax_coverage", str(source), str(target)]
        environment = os.environ | {
            "NUMBA_DISABLE_JIT": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]),
        }
        subprocess.run(command, check=True, env=environment, stdout=None if report else subprocess.DEVNULL)
        return pickle.loads(target.read_bytes())


def main():
    """The command; with two arguments the process without the JIT."""
    if len(sys.argv) == 3:
        source, target = map(Path, sys.argv[1:])
        branches = measure(
            pickle.loads(source.read_bytes()),
            lambda name, seconds, left: print(f"{name}: {seconds:.1f} s, {left} left", flush=True),
        )
        outcomes = sum(len(branch.possible) for branch in branches)
        print(f"{len(branches)} conditions, loops and functions with {outcomes} outcomes")
        target.write_bytes(pickle.dumps(left(branches)))
        return
    sys.path.insert(0, str(ROOT / "tests"))
    print(*in_other_process(report=True), sep="\n")


if __name__ == "__main__":
    main()
