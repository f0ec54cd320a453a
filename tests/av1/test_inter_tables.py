"""The standard's numbers for inter frames: their checksums, taken as `test_tables` says."""

import zlib

import numpy as np
import pytest

from cfl.av1.tables import default_cdfs, motion
from cfl.av1.tables.default_inter_cdfs import DEFAULTS
from tests.spec import inter_context_spec, motion_field_spec

SHAPES = {
    "y_mode": (4, 13), "segment_id_predicted": (3, 2), "is_inter": (4, 2), "skip_mode": (3, 2),
    "comp_mode": (5, 2), "comp_ref_type": (5, 2), "uni_comp_ref": (3, 3, 2), "comp_ref": (3, 3, 2),
    "comp_bwd_ref": (3, 2, 2), "single_ref": (3, 6, 2), "compound_mode": (8, 8), "new_mv": (6, 2),
    "zero_mv": (2, 2), "ref_mv": (6, 2), "drl_mode": (3, 2), "mv_class0_fr": (2, 2, 4), "mv_class0_hp": (2,),
    "mv_fr": (2, 4), "mv_hp": (2,), "inter_intra": (3, 2), "inter_intra_mode": (3, 4),
    "wedge_inter_intra": (22, 2), "wedge_index": (22, 16), "use_obmc": (22, 2), "motion_mode": (22, 3),
    "comp_group_idx": (6, 2), "compound_idx": (6, 2), "compound_type": (22, 2), "interp_filter": (16, 3),
}  # fmt: skip
"""Numbers of contexts, then of symbols."""

SUMS = {
    "y_mode": 0x7BC7A124, "segment_id_predicted": 0x519BE641, "is_inter": 0x5CDD25DF, "skip_mode": 0xAFF69AC4,
    "comp_mode": 0xF3F240D0, "comp_ref_type": 0x58A57DA9, "uni_comp_ref": 0x299E4FD3, "comp_ref": 0x405C3404,
    "comp_bwd_ref": 0x0B8F3E29, "single_ref": 0xAF82F8B2, "compound_mode": 0x1AA582EF, "new_mv": 0x0F675C27,
    "zero_mv": 0xA0FB86FF, "ref_mv": 0x2B20D767, "drl_mode": 0xF2CC64FA, "mv_class0_fr": 0x927D4436,
    "mv_class0_hp": 0x8B7DF1B9, "mv_fr": 0x81B2C245, "mv_hp": 0x258B3572, "inter_intra": 0xE09E28A4,
    "inter_intra_mode": 0xD7996F82, "wedge_inter_intra": 0x07AD16D8, "wedge_index": 0xB87583A0,
    "use_obmc": 0x464D032D, "motion_mode": 0xD913E313, "comp_group_idx": 0xA56F82DD,
    "compound_idx": 0x2D6AA678, "compound_type": 0x3FBBEC66, "interp_filter": 0x119E121E,
}  # fmt: skip


def standard_cdfs(name):
    """The CDFs in the standard's form: to 32768, then the counter."""
    *contexts, symbols = SHAPES[name]
    cdfs = np.full((*contexts, symbols + 1), (1 << 15), "<i4")
    cdfs[..., -1] = 0
    cdfs[..., :-2] = np.array(DEFAULTS[name].split(), np.int32).reshape(*contexts, symbols - 1)
    return cdfs


@pytest.mark.parametrize("name", SHAPES)
def test_default_cdfs_are_those_of_the_specification(name):
    cdfs = standard_cdfs(name)
    assert zlib.crc32(cdfs.tobytes()) == SUMS[name]
    assert (np.diff(cdfs[..., :-1], axis=-1) >= 0).all()
    assert (cdfs[..., 0] > 0).all()


def test_every_default_cdf_is_checked_and_in_one_table_only():
    assert set(DEFAULTS) == set(SHAPES) == set(SUMS)
    assert not set(DEFAULTS) & set(default_cdfs.DEFAULTS)


def test_tables_are_those_of_the_specification():
    assert motion.DIV_MULT.tolist() == motion_field_spec.Div_Mult
    assert motion.COMPOUND_MODE_CTX_MAP.tolist() == inter_context_spec.Compound_Mode_Ctx_Map
    assert zlib.crc32(motion.SIZE_GROUP.astype("<i4").tobytes()) == 0xD452EC6C
    for table in (motion.DIV_MULT, motion.COMPOUND_MODE_CTX_MAP, motion.SIZE_GROUP):
        assert not table.flags.writeable
