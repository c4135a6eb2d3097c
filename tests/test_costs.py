"""What `--plan` reckons an evaluation takes is what the metrics do."""

import jax
import numpy as np
import pytest
from conftest import make_hparams, make_model, make_subject

from vae_jax.data.dataset import make_dataset
from vae_jax.evaluation import costs
from vae_jax.evaluation.costs import Sizes, Work
from vae_jax.registry import METHODS, build

SIZES = Sizes(1_000, 200, 1_000, 200, 10_000, 64, 2, True)


@pytest.fixture(scope="module")
def subject(pixels):
    """An untrained member on 40 images, and the sizes of its evaluation."""
    labels = np.arange(40) % 3
    dataset = make_dataset("toy", pixels[:30], pixels[30:], labels[:30], labels[30:], 17)
    model, hparams = make_model(), make_hparams(latents=2)
    params = model.init(jax.random.key(0), hparams)
    member = make_subject(model, params, hparams, dataset)
    return member, costs.sizes_of(dataset, 10_000, 2, True)


@pytest.mark.parametrize("name", ["samples", "holes", "interpolation"])
def test_images_that_go_through_a_network_are_counted(monkeypatch, subject, name):
    member, sizes = subject
    counted, by_rows = [], member.by_rows

    def counting(function, rows):
        counted.append(len(rows))
        return by_rows(function, rows)

    monkeypatch.setattr(member, "by_rows", counting)
    build("metric", {"name": name})(member)
    expected = costs.work_of({"name": name}, sizes).passes
    assert sum(counted) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", sorted(METHODS["metric"]))
def test_every_metric_says_what_it_takes(name):
    """More images are never less work; what needs a posterior costs nothing without."""
    work = costs.work_of({"name": name}, SIZES)
    more = costs.work_of({"name": name}, SIZES._replace(train=2_000, test=400))
    assert 0.0 < work.passes <= more.passes and 0.0 <= work.products <= more.products
    if name in ("iwae", "information", "ais", "exact"):
        assert costs.work_of({"name": name}, SIZES._replace(posterior=False)) == Work()


def test_settings_count():
    few, many = (
        costs.work_of({"name": "iwae", "samples": samples}, SIZES).passes
        for samples in (50, 5_000)
    )
    assert many == 100 * few == 5_000 * 200


def test_a_pass_is_the_products_of_the_layers():
    """Of an MLP 5-16-12: two products of matrices, and a little around them."""
    found = costs.weights_of(make_model(), make_hparams())
    assert 5 * 16 + 16 * 12 <= found < 1.3 * (5 * 16 + 16 * 12)


def test_seconds_and_bytes_add_up():
    work = Work(passes=1e6, products=2e9)
    expected = costs.OVERHEAD + 1e6 * 300 / (costs.IN_NETWORKS * 1e9)
    expected += 2e9 / (costs.IN_COMPARISONS * 1e9)
    assert costs.seconds(work, 300.0, 1e9) == pytest.approx(expected)
    assert costs.speed(64, 2) > 0.0
    one, two = costs.memory(SIZES, 1), costs.memory(SIZES, 2)
    assert one > costs.BASE and two - one > SIZES.generated * SIZES.pixels * 8


def test_a_device_that_counts_only_what_is_compiled_is_asked_for_that(monkeypatch):
    """As GPUs do; and where nobody counts, weights stand for products."""
    model, hparams = make_model(), make_hparams(latents=2)
    expected = costs.weights_of(model, hparams)
    monkeypatch.setattr(jax.stages.Lowered, "cost_analysis", lambda lowered: None)
    assert costs.weights_of(model, hparams) == pytest.approx(expected, rel=0.2)
    monkeypatch.setattr(jax.stages.Compiled, "cost_analysis", lambda compiled: None)
    assert costs.weights_of(model, hparams) == pytest.approx(expected, rel=0.5)
