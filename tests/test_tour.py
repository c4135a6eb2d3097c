"""The tour of the explorer: sentences that are true of the run, stops that it has."""

import re

import numpy as np
import pytest
from explorer_runs import only, scored, with_arrays
from spelled import key

from vae_jax.explorer.claim import QUESTION, claim, lead
from vae_jax.explorer.tour import codes
from vae_jax.explorer.tour.story import Told, tellable
from vae_jax.explorer.tour.tour import STOPS, tour
from vae_jax.runs.load_results import load
from vae_jax.scores import metric_key as keys

OF_VAES = {"cloud", "pressures", "continuity", "generation", "blur"}


@pytest.fixture(scope="module")
def part(finished_run):
    """The only program of a finished run: autoencoders, and VAEs of two betas and sizes."""
    (found,) = load(finished_run("mlp"))
    return found


def told(run):
    pairs = [(setting, numbers[0]) for setting, numbers in run.settings.items()]
    return tellable(run, [Told(i, *pair) for i, pair in enumerate(pairs)])


def stops(run):
    return {stop.name: stop for stop in tour(told(run))}


def test_a_run_with_everything_has_every_stop(part, monkeypatch):
    monkeypatch.setattr(codes, "ENOUGH", 0.0)  # the small models of tests tell little
    found = stops(scored(part, collapsed_beta=0.25))
    assert list(found) == [stop_of.__name__ for stop_of in STOPS]
    for stop in found.values():
        assert stop.title and 1 <= len(stop.text) <= 3
        text = " ".join(stop.text)
        assert (
            "nan" not in text and "None" not in text and not re.search(r"\d\.\d{4}", text)
        )


def test_numbers_in_sentences_are_those_of_the_tables(part):
    run = scored(part, collapsed_beta=0.25)
    found, members = stops(run), told(run).members
    said = lambda name: " ".join(found[name].text)
    number = lambda name: members[found[name].state["member"]].n
    value = lambda n, k: run.values[n, "test", k]
    two = lambda x: f"{x:z.2f}"
    assert two(value(number("point"), keys.DISTORTION)) in said("point")
    assert two(run.baselines["test"]["floor"]) in said("point")
    assert "97 % of such samples" in said("holes") and "only 2 % of" in said("holes")
    assert two(value(number("generation"), key(f"fd_{run.space}@prior"))) in said(
        "generation"
    )
    assert "in 31 % of cases, the VAE in 2 %" in said("continuity")
    ends = [members[i].n for i in range(len(members)) if members[i].setting.beta > 0]
    ends = [
        n
        for n in ends
        if run.members[n].latents == run.members[number("pressures")].latents
    ]
    for n in (
        min(ends, key=lambda n: run.members[n].beta),
        max(ends, key=lambda n: run.members[n].beta),
    ):
        assert two(value(n, keys.RATE)) in said("pressures")
        assert two(value(n, keys.DISTORTION)) in said("pressures")
    lost = value(number("blur"), keys.DISTORTION) - run.baselines["test"]["floor"]
    assert two(lost) in said("blur")


def test_the_failing_autoencoder_is_the_one_that_covers_least(part):
    run = scored(part)
    best = [n for n, m in enumerate(run.members) if m.noise == 0.0 and m.latents == 2]
    values = {**run.values, (best[0], "test", key(f"coverage_{run.space}@prior")): 0.01}
    other = run._replace(values=values)
    stop = stops(other)["holes"]
    assert told(other).members[stop.state["member"]].n == best[0]


@pytest.mark.parametrize(
    "changed, lacking",
    [
        (
            lambda p: only(scored(p), lambda s: not s.is_autoencoder),
            {"holes", "continuity", "generation"},
        ),
        (
            lambda p: only(scored(p), lambda s: s.is_autoencoder),
            {"cloud", "pressures", "continuity", "generation", "blur"},
        ),
        (lambda p: p, {"holes", "generation"}),  # nothing has been measured of samples
        (lambda p: only(scored(p), lambda s: s.beta in (0.0, 1.0)), {"pressures"}),
        (scored, {"collapse"}),
    ],
)
def test_what_a_run_lacks_its_tour_lacks(part, changed, lacking):
    found = stops(changed(part))
    assert "point" in found and not lacking & set(found)


def test_a_likelihood_with_parameters_of_its_own_has_no_stop_on_blur(part):
    config = {**part.record["config"], "likelihood": {"name": "beta_binomial"}}
    assert "blur" not in stops(part._replace(record={**part.record, "config": config}))


def test_an_autoencoder_that_can_be_sampled_is_not_said_to_have_holes(part):
    run = scored(part)
    values = dict(run.values)
    for n in range(len(run.members)):
        values[n, "test", key(f"fd_{run.space}@prior")] = 1.0
        values[n, "test", key(f"coverage_{run.space}@prior")] = 0.9
    run = run._replace(values=values)
    assert "holes" not in stops(run) and "debris" not in claim(told(run))


def test_a_decoder_that_does_no_worse_half_way_is_not_said_to(part):
    run = scored(part)
    values = {
        place: v for place, v in run.values.items() if place[2].name != "mid_off_manifold99"
    }
    assert "Half-way" not in " ".join(stops(run._replace(values=values))["continuity"].text)


def test_without_labels_the_ends_of_the_line_are_any_two_images(part):
    run = with_arrays(scored(part), shared=lambda name, found: None)
    state = stops(run)["continuity"].state
    assert state["a"] != state["b"]
    labels = part.pictures.shared("codes", "labels")
    state = stops(scored(part))["continuity"].state
    assert labels[state["a"]] != labels[state["b"]]


def test_the_claim_is_true_of_the_run(part):
    run = scored(part)
    assert "debris from an autoencoder" in claim(told(run))
    off = keys.OFF_MANIFOLD.name
    near = {p: 0.1 if p[2].name == off else v for p, v in run.values.items()}
    assert "poor samples from an autoencoder" in claim(told(run._replace(values=near)))
    vaes = only(run, lambda s: not s.is_autoencoder)
    assert "autoencoder" not in claim(told(vaes)) + lead(told(vaes))
    assert claim(told(part)) == QUESTION == claim(None)  # nothing is judged
    collapsed = only(scored(part, collapsed_beta=0.25), lambda s: s.beta == 0.25)
    assert claim(told(collapsed)) == QUESTION


def test_remedies_are_named_if_the_run_has_them(part):
    text = " ".join(stops(scored(part, collapsed_beta=1.0))["collapse"].text)
    assert "A lower price brings codes back: the VAE with β = 0.25" in text
    assert "A remedy at the same β" not in text
    assert "lower price" not in " ".join(
        stops(scored(part, collapsed_beta=0.25))["collapse"].text
    )


def test_a_run_without_members_has_no_tour(part):
    assert tour(told(only(part, lambda s: False))) == []


def test_images_that_all_have_one_code_have_no_line_between_them(part):
    """Of constant data: nothing is divided by the length of no line."""
    same = lambda kind, number, name, found: (
        np.ones_like(found) if (kind, name) == ("codes", "mean") else found
    )
    assert "continuity" not in stops(with_arrays(scored(part), row=same))
