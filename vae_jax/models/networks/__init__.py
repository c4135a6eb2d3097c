"""Networks: the encoder and decoder of a model, one file each.

A factory takes `data_shape`, `latents`, `encoder_outputs` and `decoder_outputs` from the
program, its own settings from the config, and returns a `Network`.
"""
