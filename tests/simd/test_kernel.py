"""The decorators of kernels."""

import pytest

from cfl.prediction.dc_prediction import dc_pred
from cfl.simd.kernel import for_python


def test_what_is_for_kernels_only_says_so_to_python():
    """Before and after a kernel has compiled it: there is no code of its own that could be run."""
    for _ in range(2):
        with pytest.raises(TypeError, match=r"^dc_pred is for kernels only"):
            dc_pred(24, 8, True, True, 8, 8, 128)
        assert for_python(dc_pred)(24, 8, True, True, 8, 8, 128) == 2
        _called_by_a_kernel()


def _called_by_a_kernel():
    from cfl.simd.kernel import entry

    @entry
    def caller(above, left):
        return dc_pred(above, left, True, True, 8, 8, 128)

    assert caller(24, 8) == 2
