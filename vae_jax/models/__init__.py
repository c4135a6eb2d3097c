"""What a model is made of, as pure functions: networks, posteriors, priors, likelihoods."""
