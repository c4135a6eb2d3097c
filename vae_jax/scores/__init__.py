"""Scores of sampleability: arrays in, numbers out; no models, no JAX, no files.

Everything is float64 and pure; whatever is random takes a `numpy.random.Generator`.
Latents against the prior: `mmd`, `c2st`, `gaussians`, `kde`. Generated images against
real ones: `frechet`, `mmd.kid`, `neighbours`, `classes`. Between two codes: `paths`. How
sure one may be of any of them: `half_samples`. What numbers of any metric are called and
how they are to be read: `metric_key`, `entries` and `catalogue`, `estimate` and `flag`.

No score means anything alone: a decoder that shows one image whatever z is has MMD 0,
precision 1 and no holes. Read fidelity beside coverage, always.
"""
