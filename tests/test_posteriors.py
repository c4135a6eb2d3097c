"""Settings of the Gaussian posterior."""

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams

from vae_jax.errors import UserError
from vae_jax.models.posteriors.gaussian import gaussian


def test_a_bounded_log_variance_is_itself_near_0_and_never_beyond():
    out = jnp.array([[0.0, 0.01, -0.01, 50.0, -1e6, 4.0]] * 2).reshape(2, 6)
    hparams = make_hparams(latents=3, max_latents=3)
    free, bound = gaussian().read(out, hparams), gaussian(8.0).read(out, hparams)
    np.testing.assert_array_equal(free.mean, bound.mean)
    np.testing.assert_allclose(bound.log_var, 8.0 * np.tanh(free.log_var / 8.0), rtol=1e-6)
    assert np.abs(bound.log_var).max() <= 8.0
    near = gaussian(8.0).read(jnp.full((1, 6), 0.01), hparams)
    np.testing.assert_allclose(near.log_var, 0.01, rtol=1e-5)


@pytest.mark.parametrize("value", ("8", -1.0, float("inf"), float("nan"), True))
def test_what_is_no_bound_is_refused(value):
    with pytest.raises(UserError, match=r"log_var_bound: .* is not a number, 0 or more"):
        gaussian(value)
