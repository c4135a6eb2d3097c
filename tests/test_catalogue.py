"""Names of numbers: spelled and read back in one place, each with what it means."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spelled import key

from vae_jax.registry import METHODS
from vae_jax.scores import catalogue, flag
from vae_jax.scores import metric_key as keys
from vae_jax.scores.entries import ENTRIES
from vae_jax.scores.entry import RANGES
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import SPACES, MetricKey

SPELLED = {  # the columns of tables that runs have had before there were keys
    ("fd_clf", "prior"): MetricKey("samples", "fd", "clf", "prior"),
    ("fd_raw_unbiased", "kde"): MetricKey("samples", "fd_unbiased", "raw", "kde"),
    ("coverage_pca", "mixture"): MetricKey("samples", "coverage", "pca", "mixture"),
    ("off_manifold99", "prior"): MetricKey("samples", "off_manifold99", "", "prior"),
    ("hole_density", ""): MetricKey("holes", "hole_density"),
    ("path_energy", "lerp"): MetricKey("interpolation", "path_energy", "", "lerp"),
    ("rate_dim_12", ""): MetricKey("collapse", "rate_dim_12"),
    ("rate", ""): MetricKey("rate_distortion", "rate"),
    ("nll_iwae_5000", ""): MetricKey("iwae", "nll_iwae_5000"),
    ("ess_iwae_5000_least", ""): MetricKey("iwae", "ess_iwae_5000_least"),
    ("bits_per_dim_exact", ""): MetricKey("exact", "bits_per_dim_exact"),
    ("cross_entropy_ais_1000", ""): MetricKey("ais", "cross_entropy_ais_1000"),
    ("mmd_rbf_p", ""): MetricKey("aggregate", "mmd_rbf_p"),
    ("samples", ""): MetricKey("samples"),  # all of them, of a diverged member
    ("", ""): keys.EVERYTHING,
    ("my_own_score", "prior"): MetricKey("", "my_own_score", "", "prior"),
    ("rate_dim_x", ""): MetricKey("", "rate_dim_x"),
}


@pytest.mark.parametrize("columns, expected", SPELLED.items())
def test_keys_are_spelled_and_read_back(columns, expected):
    assert catalogue.read(*columns) == expected
    assert (expected.metric, expected.sampler) == columns


@given(st.text(), st.text())
def test_any_text_is_spelled_as_it_was_read(metric, sampler):
    found = catalogue.read(metric, sampler)
    assert (found.metric, found.sampler) == (metric, sampler)


@given(st.from_regex(r"[a-z]+(_[a-z]{4,})*", fullmatch=True), st.sampled_from(SPACES))
def test_the_space_stands_behind_the_first_word(name, space):
    found = catalogue.read(MetricKey("", name).within(space).metric, "")
    assert (found.name, found.space) == (name, space)
    assert found.metric.split("_")[1] == space


def test_a_key_in_one_word():
    assert str(key("fd_clf@prior")) == "fd_clf@prior" and str(key("rate")) == "rate"


def test_every_entry_is_of_a_registered_metric_and_says_what_it_is():
    assert {entry.key.family for entry in ENTRIES} == set(METHODS["metric"])
    assert max(Counter(entry.key.name for entry in ENTRIES).values()) == 1
    for entry in ENTRIES:
        assert entry.unit in {
            "",
            "nats",
            "bits",
            "pixels",
            "dimensions",
            "samples",
            "classes",
            *RANGES,
        }
        assert entry.better in {"", "less", "more", "0.5", "0.65", "1"}, entry
        assert re.fullmatch(r"[A-Z-].*[^.]\.", entry.meaning), entry


def test_every_name_finds_one_entry():
    """A pattern takes in no other entry's name."""
    for entry in ENTRIES:
        name = re.sub("<[a-z]>", "30", entry.key.name)
        assert [e for p, e in catalogue.PATTERNS if p.fullmatch(name)] == [entry]
        assert catalogue.find(MetricKey(entry.key.family, name)) == entry
    assert catalogue.find(MetricKey("mine", "rate")) is None  # another's of that name


def test_a_space_is_filled_in_where_there_is_one():
    assert catalogue.in_space(keys.FD.by("prior"), "pca") == key("fd_pca@prior")
    assert catalogue.in_space(keys.GAP_FD, "pca") == keys.GAP_FD
    assert catalogue.in_space(key("my_own_score"), "pca") == key("my_own_score")


def test_flags_are_spelled_and_read_back():
    for flags in ((), (Flag.DIVERGED,), tuple(Flag)):
        assert flag.read(flag.spell(flags)) == flags
    assert flag.spell((Flag.UNTRUSTED, Flag.UNFINISHED)) == "untrusted+unfinished"
    with pytest.raises(ValueError):
        flag.read("untrusted+nope")
    assert all(re.fullmatch("[a-z_]+", one) and one.meaning for one in Flag)
