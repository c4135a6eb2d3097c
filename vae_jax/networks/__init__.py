"""Networks: the encoder and decoder of a model. Add one: a file here, and a line below.

A factory takes `data_shape`, `latents`, `encoder_outputs` and `decoder_outputs` from the
program, its own settings from the config, and returns a `Network`.
"""

NETWORKS = {
    "mlp": "vae_jax.networks.mlp:mlp",
    "conv": "vae_jax.networks.conv:conv",
}
