"""The standard's numbers: their checksums, and relations that hold between them.

The checksums are not those of our files: a script that is not part of the project read the tables of the AV1
specification (version 1.0.0 with errata 1, as Markdown), in the specification's own form and order, and took
the CRC-32 of each as little-endian int32. Here our tables are brought to that form and must agree.
"""

import importlib
import pkgutil
import zlib
from enum import IntEnum

import numpy as np
import pytest

from cfl.av1 import tables
from cfl.av1.entropy import cdfs
from cfl.av1.tables import (
    constants,
    default_cdfs,
    default_coefficient_cdfs,
    default_inter_cdfs,
    quantizer,
    scans,
    transform_types,
)
from cfl.av1.tables import geometry as geo

CDF_SUMS = {
    "intra_frame_y_mode": 0x57D1F95A, "uv_mode_cfl_not_allowed": 0xDECD13C0,
    "uv_mode_cfl_allowed": 0xDAC4E2DB, "angle_delta": 0xA3CD45E2, "intrabc": 0x63270EED,
    "partition_w8": 0xD2275898, "partition_w16": 0x93FD1495, "partition_w32": 0xDB5A21D1,
    "partition_w64": 0x000B90C9, "partition_w128": 0x41D5CF02, "segment_id": 0x420F8027, "skip": 0xE7CC60E6,
    "tx_8x8": 0x87743C66, "tx_16x16": 0x5720BB12, "tx_32x32": 0x883EC0A5, "tx_64x64": 0x43FB6CBB,
    "txfm_split": 0xB668068F, "filter_intra": 0x7E1AFBD5, "filter_intra_mode": 0x21A74E3A,
    "mv_joint": 0xCC1F2C44, "mv_sign": 0x258B3572, "mv_class": 0x774D45E6, "mv_class0_bit": 0xA90D2862,
    "mv_bit": 0xD32C6684, "palette_y_mode": 0xC650D204, "palette_uv_mode": 0xAE72C712,
    "palette_y_size": 0xDA439AF4, "palette_uv_size": 0x4FE368CD, "palette_size_2_y_color": 0xCA2CDDF0,
    "palette_size_3_y_color": 0xF877CD5E, "palette_size_4_y_color": 0xBD7D26FB,
    "palette_size_5_y_color": 0x8BC7CF84, "palette_size_6_y_color": 0xBBF3CC32,
    "palette_size_7_y_color": 0x4820CB45, "palette_size_8_y_color": 0x3DF4F540,
    "palette_size_2_uv_color": 0xCC598852, "palette_size_3_uv_color": 0xFBE10EF3,
    "palette_size_4_uv_color": 0xE5FE261F, "palette_size_5_uv_color": 0x8F32430F,
    "palette_size_6_uv_color": 0x46043027, "palette_size_7_uv_color": 0x74818F62,
    "palette_size_8_uv_color": 0x733E874F, "delta_q": 0xA39A1C1E, "delta_lf": 0xA39A1C1E,
    "intra_tx_type_set1": 0x44CBED80, "intra_tx_type_set2": 0x00292349, "inter_tx_type_set1": 0xCC5133F9,
    "inter_tx_type_set2": 0x0EE6069C, "inter_tx_type_set3": 0x60077A77, "cfl_sign": 0xE1DC23BE,
    "cfl_alpha": 0x01801F18, "use_wiener": 0x46D946D6, "use_sgrproj": 0xCC2136D1,
    "restoration_type": 0x20394137, "txb_skip": 0xDF865716, "eob_pt_16": 0xA814A5B3,
    "eob_pt_32": 0x378FA071, "eob_pt_64": 0x84F7D0F4, "eob_pt_128": 0xA8110949, "eob_pt_256": 0xAAD8FF1F,
    "eob_pt_512": 0x4E66CD1B, "eob_pt_1024": 0x937F3C99, "eob_extra": 0xEF146E07, "dc_sign": 0xBB3CDB90,
    "coeff_base_eob": 0xB51D3026, "coeff_base": 0x87680A59, "coeff_br": 0xB39C6DD3,
}  # fmt: skip

TABLE_SUMS = {
    "geometry.NUM_4X4_BLOCKS_WIDE": 0x636BAC43, "geometry.NUM_4X4_BLOCKS_HIGH": 0xA287A7C1,
    "geometry.MI_WIDTH_LOG2": 0x459E1866, "geometry.MI_HEIGHT_LOG2": 0xCBDB4E5E,
    "geometry.PARTITION_SUBSIZE": 0xFAEF6B42, "geometry.SUBSAMPLED_SIZE": 0x45551F6E,
    "geometry.MAX_TX_SIZE_RECT": 0x1352CE57, "geometry.MAX_TX_DEPTH_BY_SIZE": 0x24AC5A93,
    "geometry.TX_WIDTH": 0x624ADF8D, "geometry.TX_HEIGHT": 0x14D2C899, "geometry.TX_WIDTH_LOG2": 0x5CF371A7,
    "geometry.TX_HEIGHT_LOG2": 0xDF0C347A, "geometry.TX_SIZE_SQR": 0x261BC083,
    "geometry.TX_SIZE_SQR_UP": 0x772AA2AB, "geometry.SPLIT_TX_SIZE": 0x8B2CB4EB,
    "geometry.ADJUSTED_TX_SIZE": 0xFA4CC98B, "palette_contexts.PALETTE_COLOR_CONTEXT": 0xEC28FA6F,
    "palette_contexts.PALETTE_COLOR_HASH_MULTIPLIERS": 0x085C45F6,
    "mode_contexts.INTRA_MODE_CONTEXT": 0xDF540D6E,
    "mode_contexts.FILTER_INTRA_MODE_TO_INTRA_DIR": 0x8BE99D04, "transform_types.MODE_TO_TXFM": 0xA75533CE,
    "transform_types.TX_TYPE_IN_SET_INTRA": 0x282A78C6, "transform_types.TX_TYPE_IN_SET_INTER": 0x162A65C7,
    "transform_types.TX_TYPE_INTRA_INV_SET1": 0x9099F37A,
    "transform_types.TX_TYPE_INTRA_INV_SET2": 0xE6546C9C,
    "transform_types.TX_TYPE_INTER_INV_SET1": 0x0AA76F3D,
    "transform_types.TX_TYPE_INTER_INV_SET2": 0xCED13A3E,
    "transform_types.TX_TYPE_INTER_INV_SET3": 0x7A6DC442,
    "coefficient_contexts.COEFF_BASE_CTX_OFFSET": 0x8C78DF7C,
    "coefficient_contexts.COEFF_BASE_POS_CTX_OFFSET": 0x1731D81C,
    "segmentation.SEGMENTATION_FEATURE_BITS": 0xEFB31B26,
    "segmentation.SEGMENTATION_FEATURE_SIGNED": 0xA34F62EA,
    "segmentation.SEGMENTATION_FEATURE_MAX": 0x31EFAFA7,
    "restoration.REMAP_LR_TYPE": 0xFD8651B0, "restoration.WIENER_TAPS_MID": 0x089A2DD8,
    "restoration.WIENER_TAPS_MIN": 0x5252ABC6, "restoration.WIENER_TAPS_MAX": 0x02EAEDB6,
    "restoration.WIENER_TAPS_K": 0xB0E02293, "restoration.SGRPROJ_XQD_MID": 0x521E9BB1,
    "restoration.SGRPROJ_XQD_MIN": 0xA53879BF, "restoration.SGRPROJ_XQD_MAX": 0x53D7E31A,
    "quantizer.DC_QLOOKUP": 0x116398A3, "quantizer.AC_QLOOKUP": 0x7AAAD811,
    "quantizer.QM_OFFSET": 0xA9E9888D,
}  # fmt: skip

SCAN_SUMS = {
    "Default_Scan_4x4": 0xF8DA3296, "Mcol_Scan_4x4": 0x402E23FD, "Mrow_Scan_4x4": 0xE1897CC9,
    "Default_Scan_4x8": 0xAC1AF02A, "Mcol_Scan_4x8": 0xEB12DDD3, "Mrow_Scan_4x8": 0xC4EDD0B0,
    "Default_Scan_8x4": 0x093575B9, "Mcol_Scan_8x4": 0xEB134BFC, "Mrow_Scan_8x4": 0xC4EDD0B0,
    "Default_Scan_8x8": 0x34F6A43F, "Mcol_Scan_8x8": 0xE16527C3, "Mrow_Scan_8x8": 0xC98E9147,
    "Default_Scan_8x16": 0x158821F0, "Mcol_Scan_8x16": 0xBA811514, "Mrow_Scan_8x16": 0x90D5523A,
    "Default_Scan_16x8": 0xE8A1A201, "Mcol_Scan_16x8": 0x3BA85D96, "Mrow_Scan_16x8": 0x90D5523A,
    "Default_Scan_16x16": 0x971BD5C5, "Mcol_Scan_16x16": 0xDB7BEE14, "Mrow_Scan_16x16": 0xF0E359BB,
    "Default_Scan_16x32": 0xAF4F228E, "Default_Scan_32x16": 0x80A9F00F, "Default_Scan_32x32": 0xC2B89059,
    "Default_Scan_4x16": 0x343CF68F, "Mcol_Scan_4x16": 0x882668FC, "Mrow_Scan_4x16": 0xC98E9147,
    "Default_Scan_16x4": 0x6B7A4A18, "Mcol_Scan_16x4": 0xB2414741, "Mrow_Scan_16x4": 0xC98E9147,
    "Default_Scan_8x32": 0xAE15AE1C, "Default_Scan_32x8": 0x222DD8BE,
}  # fmt: skip

QUANTIZER_MATRIX_SUM = 0x9DF0C721


def crc(table) -> int:
    return zlib.crc32(np.ascontiguousarray(table, dtype="<i4").tobytes())


@pytest.mark.parametrize("name", TABLE_SUMS)
def test_tables_are_those_of_the_specification(name):
    module, attribute = name.split(".")
    table = getattr(importlib.import_module(f"cfl.av1.tables.{module}"), attribute)
    assert crc(table) == TABLE_SUMS[name]
    assert not table.flags.writeable
    assert table.flags.c_contiguous


def test_default_cdfs_are_those_of_the_specification():
    """Each element of a context, what the standard repeats taken once; coefficients of all four classes."""
    repeated = {"mv_sign": (), "mv_class0_bit": (), "mv_bit": (10,)}  # one table for both components
    seen = set()
    contexts = [cdfs.default_context(base_q_idx) for base_q_idx in (0, 21, 61, 121)]
    for name, element in cdfs.LAYOUT.elements.items():
        tables = [cdfs.standard_cdfs(context, name) for context in contexts]
        seen.add(element.source)
        if element.source in default_coefficient_cdfs.DEFAULTS:
            assert crc(np.stack(tables)) == CDF_SUMS[element.source], name
            continue
        assert all((table == tables[0]).all() for table in tables)
        if element.source in default_inter_cdfs.DEFAULTS:  # whose sums `test_inter_tables` checks
            numbers = np.array(default_inter_cdfs.DEFAULTS[element.source].split(), np.int32)
            found = tables[0][..., :-2].reshape(-1, len(numbers))
            assert (found == numbers).all(), name
            continue
        if name == "delta_lf_multi" or element.source in repeated:
            first = tables[0][0]
            assert all((other == first).all() for other in tables[0])
            tables[0] = first
        assert crc(tables[0]) == CDF_SUMS[element.source], name
    sums = {*CDF_SUMS, *default_inter_cdfs.DEFAULTS}
    assert set(CDF_SUMS) == {*default_cdfs.DEFAULTS, *default_coefficient_cdfs.DEFAULTS}
    assert seen == sums


def test_a_context_is_filled_by_its_elements():
    end = 0
    for element in cdfs.LAYOUT.elements.values():
        assert element.offset == end
        assert 2 <= element.symbols <= 16
        end += element.size
    assert end == cdfs.CONTEXT_SIZE == len(cdfs.default_context(0))


@pytest.mark.parametrize("base_q_idx", [0, 20, 21, 60, 61, 120, 121, 255])
def test_every_default_cdf_is_a_distribution(base_q_idx):
    """Never falling, from above 0 (a first symbol must be possible) to 32768; the counter is 0."""
    context = cdfs.default_context(base_q_idx)
    assert context.dtype == np.uint16
    for name in cdfs.LAYOUT.elements:
        table = cdfs.standard_cdfs(context, name)
        assert (np.diff(table[..., :-1], axis=-1) >= 0).all()
        assert (table[..., 0] > 0).all()
        assert (table[..., -2] == 32768).all()
        assert (table[..., -1] == 0).all()
    assert (context == cdfs.default_context([0, 21, 61, 121][cdfs.coefficient_cdf_class(base_q_idx)])).all()


def test_contexts_are_fresh():
    context = cdfs.default_context(50)
    context[:] = 1
    assert (cdfs.default_context(50) != context).any()


def test_families_of_cdfs_by_size():
    """Offsets that are picked by number of colors and by eobMultisize."""
    elements = cdfs.LAYOUT.elements
    for n in range(2, 9):
        for plane, offsets in (("y", cdfs.PALETTE_Y_COLOR_CDFS), ("uv", cdfs.PALETTE_UV_COLOR_CDFS)):
            element = elements[f"palette_size_{n}_{plane}_color"]
            assert (element.offset, element.symbols) == (offsets[n - 2], n)
    for size in range(7):
        element = elements[f"eob_pt_{16 << size}"]
        assert (element.offset, element.symbols) == (cdfs.EOB_PT_CDFS[size], 5 + size)


@pytest.mark.parametrize("name", SCAN_SUMS)
def test_scans_by_rule_are_those_of_the_specification(name):
    kind, _, size = name.lower().split("_")
    w, h = map(int, size.split("x"))
    scan = getattr(scans, f"{kind}_scan")(w, h)
    assert crc(scan) == SCAN_SUMS[name]
    assert sorted(scan) == list(range(w * h))


def test_scans_for_kernels():
    """get_scan of the coefficients syntax, for every class and size."""
    table = scans.scans()
    for tx_size in range(constants.TX_SIZES_ALL):
        w, h = int(geo.TX_WIDTH[tx_size]), int(geo.TX_HEIGHT[tx_size])
        coded_w, coded_h = min(w, 32), min(h, 32)
        for tx_class in (constants.TX_CLASS_2D, constants.TX_CLASS_HORIZ, constants.TX_CLASS_VERT):
            want = scans.default_scan(coded_w, coded_h)
            if tx_class == constants.TX_CLASS_HORIZ and max(w, h) <= 16:
                want = scans.mcol_scan(w, h)
            if tx_class == constants.TX_CLASS_VERT and max(w, h) <= 16:
                want = scans.mrow_scan(w, h)
            start = table.start[tx_class, tx_size]
            assert (table.positions[start : start + len(want)] == want).all()


def test_quantizer_matrices_are_those_of_the_specification():
    matrices = quantizer.quantizer_matrices()
    assert matrices.shape == (15, 2, constants.QM_TOTAL_SIZE)
    assert matrices.dtype == np.uint8
    assert crc(matrices) == QUANTIZER_MATRIX_SUM


def test_quantizers_rise():
    for table in (quantizer.DC_QLOOKUP, quantizer.AC_QLOOKUP):
        assert table.shape == (3, 256)
        assert (np.diff(table, axis=1) >= 0).all()
        assert (np.diff(table, axis=0) >= 0).all()


def test_sizes_of_blocks_agree():
    """With their names, with each other, and with their parts."""
    for size in constants.BlockSize:
        w, h = map(int, size.name.split("_")[1].split("X"))
        assert (geo.BLOCK_WIDTH[size], geo.BLOCK_HEIGHT[size]) == (w, h)
        assert (4 << geo.MI_WIDTH_LOG2[size], 4 << geo.MI_HEIGHT_LOG2[size]) == (w, h)
        tx = geo.MAX_TX_SIZE_RECT[size]
        assert (geo.TX_WIDTH[tx], geo.TX_HEIGHT[tx]) == (min(w, 64), min(h, 64))
        for sub_x in (0, 1):
            for sub_y in (0, 1):
                part = geo.SUBSAMPLED_SIZE[size, sub_x, sub_y]
                if part != constants.BLOCK_INVALID:
                    assert geo.BLOCK_WIDTH[part] == max(4, w >> sub_x)
                    assert geo.BLOCK_HEIGHT[part] == max(4, h >> sub_y)
        for partition in constants.Partition:
            part = geo.PARTITION_SUBSIZE[partition, size]
            if part != constants.BLOCK_INVALID:
                kind = partition.name.removeprefix("PARTITION_")
                part_w, part_h = int(geo.BLOCK_WIDTH[part]), int(geo.BLOCK_HEIGHT[part])
                divisor = {"N": (1, 1), "S": (2, 2), "H": (1, 2), "V": (2, 1)}[kind[0]]
                if kind.endswith("_4"):
                    divisor = tuple(d * d for d in divisor)
                assert (part_w, part_h) == (w // divisor[0], h // divisor[1])


def test_sizes_of_transforms_agree():
    for size in constants.TxSize:
        w, h = map(int, size.name.split("_")[1].split("X"))
        assert (geo.TX_WIDTH[size], geo.TX_HEIGHT[size]) == (w, h)
        assert (1 << geo.TX_WIDTH_LOG2[size], 1 << geo.TX_HEIGHT_LOG2[size]) == (w, h)
        assert geo.TX_WIDTH[geo.TX_SIZE_SQR[size]] == min(w, h)
        assert geo.TX_WIDTH[geo.TX_SIZE_SQR_UP[size]] == max(w, h)
        adjusted = geo.ADJUSTED_TX_SIZE[size]
        assert (geo.TX_WIDTH[adjusted], geo.TX_HEIGHT[adjusted]) == (min(w, 32), min(h, 32))


def test_sets_of_transform_types_agree():
    """A type is in a set where the set's inversion table has it."""
    for members, inversions in (
        (
            transform_types.TX_TYPE_IN_SET_INTRA,
            (transform_types.TX_TYPE_INTRA_INV_SET1, transform_types.TX_TYPE_INTRA_INV_SET2),
        ),
        (
            transform_types.TX_TYPE_IN_SET_INTER,
            (
                transform_types.TX_TYPE_INTER_INV_SET1,
                transform_types.TX_TYPE_INTER_INV_SET2,
                transform_types.TX_TYPE_INTER_INV_SET3,
            ),
        ),
    ):
        assert np.flatnonzero(members[0]).tolist() == [constants.DCT_DCT]
        for row, inversion in zip(members[1:], inversions, strict=True):
            assert np.flatnonzero(row).tolist() == sorted(inversion)


def test_names_and_plain_integers_agree():
    for value in vars(constants).values():
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum:
            assert [int(member) for member in value] == list(range(len(value)))
            for member in value:
                plain = getattr(constants, member.name)
                assert plain == member
                assert type(plain) is int


def test_every_table_is_read_only():
    writable = [
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(tables.__path__, "cfl.av1.tables.")
        for name, value in vars(importlib.import_module(module.name)).items()
        if isinstance(value, np.ndarray) and value.flags.writeable
    ]
    assert writable == []
