"""The first sentence of a report: true of the run at hand, whatever was swept."""

import pytest
from made_up_run import MEMBERS, make_run, scores

from vae_jax.report.sentences.axis import question, swept_axis
from vae_jax.report.sentences.cautions import cautions
from vae_jax.report.sentences.law import findings, law
from vae_jax.report.sentences.verdict import NOT_MEASURED, borderline, verdict
from vae_jax.report.tables.law import law_table
from vae_jax.report.tables.states import states_table
from vae_jax.studies.member import Member

GOOD, HOLES, VAGUE, COLLAPSED = "good", "holes", "vague", "collapsed"
SCORES = {  # FD and coverage: from the prior, from a mixture
    GOOD: (1.5, 0.9, 0.5, 0.95),
    HOLES: (9.0, 0.3, 0.5, 0.95),
    VAGUE: (5.0, 0.5, 4.0, 0.5),
    COLLAPSED: (23.0, 0.01, 23.0, 0.01),
}


def made(tmp_path, states, seeds=(0, 1)):
    """A run of settings whose states are told: `{(beta, latents): state}`; beta 0: AE."""
    members = [
        Member(beta, latents, float(beta > 0), 1e-3, seed)
        for beta, latents in states
        for seed in seeds
    ]

    def found(member):
        own = scores(member)
        state = states[member.beta, member.latents]
        names = ("fd_clf@prior", "coverage_clf@prior", "fd_clf@mixture")
        names += ("coverage_clf@mixture",)
        own |= dict(zip(names, SCORES[state]))
        if state == COLLAPSED:
            own |= {f"rate_dim_{k}": 0.0 for k in range(member.latents)}
        return own

    return make_run(tmp_path, members, found)


def along(*states, latents=2):
    """States of an autoencoder and of betas 1/4, 1/2, 1, 2, 4."""
    betas = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
    return {(beta, latents): state for beta, state in zip(betas, states)}


@pytest.mark.parametrize(
    "states, expected",
    [
        (
            along(HOLES, HOLES, GOOD, GOOD, VAGUE, COLLAPSED),
            "Sampleable from N(0, I) for β between 0.5 and 1; below, the codes leave "
            "holes; at β = 2, the codes say too little for varied samples; from β = 4 on, "
            "collapsed.",
        ),
        (  # a gap in the middle
            along(HOLES, GOOD, HOLES, GOOD),
            "Sampleable from N(0, I) for β = 0.25 and β = 1; in the autoencoder, the codes "
            "leave holes; at β = 0.5, the codes leave holes.",
        ),
        (along(GOOD, GOOD), "Sampleable from N(0, I) for the autoencoder and β = 0.25."),
        (
            along(HOLES, HOLES, COLLAPSED),
            "Not sampleable from N(0, I): in the autoencoder and up to β = 0.25, the codes "
            "leave holes; from β = 0.5 on, collapsed.",
        ),
        (
            along(HOLES),
            "Not sampleable from N(0, I): in the autoencoder, the codes leave holes.",
        ),
        ({(1.0, 2): GOOD}, "Sampleable from N(0, I) for β = 1."),
        (
            {**along(HOLES, GOOD, GOOD), **along(HOLES, HOLES, GOOD, latents=8)},
            "Sampleable from N(0, I) with 2 latents for β between 0.25 and 0.5 and with 8 "
            "latents for β = 0.5; below, the codes leave holes.",
        ),
        (
            {**along(HOLES, GOOD, GOOD), **along(HOLES, HOLES, HOLES, latents=8)},
            "Not sampleable from N(0, I) with 8 latents: in the autoencoder and up to "
            "β = 0.5, the codes leave holes.",
        ),
        (  # latents alone
            {(1.0, 2): VAGUE, (1.0, 4): GOOD, (1.0, 8): GOOD},
            "Sampleable from N(0, I) with 4 to 8 latents; with 2 latents, the codes say "
            "too little for varied samples.",
        ),
    ],
)
def test_the_sentence_follows_the_states(tmp_path, states, expected):
    found = verdict(made(tmp_path, states))
    assert found.startswith(expected) or found.endswith(expected), found


def test_what_was_not_measured_is_not_judged(tmp_path):
    plain = lambda m: {"distortion": 16.0}
    run = make_run(tmp_path, MEMBERS, plain)
    assert verdict(run) == NOT_MEASURED and states_table(run) is None


def test_many_sizes_that_all_differ_are_left_to_the_table(tmp_path):
    states = {}
    for size, good in zip((1, 2, 4, 8, 16), (0.25, 0.5, 1.0, 2.0, 4.0)):
        states |= {
            (b, size): GOOD if b == good else VAGUE for b in (0.25, 0.5, 1.0, 2.0, 4.0)
        }
    run = made(tmp_path, states, seeds=(0,))
    assert "with 1, 2, 4, 8 and 16 latents, at values that differ" in verdict(run)
    assert states_table(run).count("yes") == 5


def test_borderline_is_what_the_intervals_leave_open(tmp_path):
    """FD 2.7 +- 0.5 about a limit of 2.745: either way."""

    def found(member):
        near = member.latents == 2 and member.noise
        wave = 0.3 * (member.seed - 1)
        return scores(member) | ({"fd_clf@prior": 2.7 + wave} if near else {})

    run = make_run(tmp_path, MEMBERS, found)
    assert {s.latents for s in borderline(run)} == {2}
    assert "Borderline, within their 95 % intervals: β = 0.5 with 2 latents" in " ".join(
        cautions(run)
    )
    assert "yes~" in states_table(run)


def test_what_the_sentence_does_not_speak_of_is_counted(tmp_path):
    """Two learning rates: the sentence is on the first."""
    members = [
        Member(beta, 2, 1.0, rate, 0) for beta in (0.5, 1.0) for rate in (1e-3, 1e-2)
    ]
    run = make_run(tmp_path, members, scores)
    assert "2 settings with other values are in the table" in " ".join(cautions(run))
    assert "with other values" not in " ".join(cautions(make_run(tmp_path)))


def test_one_seed_is_said(tmp_path):
    run = made(tmp_path, along(HOLES, GOOD), seeds=(0,))
    assert "One seed of each setting: another seed may give another answer." in cautions(
        run
    )


@pytest.mark.parametrize(
    "members, axis, asked",
    [
        (MEMBERS, "beta", "When does a latent space become sampleable?"),
        (
            [Member(1.0, k, 1.0, 1e-3, 0) for k in (2, 4)],
            *("latents", "With how many latents is a latent space sampleable?"),
        ),
        (
            [Member(1.0, 2, 1.0, 1e-3, 0, warmup=w) for w in (0.0, 5.0)],
            *("warmup", "At which warmup is a latent space sampleable?"),
        ),
        (
            [
                Member(1.0, 2, 1.0, 1e-3, 0, own=(("objective.free_bits", v),))
                for v in (0.0, 0.5)
            ],
            *("objective.free_bits", "At which free bits is a latent space sampleable?"),
        ),
    ],
)
def test_the_question_follows_what_was_swept(tmp_path, members, axis, asked):
    run = make_run(tmp_path, members, scores)
    assert swept_axis(run).name == axis and question([run]) == asked


def test_programs_are_compared_by_what_sets_them_apart(tmp_path):
    one, two = (
        make_run(tmp_path)._replace(title=f"objective = {name}") for name in ("elbo", "own")
    )
    assert question([one, two]) == "Which objective makes a latent space sampleable?"


def test_a_law_that_holds_at_two_sizes_is_one_sentence_and_a_table(tmp_path):
    run = make_run(tmp_path)
    assert len(findings(run)) == 2 and len(law(run)) == 1
    assert law(run)[0].startswith("With 2 and 5 latents the law")
    assert law_table(run).count("<tr>") == 3
