"""The rule by which a latent space is called sampleable, on made-up scores."""

import pytest
from made_up_run import MEMBERS, collapsed, make_run, scores

from vae_jax.runs.sampleability import COVERED, NEAR, State, limits, state

VAES = [member for member in MEMBERS if member.noise]


def test_limits_are_on_the_scale_of_the_run(tmp_path):
    ends = limits(make_run(tmp_path))
    assert ends.fd == pytest.approx(0.25 + NEAR * (25.2 - 0.25))
    assert ends.coverage == pytest.approx(COVERED * 0.97)


def test_an_autoencoder_has_holes_and_a_vae_none(tmp_path):
    """The prior of the made-up autoencoders misses codes that a mixture finds."""
    run = make_run(tmp_path)
    for setting in run.settings:
        expected = State.HOLES if setting.is_autoencoder else State.SAMPLEABLE
        assert state(run, setting) is expected


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({}, State.SAMPLEABLE),
        ({"fd_clf@prior": 2.8}, State.HOLES),
        ({"coverage_clf@prior": 0.7}, State.HOLES),
        ({"fd_clf@prior": 2.8, "fd_clf@mixture": 2.8}, State.VAGUE),
        ({"coverage_clf@prior": 0.7, "coverage_clf@mixture": 0.7}, State.VAGUE),
    ],
)
def test_fd_and_coverage_have_to_agree(tmp_path, changes, expected):
    run = make_run(tmp_path, VAES, lambda member: scores(member) | changes)
    assert {state(run, setting) for setting in run.settings} == {expected}


def test_without_a_mixture_nobody_says_what_is_at_fault(tmp_path):
    """The prior fails; whether the space or the decoder does is not measured."""

    def found(member):
        own = {n: v for n, v in scores(member).items() if "@mixture" not in n}
        return own | {"fd_clf@prior": 9.0}

    run = make_run(tmp_path, VAES, found)
    assert {state(run, setting) for setting in run.settings} == {State.FAILS}


def test_collapse_is_never_called_sampleable(tmp_path):
    run = make_run(tmp_path, VAES, collapsed)
    assert {state(run, setting) for setting in run.settings} == {State.COLLAPSED}


def test_what_is_not_measured_is_not_judged(tmp_path):
    without = lambda m: {n: v for n, v in scores(m).items() if n != "coverage_clf@prior"}
    run = make_run(tmp_path, VAES, without)
    assert {state(run, setting) for setting in run.settings} == {State.UNJUDGED}
    no_ends = make_run(tmp_path)._replace(baselines={**run.baselines, "generators": {}})
    assert limits(no_ends) is None
    assert {state(no_ends, setting) for setting in no_ends.settings} == {State.UNJUDGED}
