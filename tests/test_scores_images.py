"""Class balance, digit score, confidence, and paths between codes."""

import numpy as np
import pytest
from scipy.stats import entropy

from vae_jax.scores.classes import class_total_variation, digit_score, predicted_frequencies
from vae_jax.scores.paths import lerp, path_energy, path_length_ratio, slerp

RNG = np.random.default_rng
T = np.linspace(0.0, 1.0, 21)


def test_total_variation_of_known_histograms():
    certain = np.eye(4)[[0, 0, 1, 2]]
    np.testing.assert_array_equal(predicted_frequencies(certain), [0.5, 0.25, 0.25, 0.0])
    uniform = np.full(4, 0.25)
    assert class_total_variation(certain, uniform) == 0.25
    assert class_total_variation(np.eye(4), uniform) == 0.0
    assert class_total_variation(np.eye(4)[[0, 0]], np.eye(4)[3]) == 1.0
    # The largest difference of the two probabilities over all events.
    p, q = RNG(0).dirichlet(np.ones(4), 2)
    counts = np.eye(4)[RNG(1).choice(4, 50, p=p)]
    events = [[i >> b & 1 for b in range(4)] for i in range(16)]
    shares = predicted_frequencies(counts)
    largest = max(abs(np.dot(event, shares - q)) for event in events)
    np.testing.assert_allclose(class_total_variation(counts, q), largest, rtol=1e-12)


def test_digit_score_at_its_bounds_and_by_scipy():
    assert digit_score(np.tile([[0.2, 0.3, 0.5]], (6, 1))) == pytest.approx(1.0, rel=1e-12)
    assert digit_score(np.eye(10)) == pytest.approx(10.0, rel=1e-12)
    p = RNG(2).dirichlet(np.ones(5), 40)
    expected = np.exp(np.mean([entropy(row, p.mean(axis=0)) for row in p]))
    assert digit_score(p) == pytest.approx(expected, rel=1e-12)
    assert digit_score(p.astype(np.float32)) == pytest.approx(expected, rel=1e-5)


def test_lerp_is_the_line():
    a, b = RNG(3).standard_normal((2, 4, 3))
    found = lerp(a, b, T)
    assert found.shape == (4, 21, 3)
    np.testing.assert_array_equal(found[:, 0], a)
    np.testing.assert_array_equal(found[:, -1], b)
    np.testing.assert_allclose(found[2, 5], 0.75 * a[2] + 0.25 * b[2], rtol=1e-12)


def test_slerp_turns_evenly_and_interpolates_norms():
    a, b = RNG(4).standard_normal((2, 30, 5))
    b *= 3.0
    found = slerp(a, b, T)
    np.testing.assert_allclose(found[:, 0], a, atol=1e-12)
    np.testing.assert_allclose(found[:, -1], b, atol=1e-12)
    norm = lambda x: np.linalg.norm(x, axis=-1, keepdims=True)
    expected = (1 - T[None]) * norm(a) + T[None] * norm(b)
    np.testing.assert_allclose(norm(found)[..., 0], expected, rtol=1e-10)
    unit = found / norm(found)
    angles = np.arccos((unit[:, 1:] * unit[:, :-1]).sum(axis=-1))
    whole = np.arccos((unit[:, 0] * unit[:, -1]).sum(axis=-1))
    expected = np.tile(whole[:, None] / 20, (1, 20))
    np.testing.assert_allclose(angles, expected, rtol=1e-6)


@pytest.mark.parametrize("b", [[2.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [1.0, 1e-9]])
def test_slerp_without_an_arc_is_the_line(b):
    a, b = np.array([[1.0, 0.0]]), np.array([b])
    np.testing.assert_array_equal(slerp(a, b, T), lerp(a, b, T))
    np.testing.assert_array_equal(slerp(0.0 * a, b, T), lerp(0.0 * a, b, T))


def test_slerp_of_a_small_angle_is_close_to_the_line():
    a, b = np.array([[3.0, 0.0]]), np.array([[3.0, 1e-4]])
    # Sagitta of the arc: 3 (1e-4 / 3)^2 / 8.
    np.testing.assert_allclose(slerp(a, b, T), lerp(a, b, T), rtol=0, atol=1e-9)


def test_a_straight_even_path_has_energy_one():
    a, b = RNG(5).standard_normal((2, 8, 4))
    np.testing.assert_allclose(path_energy(lerp(a, b, T)), np.ones(8), rtol=1e-12)
    np.testing.assert_allclose(path_length_ratio(lerp(a, b, T)), np.ones(8), rtol=1e-12)


def test_no_path_is_below_one():
    """Cauchy-Schwarz: 1 <= ratio <= ratio^2 <= energy."""
    path = RNG(6).standard_normal((200, 9, 3)).cumsum(axis=1)
    path[:100] = (
        path[:100, :1]
        + 5 * (path[:100] - path[:100, :1]) * np.linspace(0, 1, 9)[None, :, None]
    )
    energy, ratio = path_energy(path), path_length_ratio(path)
    known = np.isfinite(energy)
    assert known.sum() > 190
    assert (ratio[known] >= 1.0).all()
    assert (energy[known] >= ratio[known] ** 2 * (1 - 1e-12)).all()


def test_energy_of_known_paths():
    """A half circle; a straight line run through unevenly."""
    angle = np.pi * np.linspace(0, 1, 1001)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)[None]
    np.testing.assert_allclose(path_length_ratio(circle), [np.pi / 2], rtol=1e-5)
    np.testing.assert_allclose(path_energy(circle), [(np.pi / 2) ** 2], rtol=1e-5)
    uneven = np.array([0.0, 1.0, 4.0])[None, :, None]
    np.testing.assert_allclose(path_length_ratio(uneven), [1.0], rtol=1e-12)
    np.testing.assert_allclose(path_energy(uneven), [2 * (1 + 9) / 16], rtol=1e-12)


def test_paths_that_end_where_they_begin_are_dropped():
    a, b = RNG(7).standard_normal((2, 5, 2))
    path = lerp(a, b, T)
    path[1] = a[1] + 0.1 * np.sin(2 * np.pi * T)[:, None]
    path[1, -1] += 1e-6
    found = path_energy(path)
    assert np.isnan(found[1]) and np.isfinite(np.delete(found, 1)).all()
    assert np.isnan(path_energy(np.ones((3, 4, 2)))).all()  # a decoder of one image
