"""Repeated hold-out: each block draws its own test images, too, and every comparison is as wide as that asks for."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from test_compare import FEW, pictures

import jaxreg
from jaxreg.commands.calibration import TINY
from jaxreg.data import SplitSizes, draw_repeated, from_arrays
from jaxreg.engine.problem import settle
from jaxreg.errors import InputError
from jaxreg.stats.calibration import World, calibrate, correlate, promise
from jaxreg.stats.contrasts import corrected_t_p
from jaxreg.stats.intervals import degrees_of_freedom, errors, image_floor
from jaxreg.stats.judge import judge
from jaxreg.stats.judgement import Confirmation, Repeated
from jaxreg.verdict import run as run_module
from jaxreg.verdict.config import VerdictConfig
from jaxreg.verdict.confirm import Runs, draw_block
from jaxreg.verdict.run import run_verdict
from jaxreg.verdict.words import say
from jaxreg.verdict.write import write_verdict_report

DESIGN = Repeated(60, 144, 300)
CELLS = (("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"))
MARGINS = {"one": 0.01, "other": 0.01}


def scores(num_blocks=8, better=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return 0.8 + rng.normal(0, 0.02, (4, num_blocks, 1)) + np.reshape([0, 0, 0, better], (4, 1, 1))


def judged(given, repeated=DESIGN):
    overlap = repeated and repeated.correlation
    confirmation = Confirmation(("one", "other"), CELLS, given, overlap=overlap, repeated=repeated)
    return judge(confirmation, margins=MARGINS, reference=CELLS[0], draws=2000)


def pool(num=120, classes=2):
    rng, labels = np.random.default_rng(0), np.arange(num) % classes
    images = rng.integers(0, 100, (num, 16, 16)).astype(np.uint8)
    images[:, 0, 0] = np.arange(num)  # by which each is known
    images[labels == 1, 4:12, 4:12] += 150
    return from_arrays(images, labels)


def known(split):
    return {*np.rint((np.asarray(split.images)[:, 0, 0, 0] + 1) / 2 * 255).astype(int).tolist()}


def test_standard_errors_are_those_of_nadeau_and_bengio():
    given = scores()
    parts = errors(np.array([[1.0, 0, -1, 0]]), given, DESIGN)
    by_block = given[0, :, 0] - given[2, :, 0]
    rho = 144 / 300  # more than the 60 / 300 of test images
    tested = 300 * (1 - 0.8**8)
    variance = (1 / 8 + rho / (1 - rho)) * by_block.var(ddof=1) + 2 / tested**2
    assert parts.standard_errors[0] == pytest.approx(variance**0.5)
    assert degrees_of_freedom(parts).tolist() == [7]
    assert Repeated(100, 40, 300).correlation == pytest.approx(1 / 3)


def test_every_comparison_is_wider_by_it():
    given = scores()
    plain, wide = judged(given, None), judged(given)
    wider = (1 + 8 * 0.48 / 0.52) ** 0.5
    for name, family in wide.families.items():
        for found, was in zip(family.contrasts, plain.families[name].contrasts, strict=True):
            assert found.difference.value == was.difference.value
            assert found.difference.standard_error > 0.99 * wider * was.difference.standard_error
            assert np.ptp(found.difference[2:]) > 0.9 * wider * np.ptp(was.difference[2:])
            assert (found.wilcoxon, found.holm) == (None, None)
            assert was.wilcoxon is not None
        assert family.detectable > 2.5 * plain.families[name].detectable
    for found, was in zip(wide.best.distances, plain.best.distances, strict=True):
        assert found.difference.standard_error > 0.99 * wider * was.difference.standard_error
        assert found.difference.high >= was.difference.high
    for found, was in zip(wide.cells, plain.cells, strict=True):
        assert np.ptp(found.test[2:]) > 0.9 * wider * np.ptp(was.test[2:])
    assert wide.best.luck > 2.5 * plain.best.luck
    assert (wide.num_images, plain.num_images) == (60, 1)


def test_the_interval_of_one_pair_says_what_the_corrected_t_test_says():
    given = scores(num_blocks=12)[:2]
    for shift in (0.02, 0.05):
        moved = given + np.reshape([0, shift], (2, 1, 1))
        confirmation = Confirmation(("one",), (("a",), ("b",)), moved, overlap=DESIGN.correlation, repeated=DESIGN)
        (contrast,) = judge(confirmation, margins={"one": 1e-9}, draws=500).pairs.contrasts
        p = corrected_t_p(moved[1, :, 0] - moved[0, :, 0], DESIGN.correlation, 0.0)
        assert p is not None
        assert contrast.corrected_t == pytest.approx(p, rel=0.01)
        assert p is not None
        assert (contrast.decision in ("better", "worse")) == (p < 0.05)


def test_blocks_without_number_leave_what_they_share():
    parts = errors(np.array([[1.0, -1, 0, 0]]), scores(num_blocks=400), DESIGN)
    spread = parts.by_block.var(ddof=1)
    z = stats.norm.ppf(0.95)
    assert image_floor(parts, 0.05, 1) == pytest.approx(z * (0.48 / 0.52 * spread) ** 0.5, rel=0.02)
    assert parts.standard_errors[0] == pytest.approx((0.48 / 0.52 * spread) ** 0.5, rel=0.02)


def test_cells_that_answer_the_same_are_not_certain():
    found = judged(np.full((4, 12, 1), 0.9))
    assert {contrast.decision for contrast in found.pairs.contrasts} == {"undecided"}


@pytest.mark.parametrize("design", [Repeated(0, 144, 300), Repeated(60, 0, 300), Repeated(160, 144, 300)])
def test_a_design_that_is_none_is_refused(design):
    with pytest.raises(ValueError, match="test and training images are needed, together no more than the pool has"):
        judged(scores(), design)
    with pytest.raises(ValueError, match="of repeated hold-out"):
        judged(np.ones((4, 3, 5)))


def test_blocks_that_share_images_hang_together_and_ours_is_on_the_safe_side():
    found = correlate(8, DESIGN, World(**TINY | {"draws": 1.0}), studies=150)
    none, tested, trained = found.held
    assert none < 0.8
    assert none < tested < trained
    assert trained > 0.93
    assert 0.2 < found.correlation < 0.48
    assert correlate(8, DESIGN, World(**TINY | {"draws": 0.0}), studies=150).correlation < 0.2


def test_intervals_hold_in_simulated_studies():
    found = calibrate(1, 3, 6, 300, 25, world=World(**TINY | {"draws": 0.6}), repeated=DESIGN)
    assert found.joint_coverage >= 0.92
    assert found.best_coverage >= 0.92
    assert found.cell_coverage >= 0.9


def test_it_promises_less_than_one_test_set():
    own, one = promise((3,), 8, 60, 0.82, DESIGN).pairs, promise((3,), 8, 60, 0.82).pairs
    assert own is not None
    assert one is not None
    assert own > 1.3 * one


def test_each_block_draws_disjoint_parts_of_the_whole_pool_with_each_class():
    dataset, sizes = pool(), SplitSizes(58, 14, 24)
    draws = [draw_repeated(dataset, sizes, seed) for seed in range(2)]
    for splits in draws:
        parts = [known(split) for split in splits]
        assert [len(part) for part in parts] == [58, 14, 24, 24]
        assert set.union(*parts) == set(range(120))
        assert [np.bincount(split.labels).tolist() for split in splits] == [[29, 29], [7, 7], [12, 12], [12, 12]]
    assert known(draws[0].test) != known(draws[1].test)
    again = draw_repeated(dataset, sizes, 1)
    assert all(np.array_equal(a.images, b.images) for a, b in zip(again, draws[1], strict=True))


def test_data_that_cannot_be_drawn_are_refused_in_one_line():
    with pytest.raises(InputError, match="--design repeated-holdout: embedded has a test set of its own"):
        run_verdict(VerdictConfig(design="repeated-holdout", out="run"))
    labels = np.repeat([0, 1], [117, 3])
    images = np.random.default_rng(0).integers(0, 256, (120, 16, 16))
    with pytest.raises(
        InputError, match=r"--design repeated-holdout: of arrays:.* class 1 has 3 to draw from; one for each"
    ):
        draw_repeated(from_arrays(images, labels), SplitSizes(58, 14, 24), 0)
    with pytest.raises(
        InputError, match="--design repeated-holdout: allowed is none but one-test-set with --tuning once"
    ):
        VerdictConfig(design="repeated-holdout", tuning="once")


def test_the_design_is_part_of_a_run(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    assert VerdictConfig().identity()["design"] is None
    monkeypatch.setattr(run_module, "_tune_in_blocks", interrupted)
    few = {"out": "run", "norm_types": ("none",), "reg_types": ("none", "l2")}
    with pytest.raises(KeyboardInterrupt):
        run_verdict(VerdictConfig(design="repeated-holdout", **few), pool())
    with pytest.raises(InputError, match="design was repeated-holdout, now None"):
        run_verdict(VerdictConfig(**few), pool())


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    images, labels = pictures()
    labels[::5] = 1 - labels[::5]  # so that not all are answered right
    few = {"design": "repeated-holdout", "norm_types": ("none",), "out": tmp_path_factory.mktemp("run")}
    return jaxreg.compare((images, labels), methods=["none", "l2"], **FEW | {"tune_trials": 1} | few)


def test_a_verdict_says_which_design_it_was(verdict, tmp_path):
    results = verdict.results
    assert results.judgement.repeated == Repeated(48, 115, 240)
    assert results.confirmation.overlap == pytest.approx(115 / 240)
    assert results.confirmation.scores.shape == (2, 3, 1)
    assert len({run.test_accuracy for run in results.runs}) > 1
    assert results.confirmation.scores.mean() == pytest.approx(np.mean([run.test_accuracy for run in results.runs]))
    assert any("48 test images of its own" in line for line in verdict.words)
    assert any("블록마다 학습 이미지와 테스트 이미지 48장" in line for line in say(results, "ko"))
    assert verdict.summary["design"] == "repeated-holdout"
    assert "Wilcoxon" not in verdict.table("pairs")
    assert any("its own 48 test images from all 240" in note for note in results.config["data_notes"])
    for lang, said in (("en", "Repeated hold-out: each block"), ("ko", "반복 홀드아웃: 블록마다")):
        assert said in Path(write_verdict_report(results, tmp_path, lang)).read_text(encoding="utf-8")


def test_blocks_are_tested_on_images_of_their_own():
    config, dataset = settle(VerdictConfig(design="repeated-holdout", out="run"), pool())
    runs = Runs(config, dataset, ())
    tested = [runs._task(block)[1] for block in (0, 1, 0)]
    assert known(tested[0]) == known(tested[2]) == known(draw_block(config, dataset, 0).test) != known(tested[1])
    one = Runs(*settle(VerdictConfig(out="run"), pool()), ())
    assert known(one._task(0)[1]) == known(one._task(1)[1])


def test_its_scores_are_judged_again_as_they_were(verdict):
    again = jaxreg.judge(verdict.results.config["settings"]["out"])
    assert again.results.judgement == verdict.results.judgement
    assert any("48 test images of its own" in line for line in again.words)


def test_exported_scores_that_are_all_right_are_judged_too(tmp_path):
    np.savez(tmp_path / "scores.npz", scores=np.ones((2, 5)), repeated=[60, 144, 300])
    (contrast,) = jaxreg.judge(tmp_path / "scores.npz").results.judgement.pairs.contrasts
    assert contrast.decision == "undecided"
    assert np.ptp(contrast.difference[2:]) > 2 * 2**0.5 / 300


def test_exported_scores_of_another_form_are_refused(tmp_path):
    np.savez(tmp_path / "scores.npz", scores=scores()[:, :, 0], repeated=[60, 144, 100])
    with pytest.raises(InputError, match="a block has no more images than the pool"):
        jaxreg.judge(tmp_path / "scores.npz")
    np.savez(tmp_path / "scores.npz", scores=scores()[:, :, 0], repeated=0.4)
    with pytest.raises(InputError, match="repeated is float64"):
        jaxreg.judge(tmp_path / "scores.npz")
