"""The symbol coder against the transcribed specification, and its directions against each other."""

import numpy as np
import pytest
from from_python import FromPython
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config
from spec.symbol_spec import SymbolDecoder

from cfl.av1.entropy import symbols
from cfl.av1.entropy.cdfs import LAYOUT, default_context, standard_cdfs
from cfl.av1.entropy.coder import (
    POSITION,
    bits_coded,
    finish,
    symbol_max_bits,
    symbol_meter,
    symbol_reader,
    symbol_writer,
    tile_size,
    trailing_bits_conform,
)
from cfl.av1.entropy.costs import cdf_lists, symbol_cost, update_costs
from cfl.errors import BitstreamError

kernels = FromPython(symbols)


def random_cdf(rng, n: int) -> list[int]:
    """The standard's form: peaked, flat, or with symbols other than the first of no probability."""
    weights = rng.dirichlet(np.full(n, rng.choice([0.05, 0.5, 5.0])))
    return [*np.clip(np.cumsum(weights)[:-1] * 32768, 1, 32768).astype(int).tolist(), 32768, 0]


def stored(cdf: list[int]) -> np.ndarray:
    """Our form, with a guard on either side."""
    return np.array([77, *(32768 - c for c in cdf[:-2]), cdf[-1], 77], np.uint16)


def standard(cdf: np.ndarray) -> list[int]:
    assert cdf[0] == cdf[-1] == 77
    return [*(32768 - cdf[1:-2].astype(int)).tolist(), 32768, int(cdf[-2])]


# One entry of a program: what is coded. Symbols name one of PROGRAM_CDFS, whose sizes are all there are.
PROGRAM_SIZES = [*range(2, 17), 2, 2, 3, 4, 4, 8, 16]


def run(coder, cdfs, program, values):
    """Code a program with one of our coders and return the values."""
    out = []
    for (kind, parameter), value in zip(program, values, strict=True):
        if kind == "symbol":
            cdf = cdfs[parameter]
            out.append(kernels.code_symbol(coder, cdf, 1, len(cdf) - 2, value))
        elif kind == "literal":
            out.append(kernels.code_literal(coder, parameter, value))
        elif kind == "bool":
            out.append(kernels.code_bool(coder, value))
        elif kind == "bool_with":
            out.append(kernels.code_bool_with(coder, parameter, value))
        elif kind == "ns":
            out.append(kernels.code_ns(coder, parameter, value))
        elif kind == "golomb":
            out.append(kernels.code_golomb(coder, value))
        else:
            out.append(kernels.code_signed_subexp_with_ref_bool(coder, *parameter, value))
    return [int(value) for value in out]


def run_spec(decoder: SymbolDecoder, cdfs, program):
    read = {
        "symbol": lambda i: decoder.read_symbol(cdfs[i]),
        "literal": decoder.read_literal,
        "bool": lambda _: decoder.read_bool(),
        "bool_with": lambda complement: decoder.read_symbol([32768 - complement, 32768, 0]),
        "ns": decoder.ns,
        "golomb": lambda _: decoder.golomb(),
        "subexp": lambda parameters: decoder.decode_signed_subexp_with_ref_bool(*parameters),
    }
    return [read[kind](parameter) for kind, parameter in program]


def random_program(rng, length: int):
    """A program and values for it, of everything that a tile can hold."""
    program, values = [], []
    for _ in range(length):
        kind = rng.choice(["symbol"] * 10 + ["literal", "bool", "bool_with", "ns", "golomb", "subexp"])
        if kind == "symbol":
            parameter = int(rng.integers(len(PROGRAM_SIZES)))
            value = rng.integers(PROGRAM_SIZES[parameter])
        elif kind == "literal":
            parameter = int(rng.integers(0, 13))
            value = rng.integers(1 << parameter)
        elif kind == "bool":
            parameter, value = None, rng.integers(2)
        elif kind == "bool_with":
            parameter, value = int(rng.integers(0, 32768)), rng.integers(2)
        elif kind == "ns":
            parameter = int(rng.integers(1, 300))
            value = rng.integers(parameter)
        elif kind == "golomb":
            parameter, value = None, min(2 ** rng.uniform(0, 20), (1 << 20) - 1)
        else:
            low, high, k = [(-5, 11, 1), (-23, 9, 2), (-17, 47, 3), (-96, 32, 4), (-32, 96, 4)][
                rng.integers(5)
            ]
            parameter, value = (low, high, k, int(rng.integers(low, high))), rng.integers(low, high)
        program.append((str(kind), parameter))
        values.append(int(value))
    return program, values


@pytest.mark.parametrize("disable_cdf_update", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_reader_reads_as_the_specification(seed, disable_cdf_update):
    """Random bytes, through their end and far beyond it, where zeros are read."""
    rng = np.random.default_rng(seed)
    tile = rng.integers(0, 256, int(rng.choice([1, 2, 3, 5, 6, 7, 40, 300])), dtype=np.uint8)
    tile[rng.random(len(tile)) < 0.3] = rng.choice([0, 255])
    want_cdfs = [random_cdf(rng, n) for n in PROGRAM_SIZES]
    cdfs = [stored(cdf) for cdf in want_cdfs]
    program, _ = random_program(rng, 60 + 4 * len(tile))
    program = [entry for entry in program if entry[0] != "golomb"]  # zeros make no golomb code
    decoder = SymbolDecoder(tile.tobytes(), disable_cdf_update)
    coder = symbol_reader(tile.tobytes(), disable_cdf_update=disable_cdf_update)
    position = 0
    while position < len(program):
        part = program[position : position + 7]
        position += 7
        assert run(coder, cdfs, part, [0] * len(part)) == run_spec(decoder, want_cdfs, part)
        assert symbol_max_bits(coder) == decoder.symbol_max_bits
    assert [standard(cdf) for cdf in cdfs] == want_cdfs


def test_reader_takes_any_bytes_and_not_none():
    tile = np.arange(100, 140, dtype=np.uint8)
    want = kernels.code_literal(symbol_reader(tile), 60, 0)
    for form in (tile.tobytes(), memoryview(tile.tobytes()), bytearray(tile.tobytes())):
        assert kernels.code_literal(symbol_reader(form), 60, 0) == want
    with pytest.raises(BitstreamError):
        symbol_reader(b"")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), length=st.integers(0, 150), disable_cdf_update=st.booleans())
def test_what_is_written_the_specification_reads(seed, length, disable_cdf_update):
    """The transcribed decoder reads the same values, adapts alike, and finds its trailing bits in order."""
    rng = np.random.default_rng(seed)
    start_cdfs = [random_cdf(rng, n) for n in PROGRAM_SIZES]
    program, values = random_program(rng, length)
    writer = symbol_writer(4000, disable_cdf_update)
    written_cdfs = [stored(cdf) for cdf in start_cdfs]
    assert run(writer, written_cdfs, program, values) == values
    tile = finish(writer)

    decoder = SymbolDecoder(tile, disable_cdf_update)
    read_cdfs = [list(cdf) for cdf in start_cdfs]
    assert run_spec(decoder, read_cdfs, program) == values
    assert [standard(cdf) for cdf in written_cdfs] == read_cdfs
    assert decoder.exit_symbol()

    coder = symbol_reader(tile, disable_cdf_update=disable_cdf_update)
    assert run(coder, [stored(cdf) for cdf in start_cdfs], program, [0] * length) == values
    assert trailing_bits_conform(coder)

    meter = symbol_meter(disable_cdf_update)
    run(meter, [stored(cdf) for cdf in start_cdfs], program, values)
    assert tile_size(meter) == len(tile)
    assert bits_coded(meter) == bits_coded(writer) == pytest.approx(bits_coded(coder))
    assert kernels.tell(coder) == pytest.approx(bits_coded(coder))
    assert 8 * len(tile) - 24 <= bits_coded(coder) <= 8 * len(tile)


def test_an_empty_tile_is_its_trailing_bits():
    assert finish(symbol_writer(1)) == b"\x80"


@pytest.mark.parametrize("seed", range(6))
def test_writing_what_was_read_gives_the_same_bytes(seed):
    """All but the last, whose trailing bits other encoders may choose otherwise."""
    rng = np.random.default_rng(seed)
    tile = rng.integers(0, 256, 400, dtype=np.uint8).tobytes()
    cdfs = [random_cdf(rng, n) for n in PROGRAM_SIZES]
    program = [entry for entry in random_program(rng, 600)[0] if entry[0] != "golomb"]
    coder = symbol_reader(tile)
    values = run(coder, [stored(cdf) for cdf in cdfs], program, [0] * len(program))
    assert symbol_max_bits(coder) > 0
    writer = symbol_writer(400)
    run(writer, [stored(cdf) for cdf in cdfs], program, values)
    again = finish(writer)
    # Bits read so far without the 15 of the position are fixed; the last 15 leave a choice to the writer.
    fixed = (8 * len(tile) - symbol_max_bits(coder) - 15) // 8 - 1
    assert again[:fixed] == tile[:fixed]
    assert len(again) == fixed + 2 or len(again) == fixed + 1


@pytest.mark.parametrize("ones", [0, 1, 3, 4, 5, 6, 7, 12, 30])
def test_a_carry_runs_through_bytes_of_ones(ones):
    """Streams with bytes of 255, cut off at every symbol and continued upwards, so that carries must run."""
    rng = np.random.default_rng(ones)
    tile = bytes([0x40, 0x12]) + b"\xff" * ones + bytes([255, 250, 1])
    cdf = random_cdf(rng, 5)
    program = [("symbol", 0)] * 300
    values = run(symbol_reader(tile), [stored(cdf)], program, [0] * 300)
    carried = 0
    for cut in range(250):
        # Higher symbols lie at higher code values.
        changed = [*values[:cut], *rng.choice([3, 4], 3), *rng.integers(0, 5, 40)]
        writer = symbol_writer(500)
        run(writer, [stored(cdf)], program[: len(changed)], changed)
        written = finish(writer)
        carried += written[:2] == bytes([0x40, 0x13])
        decoder = SymbolDecoder(written)
        assert run_spec(decoder, [list(cdf)], program[: len(changed)]) == changed
        assert decoder.exit_symbol()
    assert carried


def test_every_value_of_bounded_codes():
    """NS(n), golomb and the restoration codes, all values, against the transcribed reader."""
    program = [("ns", n) for n in range(1, 70) for _ in range(n)]
    values = [value for n in range(1, 70) for value in range(n)]
    for low, high, k in ((-5, 11, 1), (-23, 9, 2), (-17, 47, 3), (-96, 32, 4), (-32, 96, 4)):
        for reference in (low, low + 1, (low + high) // 2, (low + high) // 2 + 1, high - 1):
            program += [("subexp", (low, high, k, reference))] * (high - low)
            values += list(range(low, high))
    golombs = [*range(1, 70), *((1 << i) + d for i in range(8, 20) for d in (-1, 0, 1)), (1 << 20) - 1]
    program += [("golomb", None)] * len(golombs)
    values += golombs
    writer = symbol_writer(20000)
    run(writer, [], program, values)
    tile = finish(writer)
    assert run_spec(SymbolDecoder(tile), [], program) == values
    assert run(symbol_reader(tile), [], program, [0] * len(program)) == values


def test_a_golomb_code_that_does_not_end_is_told():
    writer = symbol_writer(40)
    kernels.code_literal(writer, 40, 0)
    tile = finish(writer)
    assert kernels.code_golomb(symbol_reader(tile), 0) == 0


@pytest.mark.parametrize("capacity", [0, 1, 2, 5, 17])
def test_a_writer_that_is_full_says_so(capacity):
    """And has written nothing behind its capacity, nor lost count."""
    rng = np.random.default_rng(capacity)
    program, values = random_program(rng, 100)
    cdfs = [stored(random_cdf(rng, n)) for n in PROGRAM_SIZES]
    roomy, full = symbol_writer(3000), symbol_writer(capacity)
    run(roomy, [cdf.copy() for cdf in cdfs], program, values)
    run(full, cdfs, program, values)
    assert tile_size(full) == tile_size(roomy) == len(finish(roomy))
    assert full.state[POSITION] > capacity
    with pytest.raises(BitstreamError, match=f"needs {tile_size(roomy)} bytes"):
        finish(full)


def test_trailing_bits_that_do_not_conform():
    writer = symbol_writer(50)
    kernels.code_literal(writer, 77, 12345678901234567)
    tile = finish(writer)

    def conforms(data):
        coder = symbol_reader(data)
        kernels.code_literal(coder, 77, 0)
        decoder = SymbolDecoder(data)
        decoder.read_literal(77)
        assert trailing_bits_conform(coder) == decoder.exit_symbol()
        return trailing_bits_conform(coder)

    assert conforms(tile)
    assert conforms(tile + b"\0\0\0")
    assert not conforms(tile + b"\0\1")
    assert not conforms(tile[:-1])
    assert not conforms(tile[:-3])


def test_bits_are_those_of_the_probabilities():
    """The sum of symbol_cost is near what the range coder spends; symbol_probability adds up to one."""
    rng = np.random.default_rng(5)
    cdfs = [stored(random_cdf(rng, n)) for n in PROGRAM_SIZES]
    meter = symbol_meter()
    total = 0.0
    for _ in range(2000):
        cdf = cdfs[rng.integers(len(cdfs))]
        n = len(cdf) - 2
        probabilities = [kernels.symbol_probability(cdf, 1, n, symbol) for symbol in range(n)]
        assert sum(probabilities) == 32768
        symbol = int(rng.choice(n, p=np.array(probabilities) / 32768))
        total += symbol_cost(cdf, 1, n, symbol)
        kernels.code_symbol(meter, cdf, 1, n, symbol)
    assert bits_coded(meter) == pytest.approx(total, rel=0.02)


def test_costs_of_all_symbols_of_a_context():
    """At each symbol's place the bits of its probability, of which there are at least 4 of 32768."""
    context, lists = default_context(100), cdf_lists()
    costs = np.full(len(context), np.nan, np.float32)
    update_costs(context, lists.start, lists.symbols, costs)
    for name, element in LAYOUT.elements.items():
        cdfs = standard_cdfs(context, name)[..., :-1]
        bits = -np.log2(np.maximum(np.diff(cdfs, prepend=0), 4) / 32768)
        found = costs[element.offset : element.offset + element.size].reshape(bits.shape)
        np.testing.assert_allclose(found, bits, rtol=1e-6, atol=1e-6, err_msg=name)


def test_elements_of_a_context_adapt_as_the_specification():
    """Random bytes through every element of a whole context: the layout and the coder together."""
    rng = np.random.default_rng(11)
    context = default_context(90)
    want = {name: standard_cdfs(context, name) for name in LAYOUT.elements}
    tile = rng.integers(0, 256, 3000, dtype=np.uint8).tobytes()
    coder, decoder = symbol_reader(tile), SymbolDecoder(tile)
    names = list(LAYOUT.elements)
    for _ in range(4000):
        name = names[rng.integers(len(names))]
        element = LAYOUT.elements[name]
        index = tuple(int(rng.integers(d)) for d in element.dims)
        cdf = want[name][index].tolist()
        expected = decoder.read_symbol(cdf)
        want[name][index] = cdf
        ctx = int(np.ravel_multi_index(index, element.dims)) if element.dims else 0
        n = element.symbols
        assert kernels.code_symbol(coder, context, element.offset + ctx * n, n, 0) == expected
    for name in LAYOUT.elements:
        assert (standard_cdfs(context, name) == want[name]).all()


@pytest.mark.skipif(config.DISABLE_JIT, reason="compiles nothing")
def test_constants_do_not_compile_a_kernel_again():
    """A caller's literal arguments must not each cost a compilation of the callee."""
    from numba import njit

    @njit
    def caller(coder, cdfs):
        symbols.code_symbol(coder, cdfs, 0, 2, 0)
        return symbols.code_symbol(coder, cdfs, 4, 3, 1) + symbols.code_symbol(coder, cdfs, 8, 16, 0)

    caller(symbol_meter(), default_context(0))
    assert len(symbols.code_symbol.signatures) == 1
