"""The usual PyTorch loop for the importance-weighted bound: one image at a time.

Its samples come in batches, each a decoder call; their log-weights are kept and put
together at the end. AGAIN 1 also encodes the image anew for every sample, as pythae does;
0 encodes it once. Prints images per second. Run by `benchmark_iwae.py`.

usage: python benchmarks/torch_iwae.py IMAGES SAMPLES BATCH AGAIN THREADS
                                        DATA_DIM HIDDEN LATENTS
"""

import math
import sys
import time

import torch
from torch.nn import functional
from torch_loop import VAE


def encode(model: VAE, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and log-variance [B K] of q(z|x) for images x [B D]."""
    h = torch.relu(model.hidden(x))
    return model.mean(h), model.log_var(h)


def log_bound(model: VAE, x: torch.Tensor, samples: int, batch: int, again: bool) -> float:
    """The bound log (1/K) sum_k p(x|z_k) p(z_k) / q(z_k|x) of one image [1 D], nats."""
    mean, log_var = encode(model, x)
    log_weights = []
    for start in range(0, samples, batch):
        if again:
            mean, log_var = encode(model, torch.cat(min(batch, samples - start) * [x]))
        eps = torch.randn(min(batch, samples - start), mean.shape[1])
        z = mean + torch.exp(0.5 * log_var) * eps
        logits = model.logits(torch.relu(model.back(z)))
        target = x.expand_as(logits)
        cross = functional.binary_cross_entropy_with_logits(
            logits, target, reduction="none"
        )
        log_ratio = 0.5 * (eps.square() + log_var - z.square()).sum(1)
        log_weights.append(log_ratio - cross.sum(1))
    return float(torch.logsumexp(torch.cat(log_weights), 0)) - math.log(samples)


def main(images, samples, batch, again, threads, data_dim, hidden, latents) -> None:
    """Times the bound of some images, after one that is not counted; images per second."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model, x = VAE(data_dim, latents, hidden), torch.rand(images, 1, data_dim)
    with torch.no_grad():
        log_bound(model, x[0], samples, batch, again)
        started = time.perf_counter()
        for image in x:
            log_bound(model, image, samples, batch, again)
    print(images / (time.perf_counter() - started))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
