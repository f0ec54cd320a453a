"""`inspect`: the table, maps and summary of whole files; frames of streams, grids, references, errors."""

import copy
import json
import pickle

import numpy as np
import pytest
from av1_corpus import pillow, stream, svt
from av1_oracle import dav1d_pictures, temporal_units
from av1_pictures import mixed, screen, waves
from av1_rewriting import Rewriting
from av1_streams import DELIMITER, avif, picture, svt_obu
from avif_files import avif_file, clap, coded, grid, irot, nclx, sequence_file
from inspection.streams import CASES, decoded, first_frame

import cfl
from cfl.av1.tables.constants import IntraMode
from cfl.container import read_avif
from cfl.errors import BitstreamError, FrameError, UnsupportedFeature
from cfl.inspection import BLOCK_FIELDS, inspect
from cfl.inspection.blocks import is_cfl
from cfl.inspection.rows import rows_of
from cfl.prediction import alpha_bits

cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
SIZE_OF_SPECIAL = 24
"""Bits of a tile that neither blocks nor partition symbols need: trailing bits and padding."""


def file_of(tmp_path, data, name="x.obu"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.fixture
def original(tmp_path):
    """A picture's samples, and the AVIF file that they were encoded to."""
    samples = picture(203, 141)
    return samples, file_of(tmp_path, avif(samples, quality=70), "x.avif")


@cases
def test_table_and_picture(case, tmp_path):
    found = inspect(file_of(tmp_path, stream(case)))
    of = decoded(first_frame(case))
    blocks = found.blocks
    for name in ("skip", "qindex", "y_mode", "angle_delta_y", "palette_size_uv", "tx_size", "bits_luma"):
        np.testing.assert_array_equal(blocks[name], of.records[name])
    chroma = of.records["has_chroma"] == 1
    np.testing.assert_array_equal(blocks["uv_mode"], np.where(chroma, of.records["uv_mode"], -1))
    np.testing.assert_array_equal(
        blocks["filter_intra_mode"] >= 0, of.records["use_filter_intra"].astype(bool)
    )
    (reference,) = dav1d_pictures(temporal_units(stream(case)))[:1]
    for plane, expected in zip(found.frame.planes, reference.planes, strict=True):
        np.testing.assert_array_equal(plane, expected)
    for plane, expected in zip(found.reconstruction, of.planes, strict=True):
        np.testing.assert_array_equal(plane, expected[: plane.shape[0], : plane.shape[1]])


@cases
def test_blocks_cover_the_picture_once(case, tmp_path):
    found = inspect(file_of(tmp_path, stream(case)))
    width, height = found.picture.width, found.picture.height
    covered = np.zeros((height + 128, width + 128), int)
    for x, y, w, h in found.blocks[["x", "y", "w", "h"]].tolist():
        covered[y : y + h, x : x + w] += 1
    assert (covered[:height, :width] == 1).all()
    assert found.chroma_samples.sum() == found.frame.u.size
    index = found.block_map()
    rows, columns = np.indices(index.shape) * 4
    block = found.blocks[index]
    assert ((block["x"] <= columns) & (columns < block["x"] + block["w"])).all()
    assert ((block["y"] <= rows) & (rows < block["y"] + block["h"])).all()
    assert (found.map("has_chroma", chroma=True) == 1).all()
    assert (found.map("y_mode") == found.blocks["y_mode"][index]).all()


@cases
def test_bits_add_up(case, tmp_path):
    """Blocks take the whole tile but for its partition: at most four symbols of under 8 bits to a block."""
    bits = inspect(file_of(tmp_path, stream(case))).summary["bits"]
    coded_frame = first_frame(case)
    assert bits["tiles"] == 8 * sum(len(tile.data) for tile in coded_frame.tiles)
    of = decoded(coded_frame)
    kinds = ("modes", "cfl_alpha", "luma", "chroma")
    for kind in kinds:
        assert bits[kind] == pytest.approx(of.records[f"bits_{kind}"].sum(dtype=float), rel=1e-9)
    assert sum(bits[kind] for kind in (*kinds, "other")) == pytest.approx(bits["tiles"])
    restoration = 80 if coded_frame.header.lr.uses_lr else 0
    assert 0 < bits["other"] < SIZE_OF_SPECIAL * len(coded_frame.tiles) + 4 * len(of.records) + restoration


@pytest.mark.parametrize("size", [(8, 8), (5, 7), (16, 8)])
def test_bits_of_a_tiny_picture(size, tmp_path):
    """With one or two blocks nothing is left but a symbol or two and the trailing bits."""
    found = inspect(file_of(tmp_path, avif(mixed(96, 64)[: size[1], : size[0]], quality=90)))
    assert len(found.blocks) < 9
    assert 0 < found.summary["bits"]["other"] < SIZE_OF_SPECIAL


def test_an_inspection_and_what_a_file_says_can_be_pickled(tmp_path):
    path = tmp_path / "a.avif"
    path.write_bytes(avif())
    inspection = cfl.inspect(path)
    again = pickle.loads(pickle.dumps(inspection))
    assert again.blocks.tobytes() == inspection.blocks.tobytes()
    assert again.headers == inspection.headers and again.summary == inspection.summary
    file = cfl.container.read_avif(avif())
    assert pickle.loads(pickle.dumps(file)) == file == copy.deepcopy(file)
    data = cfl.container.write_ivf(cfl.container.IvfHeader(16, 16), [(7, b"\x12\0")])
    frame = next(cfl.container.read_ivf(data)[1])
    assert pickle.loads(pickle.dumps(frame)) == frame


def test_bits_of_alpha_are_their_information(tmp_path):
    """Without adaptation, what the default CDFs say, but for the range coder's rounding."""
    case = pillow("no adaptation", size=(203, 141), quality=80, speed=4, advanced="cdf-update-mode=0")
    found = inspect(file_of(tmp_path, stream(case)))
    assert found.headers["probabilities"] == "fixed"
    blocks = found.blocks[is_cfl(found.blocks)]
    expected = alpha_bits(blocks["cfl_alpha_u"], blocks["cfl_alpha_v"])
    assert len(blocks) > 20
    np.testing.assert_allclose(blocks["bits_cfl_alpha"], expected, rtol=0.01, atol=0.5)
    assert blocks["bits_cfl_alpha"].sum() == pytest.approx(expected.sum(), rel=0.01)


def test_summary(original):
    found = inspect(original[1])
    summary, blocks = found.summary, found.blocks
    cfl_blocks = blocks[is_cfl(blocks)]
    samples = found.chroma_samples
    assert sum(entry["share"] for entry in summary["uv_modes"].values()) == pytest.approx(1)
    for name, entry in summary["uv_modes"].items():
        chosen = blocks["uv_mode"] == IntraMode[name]
        assert entry["blocks"] == chosen.sum()
        assert entry["samples"] == samples[chosen].sum()
    assert sum(pair["blocks"] for pair in summary["alpha_pairs"]) == len(cfl_blocks) > 0
    for pair in summary["alpha_pairs"]:
        same = (cfl_blocks["cfl_alpha_u"] == pair["alpha_u"]) & (cfl_blocks["cfl_alpha_v"] == pair["alpha_v"])
        assert same.sum() == pair["blocks"]
    gain = summary["cfl"]["v"]
    sse, sse_dc = cfl_blocks["sse_v"].sum(), cfl_blocks["sse_dc_v"].sum()
    assert gain["gain_db"] == pytest.approx(10 * np.log10(sse_dc / sse))
    assert gain["gain"] == pytest.approx((sse_dc - sse) / samples[is_cfl(blocks)].sum())
    assert gain["sse_ls"] <= gain["sse"] + 0.25 * samples.sum()
    assert gain["sse_best"] <= gain["sse"]
    assert gain["sse_best"] <= gain["sse_dc"]
    json.dumps(found.as_dict(), allow_nan=False)


def test_every_column_is_explained(original):
    names = {name.removesuffix("_u").removesuffix("_v") for name in inspect(original[1]).blocks.dtype.names}
    assert names == set(BLOCK_FIELDS)


def test_palettes_and_block_copies_have_their_own_shares(tmp_path):
    case = pillow("copies", screen, (192, 128), "444", speed=3, advanced="tune-content=screen")
    found = inspect(file_of(tmp_path, stream(case)))
    shares = found.summary["uv_modes"]
    palettes = (found.blocks["palette_size_uv"] > 0).sum()
    copies = ((found.blocks["use_intrabc"] > 0) & (found.blocks["has_chroma"] > 0)).sum()
    assert (shares["PALETTE"]["blocks"], shares["INTRABC"]["blocks"]) == (palettes, copies)
    assert palettes
    assert copies


def test_monochrome(tmp_path):
    found = inspect(file_of(tmp_path, stream(pillow("mono", mixed, (192, 128), "400", speed=4))))
    assert found.frame.subsampling == "4:0:0"
    assert found.summary["uv_modes"] == {}
    assert found.summary["cfl"]["blocks"] == 0
    assert (found.blocks["uv_mode"] == -1).all()
    json.dumps(found.as_dict(), allow_nan=False)


# --- references -------------------------------------------------------------------------------------------


def test_reference_file_and_frame(original, tmp_path):
    samples, path = original
    from PIL import Image

    Image.fromarray(samples).save(tmp_path / "x.png")
    found = inspect(path, reference=tmp_path / "x.png")
    frame = cfl.read(tmp_path / "x.png")
    assert found.has_reference
    assert found.summary["target"] == "reference"
    assert found.blocks.tobytes() == inspect(path, reference=frame).blocks.tobytes()
    chosen = np.flatnonzero(is_cfl(found.blocks) & (found.blocks["x"] + found.blocks["w"] <= 202))[0]
    block = found.blocks[chosen]
    x, y, w, h = block["x"] // 8 * 4, block["y"] // 8 * 4, max(block["w"] // 2, 4), max(block["h"] // 2, 4)
    chroma = frame.u[y : y + h, x : x + w].astype(float)
    assert block["sse_dc_u"] == ((chroma - block["dc_u"]) ** 2).sum()
    own = inspect(path)
    assert not own.has_reference
    assert own.summary["cfl"]["u"]["sse"] != found.summary["cfl"]["u"]["sse"]
    chroma = own.reconstruction[1][y : y + h, x : x + w].astype(float)
    assert own.blocks[chosen]["sse_dc_u"] == ((chroma - block["dc_u"]) ** 2).sum()


def test_a_reference_is_converted_and_not_relabelled(original):
    """Limited range, 10 bits and 4:4:4 of the same picture give the errors of the picture itself, nearly."""
    samples, path = original
    true = inspect(path, reference=cfl.rgb_to_frame(samples))
    assert true.remarks == []
    other = cfl.rgb_to_frame(
        samples, full_range=False, bit_depth=10, subsampling="4:4:4", matrix_coefficients=1
    )
    found = inspect(path, reference=other)
    (remark,) = found.remarks
    assert "limited range to full range, BT.709 (1) to BT.601 (6), 4:4:4 to 4:2:0, 10 to 8 bits" in remark
    for plane in "uv":
        want, got = true.summary["cfl"][plane], found.summary["cfl"][plane]
        assert got["sse"] == pytest.approx(want["sse"], rel=0.05)
        assert got["sse_dc"] == pytest.approx(want["sse_dc"], rel=0.05)
    wrong = inspect(path, reference=cfl.rgb_to_frame(samples).replace(full_range=False))
    assert wrong.summary["cfl"]["u"]["sse"] > 1.2 * true.summary["cfl"]["u"]["sse"]


def test_reference_that_does_not_fit(original):
    frame = cfl.rgb_to_frame(picture(200, 141))
    with pytest.raises(FrameError, match="the reference: 200x141 4:2:0 8 bit, but the coded picture is 203x"):
        inspect(original[1], reference=frame)


def test_reference_for_a_turned_picture(original, tmp_path):
    samples, path = original
    obus = bytes(read_avif(path.read_bytes()).primary.data)
    turned = file_of(tmp_path, avif_file({1: coded(obus, irot(1))}), "turned.avif")
    assert inspect(turned).frame.width == 203
    with pytest.raises(UnsupportedFeature, match="turned"):
        inspect(turned, reference=path)
    cropped = coded(obus, clap((100, 1), (100, 1), (0, 1), (0, 1)))
    with pytest.raises(UnsupportedFeature, match="cropped"):
        inspect(file_of(tmp_path, avif_file({1: cropped}), "c.avif"), reference=path)
    inspect(turned, reference=cfl.rgb_to_frame(samples))


def test_superres(tmp_path):
    found = inspect(file_of(tmp_path, stream(SUPERRES)))
    (expected,) = dav1d_pictures(temporal_units(stream(SUPERRES)))
    np.testing.assert_array_equal(found.frame.u, expected.planes[1])
    assert found.reconstruction[0].shape[1] < found.frame.width == 184
    assert found.headers["superres"].startswith("coded ")
    assert (found.blocks["x"] < found.reconstruction[0].shape[1]).all()
    with pytest.raises(UnsupportedFeature, match="superres"):
        inspect(tmp_path / "x.obu", reference=found.frame)


SUPERRES = svt(
    "superres", "superres-mode=1:superres-kf-denom=13:superres-denom=13", waves, (184, 104), preset="6"
)


# --- frames and files -------------------------------------------------------------------------------------


def test_bits_of_a_frame_are_its_own(tmp_path):
    """Of a clip's OBUs: sequence header and frame, as `cfl.encode_frames` counts them."""
    frames = [cfl.rgb_to_frame(picture(64, 48, seed=i)) for i in range(3)]
    encoded = list(cfl.encode_frames(frames, quality=70, speed=10))
    path = file_of(tmp_path, b"".join(each.data for each in encoded))
    for number, each in enumerate(encoded):
        bits = inspect(path, frame=number).summary["bits"]
        assert bits["frame"] == 8 * each.coded_bytes
        assert bits["frame"] / (64 * 48) == each.bits_per_pixel
        assert bits["tiles"] < bits["frame"] < bits["file"] == 8 * path.stat().st_size


def test_blocks_wholly_outside_the_picture_count_nothing(tmp_path):
    """In 4:4:4 with two columns in the last 8, a block of 4 can lie beyond the picture."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 255, (66, 66)).astype(np.uint8)
    u = (y * 0.7 + rng.integers(0, 5, y.shape)).astype(np.uint8)
    frame = cfl.rgb_to_frame(np.dstack([y, u, 255 - y]), subsampling="4:4:4")
    found = inspect(file_of(tmp_path, cfl.encode(frame, quality=90, speed=4), "x.avif"))
    cfl_blocks = found.blocks[is_cfl(found.blocks)]
    outside = (cfl_blocks["x"] >= 66) | (cfl_blocks["y"] >= 66)
    assert outside.any()
    assert np.isnan(cfl_blocks["r2_u"][outside]).all() and np.isfinite(cfl_blocks["r2_u"][~outside]).all()
    gain, inside = found.summary["cfl"], int((~outside).sum())
    assert gain["blocks"] == found.summary["uv_modes"]["UV_CFL_PRED"]["blocks"] == inside
    assert sum(pair["blocks"] for pair in found.summary["alpha_pairs"]) == inside
    sums = {name: float(cfl_blocks[f"{name}_u"][~outside].sum()) for name in ("sse", "ss_total")}
    assert gain["u"]["r2"] == pytest.approx(1 - sums["sse"] / sums["ss_total"])
    json.dumps(found.as_dict(), allow_nan=False)
    assert {row["r2_u"] for row in rows_of(cfl_blocks[outside])} == {None}


def test_frames_of_a_stream(tmp_path):
    data = svt_obu(frames=3)
    path = file_of(tmp_path, data)
    pictures = dav1d_pictures(temporal_units(data))
    for i, expected in enumerate(pictures):
        np.testing.assert_array_equal(inspect(path, frame=i).frame.y, expected.planes[0])
    with pytest.raises(FrameError, match=r"x\.obu: there is no frame 3; the file has 3"):
        inspect(path, frame=3)
    with pytest.raises(FrameError, match="frame is -1"):
        inspect(path, frame=-1)


def test_ivf(tmp_path):
    found = inspect(file_of(tmp_path, svt_obu(frames=2, container_format="ivf"), "x.ivf"), frame=1)
    assert found.picture.format == "IVF"
    pictures = dav1d_pictures(temporal_units(svt_obu(frames=2)))
    np.testing.assert_array_equal(found.frame.v, pictures[1].planes[2])


def test_frame_that_is_shown_later(tmp_path):
    made = Rewriting(svt_obu(frames=3))
    made.unit(made.frame(0))
    made.unit(made.hidden(1), made.existing())
    made.unit(made.frame(2))
    pictures = dav1d_pictures(temporal_units(made.stream()))
    path = file_of(tmp_path, made.stream())
    assert len(pictures) == 3
    for i, expected in enumerate(pictures):
        np.testing.assert_array_equal(inspect(path, frame=i).frame.y, expected.planes[0])


def test_layers(tmp_path):
    made = Rewriting(svt_obu(frames=3))
    made.layers(0x301)
    made.unit(made.frame(0, 0), made.frame(1, 1))
    made.unit(made.frame(2, 0))
    pictures = dav1d_pictures(temporal_units(made.stream()))
    path = file_of(tmp_path, made.stream())
    for i, expected in enumerate(pictures):
        np.testing.assert_array_equal(inspect(path, frame=i).frame.y, expected.planes[0])


def test_inter_frames(tmp_path):
    """With frames that are coded before they are shown, and a second key frame."""
    stream = svt_obu(frames=7, params="keyint=5")
    path = file_of(tmp_path, stream)
    for number, expected in enumerate(dav1d_pictures(temporal_units(stream))):
        inspection = inspect(path, frame=number)
        assert inspection.frame.planes[0].tolist() == expected.planes[0].tolist()
        area = (inspection.blocks["w"].astype(int) * inspection.blocks["h"]).sum()
        assert area >= inspection.frame.y.size


def test_every_frame_of_a_sequence(tmp_path):
    samples = [bytes(read_avif(avif(picture(seed=seed))).primary.data) for seed in range(3)]
    path = file_of(tmp_path, sequence_file(samples))
    for number, sample in enumerate(samples):
        alone = inspect(file_of(tmp_path, DELIMITER + sample, f"{number}.obu"))
        assert inspect(path, frame=number).blocks.tobytes() == alone.blocks.tobytes()
    with pytest.raises(FrameError, match="there is no frame 3; the file has 3"):
        inspect(path, frame=3)


def test_grid(tmp_path):
    parts = [picture(64, 64, seed=i) for i in range(4)]
    files = [avif(part, quality=70) for part in parts]
    items = {i + 2: coded(bytes(read_avif(data).primary.data)) for i, data in enumerate(files)}
    items[1] = grid(2, 2, 120, 100)
    path = file_of(tmp_path, avif_file(items, [("dimg", 1, [2, 3, 4, 5])]), "grid.avif")
    found = inspect(path)
    assert (found.picture.grid, found.frame.width, found.frame.height) == ((2, 2), 120, 100)
    assert "a grid of 2x2 images" in found.headers["picture"]
    alone = inspect(file_of(tmp_path, files[3], "one.avif")).blocks
    alone["x"], alone["y"] = alone["x"] + 64, alone["y"] + 64
    last = found.blocks[(found.blocks["x"] >= 64) & (found.blocks["y"] >= 64)]
    assert last.tobytes() == alone.tobytes()
    np.testing.assert_array_equal(found.frame.y, cfl.read(path).y)
    assert found.chroma_samples.sum() == 60 * 50
    referred = inspect(path, reference=found.frame.replace(u=255 - found.frame.u))
    assert referred.summary["cfl"]["u"]["sse_dc"] > found.summary["cfl"]["u"]["sse_dc"]


def test_blocks_of_a_grid_count_their_own_cell_only(tmp_path):
    """Cells of 72 samples are coded up to 128: what is beyond belongs to the next cell."""
    data = avif(picture(72, 72), quality=70)
    obus = bytes(read_avif(data).primary.data)
    items = {1: grid(2, 2, 144, 144)} | {i: coded(obus) for i in range(2, 6)}
    found = inspect(file_of(tmp_path, avif_file(items, [("dimg", 1, [2, 3, 4, 5])]), "grid.avif"))
    alone = inspect(file_of(tmp_path, data, "one.avif"))
    assert found.chroma_samples.sum() == 72 * 72
    np.testing.assert_array_equal(found.chroma_samples, np.tile(alone.chroma_samples, 4))
    shares = {name: entry["share"] for name, entry in alone.summary["uv_modes"].items()}
    assert {name: entry["share"] for name, entry in found.summary["uv_modes"].items()} == shares


def test_a_coded_image_that_a_grid_shows_several_times_has_its_bits_once(tmp_path):
    data = avif(picture(64, 64), quality=70)
    items = {1: grid(2, 3, 192, 128), 2: coded(bytes(read_avif(data).primary.data))}
    path = file_of(tmp_path, avif_file(items, [("dimg", 1, [2] * 6)]), "grid.avif")
    bits = inspect(path).summary["bits"]
    alone = inspect(file_of(tmp_path, data, "one.avif")).summary["bits"]
    assert bits["tiles"] == alone["tiles"] <= bits["frame"] < bits["file"] == 8 * path.stat().st_size
    for name in ("modes", "luma", "chroma", "cfl_alpha", "other"):
        assert bits[name] == pytest.approx(alone[name])


def test_colour_is_that_of_the_file(original, tmp_path):
    obus = bytes(read_avif(original[1].read_bytes()).primary.data)
    path = file_of(tmp_path, avif_file({1: coded(obus, nclx(9, 16, 9, False))}), "hdr.avif")
    found = inspect(path)
    assert (found.frame.matrix_coefficients, found.frame.full_range) == (9, False)
    assert found.headers["colour of the file"] == (
        "primaries BT.2020 (9), transfer PQ (16), matrix BT.2020 (9), limited range"
    )


@pytest.mark.parametrize("end", [0, 3, 40, 300])
def test_truncated(original, tmp_path, end):
    data = original[1].read_bytes()[:end]
    with pytest.raises((BitstreamError, FrameError), match="cut"):
        inspect(file_of(tmp_path, data, "cut.avif"))


def test_too_large_and_missing(original, tmp_path):
    with pytest.raises(FrameError, match=r"the limit \(max_pixels\) is 100"):
        inspect(original[1], max_pixels=100)
    with pytest.raises(FrameError, match="cannot be read"):
        inspect(tmp_path / "nothing.avif")


def test_a_large_image_of_which_a_grid_shows_little(tmp_path):
    image = coded(bytes(read_avif(avif(picture(64, 64, seed=1))).primary.data))
    data = avif_file({1: grid(1, 1, 8, 8), 2: image}, [("dimg", 1, [2])])
    with pytest.raises(FrameError, match=r"64x64 is 4096 pixels; the limit \(max_pixels\) is 1000"):
        inspect(file_of(tmp_path, data, "grid.avif"), max_pixels=1000)


def test_damaged_files(original, tmp_path):
    """Any error is one of ours; what can still be decoded has a table and a summary."""
    data, rng, decoded_ = original[1].read_bytes(), np.random.default_rng(5), 0
    start = data.index(b"mdat")
    for _ in range(120):
        damaged = bytearray(data)
        for at in rng.integers(start if rng.random() < 0.7 else 0, len(data), rng.integers(1, 4)):
            damaged[at] = rng.integers(256)
        path = file_of(tmp_path, bytes(damaged), "damaged.avif")
        try:
            found = inspect(path, max_pixels=1 << 20)
        except cfl.CflError:
            continue
        decoded_ += 1
        json.dumps(found.as_dict(), allow_nan=False)
    assert decoded_


def test_other_files(tmp_path):
    with pytest.raises(BitstreamError, match=r"x\.obu: not an AV1 file"):
        inspect(file_of(tmp_path, b"no AV1"))


def test_damage_names_the_file(tmp_path):
    data = bytearray(avif(picture()))
    data[-300:] = bytes(300)
    with pytest.raises(BitstreamError, match=r"x\.avif: .*tile 0"):
        inspect(file_of(tmp_path, data, "x.avif"))


def test_a_size_that_lies(tmp_path):
    data = avif(picture())
    at = data.index(b"ispe") + 8
    data = data[:at] + (97).to_bytes(4) + data[at + 4 :]
    with pytest.raises(BitstreamError, match="is 96x64, not 97x64 as its ispe says"):
        inspect(file_of(tmp_path, data))
