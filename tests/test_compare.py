"""Autoencoder against VAE: choices, intervals, and sentences computed from numbers."""

import re

import numpy as np
import pytest
from made_up_run import MEMBERS, collapsed, make_run, scores
from scipy.stats import ttest_rel
from spelled import key

from vae_jax.errors import UserError
from vae_jax.report import pairs
from vae_jax.report.sentences.answer import answer
from vae_jax.report.sentences.conclusion import conclusion
from vae_jax.report.sentences.differences import Score, difference
from vae_jax.report.sentences.law import law
from vae_jax.report.sentences.phrases import ranged
from vae_jax.report.tables import tables
from vae_jax.report.tables.scorecard import html_scorecard, lines, terminal_scorecard
from vae_jax.runs import intervals
from vae_jax.scores.metric_key import COVERAGE, DISTORTION, GAP_COVERAGE, GAP_FD
from vae_jax.studies.member import Member

FD = key("fd_clf@prior")


def with_scores(autoencoder, vae, spread=0.01):
    """Scores whose values are these, and vary over seeds."""

    def found(member):
        own = autoencoder if member.noise == 0.0 else vae
        wave = spread * (member.seed - 1) * (1 if member.noise else -1)
        return {**scores(member), **{name: value + wave for name, value in own.items()}}

    return found


def of_the_prior(tmp_path, autoencoder, vae, **options):
    """The sentence on sampling from the prior, of (FD, coverage) of both."""
    named = [
        dict(zip(("fd_clf@prior", "coverage_clf@prior"), s)) for s in (autoencoder, vae)
    ]
    run = make_run(tmp_path, found=with_scores(*named), **options)
    return conclusion(run, *pairs.pair(run, 5))[1]


@pytest.mark.parametrize(
    "autoencoder, vae, words",
    [
        (
            (9.0, 0.1),
            (1.0, 0.9),
            "β = 1 is the more sampleable of the two, its FD lower by 8",
        ),
        ((1.0, 0.9), (9.0, 0.1), "the autoencoder is the more sampleable of the two"),
        ((9.0, 0.9), (1.0, 0.1), "FD favours β = 1, coverage the autoencoder: neither"),
        ((5.0, 0.5), (5.0, 0.5), "not distinguishable in either"),
        ((9.0, 0.5), (1.0, 0.5), "FD favours β = 1, coverage is not distinguishable"),
        ((5.0, 0.9), (5.0, 0.1), "coverage favours the autoencoder, FD is not"),
    ],
)
def test_the_prior_is_judged_by_fd_and_coverage_together(tmp_path, autoencoder, vae, words):
    assert words in of_the_prior(tmp_path, autoencoder, vae)


def test_a_collapsed_vae_never_passes_for_sampleable(tmp_path):
    """Whatever it scores: here it beats the autoencoder in FD and in coverage."""
    run = make_run(tmp_path, found=collapsed)
    said = conclusion(run, *pairs.pair(run, 5))
    assert "β = 1 is collapsed (mutual information 0.00 nats, 0.0 active units)" in said[1]
    assert "more sampleable" not in said[1] and "not a sampleable space" in said[1]
    assert "has no space to blame, for it is collapsed" in said[2]
    assert all("which tests nothing" in line for line in law(run))
    assert not any("FD is lowest at" in line for line in answer(run))
    assert "that is not sampleability" in answer(run)[0]


def test_reconstruction_and_information_are_said_with_their_intervals(tmp_path):
    run = make_run(tmp_path)
    pair = pairs.pair(run, 5)
    said = conclusion(run, *pair)[0]
    for setting in pair:
        assert ranged(run.summary(setting, DISTORTION)) in said
    assert "the autoencoder's is lower by 1.00 [1.00, 1.00]" in said
    assert "2.20 nats (log N)" in said and "keep 1.50 [1.50, 1.50]" in said
    same = make_run(tmp_path, found=with_scores({"distortion": 5.0}, {"distortion": 5.0}))
    assert "; not distinguishable." in conclusion(same, *pairs.pair(same, 5))[0]


def test_what_a_fit_repairs_is_told_from_what_it_does_not(tmp_path):
    def found(member):
        gap = {0.0: 9.0, 1.0: 0.0}[member.noise] + 0.5 * (member.seed - 1)
        fd = scores(member)["fd_clf@mixture"] + gap
        return {**scores(member), "fd_clf@prior": fd, "gap_fd": gap}

    run = make_run(tmp_path, found=found)
    pair = pairs.pair(run, 5)
    said = conclusion(run, *pair)[2]
    owed, none = (ranged(run.summary(setting, GAP_FD)) for setting in pair)
    assert f"owes {owed} to the space" in said
    assert f"nothing distinguishable from 0 to the space ({none})" in said
    assert "Training images score 0.25." in said


def test_a_fitted_sampler_is_told_wherever_there_is_one(tmp_path):
    """Without a gap or the aggregate posterior, and of one of the two alone."""
    gaussian = {"fd_clf@gaussian": 0.75}
    run = make_run(tmp_path, found=lambda m: {"distortion": 1.0, **gaussian})
    assert (
        "is 0.75 [0.75, 0.75] with the fitted gaussian"
        in conclusion(run, *pairs.pair(run, 5))[2]
    )
    run = make_run(tmp_path, found=lambda m: gaussian if m.noise else {})
    said = conclusion(run, *pairs.pair(run, 5))[2]
    assert (
        "autoencoder with a fitted sampler: not measured; the FD of β = 1 is 0.75" in said
    )


def test_there_is_no_verdict_without_seeds_or_scores(tmp_path):
    one = make_run(tmp_path, [m for m in MEMBERS if m.seed == 0])
    pair = pairs.pair(one, 5)
    assert "fewer than two seeds" in conclusion(one, *pair)[1]
    assert "one seed" in terminal_scorecard(one, *pair)
    assert "no judgement" in law(one)[0] and "not distinguishable" not in answer(one)[0]
    assert all("one seed" in said or "two seeds" in said for said in answer(one))
    assert "with one seed each" in answer(one)[0]
    assert "by one seed" in conclusion(one, *pair)[2]
    none = make_run(tmp_path, found=lambda m: {"distortion": 1.0 + m.seed})
    said = conclusion(none, *pairs.pair(none, 5))
    assert "not measured" in said[1] and "not measured" in said[2]
    assert law(none) == answer(none) == []


def test_the_difference_is_the_paired_t_interval(tmp_path):
    """Without halves of the real images: scipy's; with them: that of scores/intervals."""
    halves = lambda member, metric: np.sin(np.arange(20.0) + 7 * member.seed + member.beta)
    metric, plain = FD, make_run(tmp_path)
    spread = make_run(tmp_path, spread=halves)
    a, b = plain.of_size(5)[2], plain.of_size(5)[0]
    keys = [[(n, "test", metric) for n in plain.settings[s]] for s in (a, b)]
    wobble = {key: 0.3 * np.cos(key[0]) for key in plain.values}  # else all gaps are equal
    values = {key: value + wobble[key] for key, value in plain.values.items()}
    new, old = (np.array([values[key] for key in row]) for row in keys)
    low, high = ttest_rel(new, old).confidence_interval(0.95)
    gap = difference(plain._replace(values=values), Score(a, metric), Score(b, metric))
    np.testing.assert_allclose((gap.low, gap.high), (low, high))
    parts = [np.array([spread.halves[key] for key in row]) for row in keys]
    both = difference(spread._replace(values=values), Score(a, metric), Score(b, metric))
    assert both == intervals.difference(new, parts[0], old, parts[1], paired_by_seed=True)
    assert both.stderr > gap.stderr


def test_shares_stay_between_zero_and_one(tmp_path):
    """The interval of a mean of shares ends where shares do, and so does a difference's."""
    shares = iter([0.0, 0.02, 0.05, 0.9, 1.0, 0.98] * 3)
    found = {member: next(shares) for member in MEMBERS}
    run = make_run(tmp_path, found=lambda m: {"coverage_clf@prior": found[m]})
    key = COVERAGE.within("clf").by("prior")
    summaries = [run.summary(setting, key) for setting in run.settings]
    assert min(s.low for s in summaries) == 0.0 and max(s.high for s in summaries) == 1.0
    first, second, *_ = run.settings
    gap = difference(run, Score(second, key), Score(first, key))
    assert gap.high == 1.0 and gap.low > 0.0 and "−" not in ranged(summaries[0])
    run = make_run(tmp_path, found=lambda m: {"gap_coverage": 2.0 * found[m] - 1.0})
    summaries = [run.summary(setting, GAP_COVERAGE) for setting in run.settings]
    assert min(s.low for s in summaries) == -1.0 and max(s.high for s in summaries) == 1.0


def test_an_interval_beside_zero_does_not_read_as_one_that_holds_it():
    beside = intervals.Interval(-0.039, -0.076, -0.002, 0.01, 3)
    assert ranged(beside) == "−0.039 [−0.076, −0.002]"
    assert ranged(beside._replace(high=0.002)) == "−0.04 [−0.08, 0.00]"


def test_seeds_are_paired_by_their_numbers_not_their_places(tmp_path):
    """The autoencoder lacks seed 0: the others still meet their like."""
    value = {0: 100.0, 1: 1.0, 2: 4.0}
    run = make_run(tmp_path, found=lambda m: {"distortion": value[m.seed] + 3.0 * m.noise})
    autoencoder, vae = pairs.pair(run, 5)
    first = run.settings[autoencoder][0]
    values = {key: v for key, v in run.values.items() if key[0] != first}
    gap = difference(
        run._replace(values=values),
        Score(vae, DISTORTION),
        Score(autoencoder, DISTORTION),
    )
    assert (gap.mean, gap.low, gap.high, gap.seeds) == (3.0, 3.0, 3.0, 2)


@pytest.mark.parametrize(
    "from_prior, with_mixture, words",
    [
        (20.0, 0.5, "the law holds."),
        (1.0, 0.5, "the law does not hold."),
        (20.0, 9.0, "the law does not hold."),
        (20.0, 1.5, "its first part holds; that the mixture is no worse is not refuted."),
        (1.5, 0.5, "its first part is not shown."),
    ],
)
def test_the_law_holds_or_not_by_both_differences(
    tmp_path, from_prior, with_mixture, words
):
    own = {"fd_clf@prior": from_prior, "fd_clf@mixture": with_mixture}
    run = make_run(tmp_path, found=with_scores(own, {"fd_clf@prior": 1.5}))
    assert law(run) == [f"With 2 and 5 latents {words}"]


def test_the_answer_is_the_lowest_fd_and_its_equals(tmp_path):
    """β = 0.5 and β = 1 differ by less than the seeds do; then by more."""
    run = make_run(
        tmp_path, found=with_scores({"fd_clf@prior": 20.0}, {"fd_clf@prior": 2.0})
    )
    step = lambda size: {
        key: value - size * (run.members[key[0]].beta == 1.0) * (1 + 0.1 * key[0] % 0.3)
        if key[2] == FD
        else value
        for key, value in run.values.items()
    }
    far = answer(run._replace(values=step(1.0)))[0]
    assert "FD is lowest at β = 1 with 2 and 5 latents" in far
    assert "Worse than it (Holm over all 2 pairs of settings of a size, 5 %): " in far
    assert "β = 0.5 (2 latents); β = 0.5 (5 latents); not distinguishable" in far
    near = answer(run)[0]
    assert "5 %): none; not distinguishable from it: β = 1 (2 latents)" in near
    assert "0.25 and 0.97" in near
    assert answer(run)[2].endswith("most of what failed was the space, not the decoder.")


def test_the_vae_is_chosen_by_its_beta_and_learning_rate(tmp_path):
    """beta nearest 1, whatever scores best; the autoencoder's learning rate."""
    members = [
        Member(beta, 5, float(beta > 0), rate, seed)
        for beta in (0.0, 0.25, 1.0, 8.0)
        for rate in (1e-4, 1e-2)
        for seed in (0, 1)
    ]
    run = make_run(tmp_path, members, lambda m: {**scores(m), "fd_clf@prior": -m.beta})
    autoencoder, vae = pairs.pair(run, 5)
    assert vae.beta == 1.0 and vae.learning_rate == autoencoder.learning_rate == 1e-4
    table = tables.terminal_table(run)
    assert table.count("autoencoder, lr 0.0001") == table.count("autoencoder, lr 0.01") == 1


def test_the_comparison_needs_both_kinds(tmp_path):
    run = make_run(tmp_path)
    assert pairs.choose_size(run, None) == 5 and pairs.choose_size(run, 2) == 2
    with pytest.raises(UserError, match=r"3 is not in this run; there are: \[2, 5\]"):
        pairs.choose_size(run, 3)
    vaes = make_run(tmp_path, [m for m in MEMBERS if m.noise])
    with pytest.raises(UserError, match="no autoencoder beside a VAE"):
        pairs.choose_size(vaes, None)


def test_the_scorecard_has_context_first_and_its_own_numbers(tmp_path):
    run = make_run(tmp_path)
    pair = pairs.pair(run, 5)
    found = lines(run, *pair)
    groups = list(dict.fromkeys(line.group for line in found))
    assert groups[:2] == ["context", "z ~ N(0, I)"]
    headings = [line.heading for line in found]
    assert headings[:3] == [
        "distortion D, nats",
        "rate R, nats",
        "mutual information, nats",
    ]
    fd = next(line for line in found if line.heading == "FD")
    assert fd.gap == difference(run, *(Score(s, FD) for s in pair))
    text = terminal_scorecard(run, *pair)
    row = next(line for line in text.splitlines() if line.startswith("  FD "))
    assert re.split(r"  +", row.strip()) == [
        *("FD", ranged(fd.scores[0]), ranged(fd.scores[1]), ranged(fd.gap))
    ]
    page = html_scorecard(run, *pair)
    assert '<td title="an autoencoder has no posterior">–</td>' in page
    assert ranged(fd.gap) in page
