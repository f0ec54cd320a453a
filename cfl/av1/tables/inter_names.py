"""Enumerations that only inter frames have, for printing: apart from the constants, which kernels import."""

from enum import IntEnum

from cfl.av1.tables import inter_constants as constants


class RefFrame(IntEnum):
    """What a block is predicted from: AV1's RefFrame.

    LAST to GOLDEN are meant for frames before this one in the order of output, BWDREF to ALTREF for later
    ones. Which slots they are in, the frame header says.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the columns `ref_frame_1` and `ref_frame_2`.

    References
    ----------
    AV1 specification, 6.10.24.

    Examples
    --------
    >>> import cfl
    >>> cfl.inspection.RefFrame(7).name
    'ALTREF_FRAME'
    """

    NONE = constants.NONE
    INTRA_FRAME = constants.INTRA_FRAME
    LAST_FRAME = constants.LAST_FRAME
    LAST2_FRAME = constants.LAST2_FRAME
    LAST3_FRAME = constants.LAST3_FRAME
    GOLDEN_FRAME = constants.GOLDEN_FRAME
    BWDREF_FRAME = constants.BWDREF_FRAME
    ALTREF2_FRAME = constants.ALTREF2_FRAME
    ALTREF_FRAME = constants.ALTREF_FRAME


class InterMode(IntEnum):
    """How the vectors of an inter block are coded: AV1's YMode beyond those of `IntraMode`.

    NEAREST and NEAR take vectors of neighbours, NEW adds a difference to one, GLOBAL is the motion of the
    frame. Of two references, the first word is of the first.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the column `y_mode`.

    References
    ----------
    AV1 specification, 6.10.22.

    Examples
    --------
    >>> import cfl
    >>> cfl.inspection.InterMode.NEWMV.name
    'NEWMV'
    """

    NEARESTMV = constants.NEARESTMV
    NEARMV = constants.NEARMV
    GLOBALMV = constants.GLOBALMV
    NEWMV = constants.NEWMV
    NEAREST_NEARESTMV = constants.NEAREST_NEARESTMV
    NEAR_NEARMV = constants.NEAR_NEARMV
    NEAREST_NEWMV = constants.NEAREST_NEWMV
    NEW_NEARESTMV = constants.NEW_NEARESTMV
    NEAR_NEWMV = constants.NEAR_NEWMV
    NEW_NEARMV = constants.NEW_NEARMV
    GLOBAL_GLOBALMV = constants.GLOBAL_GLOBALMV
    NEW_NEWMV = constants.NEW_NEWMV


class MotionMode(IntEnum):
    """How an inter block moves: AV1's motion_mode.

    SIMPLE is by its vector, OBMC blends that with predictions by its neighbours' vectors, and LOCALWARP fits
    a warp to these.

    See Also
    --------
    cfl.inspection.BLOCK_FIELDS : Has the column `motion_mode`.

    References
    ----------
    AV1 specification, 6.10.26.

    Examples
    --------
    >>> import cfl
    >>> [mode.name for mode in cfl.inspection.MotionMode]
    ['SIMPLE', 'OBMC', 'LOCALWARP']
    """

    SIMPLE = constants.SIMPLE
    OBMC = constants.OBMC
    LOCALWARP = constants.LOCALWARP
