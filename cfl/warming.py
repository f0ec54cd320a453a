"""Compile every kernel beforehand, by doing a tiny piece of each part's work once.

What is compiled is kept on disk, for every later process of this user (`cfl.simd.cache`).
"""

import contextlib
import multiprocessing
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cfl.errors import BitstreamError, CflError

if TYPE_CHECKING:
    from cfl.av1.headers.coded_frame import CodedFrame
    from cfl.frames import Frame

_SIDE = 64


class Job(NamedTuple):
    """A small piece of work that compiles the kernels it needs."""

    name: str
    run: Callable[[], None]


DECODING = ("decoding: tiles", "decoding: deblocking", "decoding: CDEF", "decoding: loop restoration")
"""The jobs that nearly every AV1 file needs."""

CLIPS = ("decoding: tiles of inter frames", *DECODING)
"""The jobs that decoding a clip needs."""

ENCODING = ("encoding: blocks", "decoding: tiles", "encoding: filters", *DECODING[1:], "measurement")
"""The jobs that encoding a picture needs."""


def jobs() -> list[Job]:
    """All jobs, the longest first.

    The block search needs the walk at its end. By then another process has compiled that, if there is one.
    """
    return [
        Job("encoding: blocks", _block_search),
        Job("decoding: tiles of inter frames", _inter_tiles),
        Job("decoding: tiles", _tiles),
        Job("encoding: filters", _filter_search),
        Job("prediction", _prediction),
        Job("laboratory: predictors", _predictors),
        Job("laboratory: rate", _rate),
        Job("regression", _regression),
        Job("decoding: deblocking", _deblocking),
        Job("decoding: CDEF", _cdef),
        Job("decoding: superres", _superres),
        Job("decoding: loop restoration", _restoration),
        Job("decoding: film grain", _film_grain),
        Job("measurement", _measurement),
        Job("inspection", _inspection),
        Job("colour conversion", _colour),
    ]


def run_job(name: str) -> float:
    """Do the job of that name, in a process of its own perhaps; the seconds that it took."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        next(job for job in jobs() if job.name == name).run()
    return time.perf_counter() - start


def warm(processes: int, names: Sequence[str] | None = None) -> Iterator[tuple[str, float]]:
    """Do jobs in new processes, some at a time: Numba compiles on one core only.

    Parameters
    ----------
    processes : int
    names : sequence of str, optional
        Of the jobs to do; all by default.

    Yields
    ------
    name, seconds : str, float
        Of each job, as it is done.

    Raises
    ------
    OSError
        Processes cannot be started here.
    CflError
        A process has ended before its job was done.
    """
    waiting = [job.name for job in reversed(jobs()) if names is None or job.name in names]
    with _interrupts_held():
        free = [_worker() for _ in range(min(processes, len(waiting)))]
    busy: dict[Connection, str] = {}
    while waiting or busy:
        while waiting and free:
            worker = free.pop()
            busy[worker] = waiting.pop()
            worker.send(busy[worker])
        done = wait(list(busy))
        free = [worker for worker in busy if worker in done]
        for worker in free:
            name = busy.pop(worker)
            try:
                yield name, worker.recv()
            except EOFError:
                raise CflError(f"the process that compiles {name} ended early") from None


def _worker() -> Connection:
    """A new process that does the jobs whose names are sent to it, and answers with seconds."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    context.Process(target=_work, args=(there,), daemon=True).start()
    there.close()
    return here


def _work(jobs: Connection) -> None:
    """Do jobs; for this processor itself, even if kernels for any came with the package."""
    from cfl.simd import shipped

    shipped.ignore()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError):
        while True:
            jobs.send(run_job(jobs.recv()))


@contextlib.contextmanager
def _interrupts_held() -> Iterator[None]:
    """Processes that start in here get no SIGINT for good: on Ctrl-C their parent ends them, and speaks."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # when it starts, multiprocessing lets go of what is held
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def is_decoding_compiled() -> bool:
    """Whether the tiles' walk is compiled, which takes longest of all that decoding needs."""
    from cfl.av1.tile.superblocks import code_superblocks
    from cfl.simd.cache import is_kept

    return is_kept(code_superblocks)


def are_clips_compiled() -> bool:
    """Whether what takes longest of all that decoding inter frames needs is compiled."""
    from cfl.av1.motion.saved_vectors import save_vectors
    from cfl.simd.cache import is_kept

    return is_kept(save_vectors) and is_decoding_compiled()  # vectors are saved after the first walk


def is_encoding_compiled() -> bool:
    """Whether what takes longest of all that encoding needs is compiled."""
    from cfl.av1.block_search.partition import search_superblock
    from cfl.simd.cache import is_kept

    return is_kept(search_superblock) and is_decoding_compiled()


def _rgb(dtype: type = np.uint8) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (_SIDE, _SIDE, 3)).astype(dtype)


def _frames() -> list["Frame"]:
    """Of both dtypes, and with every subsampling that prediction has."""
    from cfl.frames import rgb_to_frame

    return [
        rgb_to_frame(_rgb(dtype), bit_depth=bit_depth, subsampling=subsampling)
        for dtype, bit_depth in ((np.uint8, 8), (np.uint16, 10))
        for subsampling in ("4:2:0", "4:4:4")
    ]


def _colour() -> None:
    from cfl.frames import frame_to_rgb, resample_chroma, rgb_to_frame
    from cfl.frames._png_kernels import filter_rows

    filter_rows(np.zeros((2, 12), np.uint8), 3, np.zeros((1, 10), np.uint8))
    for frame in _frames():
        for depth in (8, 16):
            frame_to_rgb(frame, depth)
        resample_chroma(frame, "4:2:2")
    rgb_to_frame(_rgb(), bit_depth=10)
    rgb_to_frame(_rgb(np.uint16), bit_depth=8)


def _prediction() -> None:
    from cfl.prediction import predict

    for frame in _frames():
        for block in ("16x16", "8x16", "auto"):
            for dc in ("neighbours", "mean"):
                for alpha in ("quantised", "float"):
                    predict(frame, block, dc, alpha)


def _measurement() -> None:
    from cfl.metrics import measure, ms_ssim

    for frame in _frames():
        measure(frame, frame)
    large = np.zeros((176, 176), np.uint8)
    ms_ssim(large, large, 8)


def _inspection() -> None:
    from cfl.prediction import many_blocks

    ac, planes = many_blocks.luma_ac(np.zeros((1, 4, 4), np.uint16)), np.zeros((2, 1), np.int64)
    many_blocks.measure(ac, np.stack([ac, ac]), planes, planes, np.ones((1, 4, 4), bool), 255)


def _predictors() -> None:
    from cfl.lab.evaluation import evaluate, job_of
    from cfl.lab.neighbourhood import neighbours
    from cfl.lab.own import Own
    from cfl.lab.partition import Partition
    from cfl.lab.shipped import names

    frame = _frames()[0]
    evaluate(frame, [*names(), "dc+lm"], block=16)

    def in_python(block: Any) -> tuple[np.ndarray, int]:
        neighbours(block, 1)
        neighbours(block, 1, True)
        return np.zeros(block.luma.shape), 0

    Own("in-python", in_python, sends=False, compiled=False).run(job_of(frame, Partition.of(frame, 32)))


def _rate() -> None:
    from cfl.lab.evaluation import evaluate

    frame = _frames()[0]
    evaluate(frame, ["cfl"], quality=60, decoded=frame)


def _regression() -> None:
    from cfl import regression
    from cfl.regression.line_kernels import residual_squares, simple_sums

    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = x @ [1.0, 2.0] + rng.normal(size=60)
    weights = np.ones(60)
    for columns in (x[:, :1], x):
        regression.LinearRegression().fit(columns, y).summary()
        regression.LinearRegression().fit(columns, y, sample_weight=weights)
        regression.LinearRegression(fit_intercept=False).fit(columns, y)
        regression.LinearRegression(fit_intercept=False).fit(columns, y, sample_weight=weights)
        regression.HuberRegressor().fit(columns, y)
        regression.HuberRegressor().fit(columns, y, sample_weight=weights)
        regression.TheilSenRegressor().fit(columns, y)
        regression.TheilSenRegressor().fit(columns, y, sample_weight=weights)
        regression.RANSACRegressor().fit(columns, y)
        regression.RANSACRegressor().fit(columns, y, sample_weight=weights)
        regression.Ridge().fit(columns, y)
        regression.Ridge().fit(columns, y, sample_weight=weights)
    simple_sums(y, y, weights, True)  # of lines whose columns are far from 0
    residual_squares(y, y, weights, (1.0, 0.0), (0.0, 0.0))  # of perfect lines
    regression.PolynomialRegression(2).fit(x[:, :1], y)
    regression.PolynomialRegression(15).fit(x[:, :1], y).predict(x[:, :1])
    regression.ClusterwiseRegression(2).fit(x, y)
    regression.ClusterwiseRegression(2).fit(x, y, sample_weight=weights)
    regression.Moments().partial_fit(x, y).linear_regression()
    regression.Moments().partial_fit(x, y, weights)
    for picture in (_rgb()[..., 0], _rgb(np.uint16)[..., 0], _rgb(np.float64)[..., 0]):
        regression.fit_blocks(picture, picture, 8)
        regression.fit_blocks(np.stack([picture, picture]), picture, 8)
    regression.fit_blocks(picture, picture, 8, neighbours=1)


def _coded(*, superres: bool = False) -> "CodedFrame":
    """A frame whose only tile is noise, with headers that are complete."""
    from cfl.av1.headers.bits import BitWriter
    from cfl.av1.headers.coded_frame import CodedFrame
    from cfl.av1.headers.frame_header import FrameHeader
    from cfl.av1.headers.reference_state import ReferenceState
    from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
    from cfl.av1.headers.tile_group import Tile
    from cfl.av1.headers.uncompressed_header import uncompressed_header

    sequence = SequenceHeader(enable_cdef=1, enable_restoration=1, enable_superres=1)
    sequence.max_frame_width_minus_1 = sequence.max_frame_height_minus_1 = _SIDE - 1
    sequence_header_obu(BitWriter(), sequence)
    header = FrameHeader()
    header.quantization.base_q_idx = 100
    header.size.use_superres, header.size.superres_denom = int(superres), 8 + 8 * superres
    uncompressed_header(BitWriter(), header, sequence, ReferenceState())
    data = np.random.default_rng(0).integers(0, 256, 300, dtype=np.uint8).tobytes()
    return CodedFrame(sequence, header, [Tile(memoryview(data))], 0)


def _tiles() -> None:
    from cfl.av1.tile.tiles import decode_tiles, frame_buffers

    coded = _coded()
    with contextlib.suppress(BitstreamError):  # noise is not the code of a picture
        decode_tiles(coded, frame_buffers(coded))


def _inter_tiles() -> None:
    """Two frames, each predicted from the one before it; the second from its vectors too."""
    from cfl.av1.reconstruction.frame_arrays import frame_arrays
    from cfl.av1.tile.frame_context import frame_context, saved_frame
    from cfl.av1.tile.state import frame_parameters
    from cfl.av1.tile.tiles import decode_tiles, frame_buffers

    slots: list[Any] = [None] * 8
    for coded in _inter_frames(_coded()):
        sequence, header = coded.sequence, coded.header
        context, planes = frame_context(sequence, header, slots), frame_buffers(coded)
        if not header.frame_is_intra:
            with contextlib.suppress(BitstreamError):
                decode_tiles(coded, planes, context=context)
        arrays = frame_arrays(frame_parameters(sequence, header))
        slots = [saved_frame(sequence, header, context, arrays, planes)] * 8


def _inter_frames(key_frame: "CodedFrame") -> "Iterator[CodedFrame]":
    """Yield a key frame, and inter frames whose only tile is the same noise."""
    from cfl.av1.headers.bits import BitWriter
    from cfl.av1.headers.coded_frame import CodedFrame
    from cfl.av1.headers.frame_header import FrameHeader
    from cfl.av1.headers.reference_state import ReferenceState
    from cfl.av1.headers.uncompressed_header import uncompressed_header
    from cfl.av1.tables.constants import INTER_FRAME

    sequence, references = key_frame.sequence, ReferenceState()
    sequence.enable_order_hint = sequence.enable_ref_frame_mvs = 1
    sequence.order_hint_bits = 7
    references.update(key_frame.header)
    yield key_frame
    for order_hint in (1, 2):
        header = FrameHeader(
            frame_type=INTER_FRAME, error_resilient_mode=0, order_hint=order_hint, use_ref_frame_mvs=1
        )
        header.quantization.base_q_idx = 100
        uncompressed_header(BitWriter(), header, sequence, references)
        references.update(header)
        yield CodedFrame(sequence, header, key_frame.tiles, 0)


def _block_search() -> None:
    """Without loss, as then no filters are searched."""
    from cfl.encoding import encode
    from cfl.frames import Frame

    encode(Frame(_rgb()[..., 0].copy(), subsampling="4:0:0"), lossless=True)
    y, u, v = np.moveaxis(_rgb(), -1, 0)
    encode(Frame(y, u, v, subsampling="4:4:4"), lossless=True)


def _filter_search() -> None:
    from cfl.av1.filter_search.frame import search_filters
    from cfl.av1.reconstruction.frame_arrays import frame_arrays
    from cfl.av1.tile.state import frame_parameters
    from cfl.av1.tile.tiles import frame_buffers

    coded = _coded()
    rng = np.random.default_rng(0)
    source = [rng.integers(100, 140, plane.shape, dtype=np.uint16) for plane in frame_buffers(coded)]
    planes = [plane + rng.integers(0, 9, plane.shape, dtype=np.uint16) for plane in source]
    for speed in (10, 6, 0):
        arrays = frame_arrays(frame_parameters(coded.sequence, coded.header))
        search_filters(coded.sequence, coded.header, source, planes, arrays, speed=speed)


def _filtered(coded: "CodedFrame") -> None:
    from cfl.av1.filters.postfilter import postfilter
    from cfl.av1.reconstruction.frame_arrays import frame_arrays
    from cfl.av1.tile.state import frame_parameters
    from cfl.av1.tile.tiles import frame_buffers

    arrays = frame_arrays(frame_parameters(coded.sequence, coded.header))
    arrays.cdef_idx[:] = 0
    arrays.lr_type[:] = np.arange(1, 4)[: len(arrays.lr_type), None, None] % 3
    rng = np.random.default_rng(0)
    planes = [rng.integers(0, 256, plane.shape, dtype=np.uint16) for plane in frame_buffers(coded)]
    postfilter(coded.sequence, coded.header, planes, arrays)


def _deblocking() -> None:
    coded = _coded()
    coded.header.loop_filter.loop_filter_level = [30] * 4
    _filtered(coded)


def _cdef() -> None:
    coded = _coded()
    params = coded.header.cdef
    params.cdef_y_pri_strength[0] = params.cdef_uv_pri_strength[0] = 3
    _filtered(coded)


def _superres() -> None:
    _filtered(_coded(superres=True))


def _restoration() -> None:
    from cfl.av1.tables.constants import RESTORE_SWITCHABLE

    coded = _coded()
    coded.header.lr.frame_restoration_type = [RESTORE_SWITCHABLE] * 3
    _filtered(coded)


def _film_grain() -> None:
    from cfl.av1.decoder import with_grain

    coded = _coded()
    grain = coded.header.film_grain
    grain.apply_grain = grain.overlap_flag = grain.chroma_scaling_from_luma = 1
    grain.point_y = [(0, 40), (255, 60)]
    grain.ar_coeffs_cb_plus_128 = grain.ar_coeffs_cr_plus_128 = [128]
    planes = [np.zeros((side, side), np.uint16) for side in (_SIDE, _SIDE // 2, _SIDE // 2)]
    with_grain(planes, coded.sequence, coded.header)
