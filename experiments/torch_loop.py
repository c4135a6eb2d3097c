"""The plain PyTorch loop of the original article, to measure against: an MLP and Adam.

One model, one step at a time, data in memory. Prints epochs per second, compile-free and
after a warm-up epoch. Run by `benchmark.py`, which installs nothing: `pip install
"torch==2.13.0"` first.

usage: python experiments/torch_loop.py THREADS EPOCHS FILE.npy BATCH_SIZE LATENTS HIDDEN
"""

import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional


class VAE(nn.Module):
    """One hidden layer on each side."""

    def __init__(self, data_dim: int, latents: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(data_dim, hidden)
        self.mean, self.log_var = nn.Linear(hidden, latents), nn.Linear(hidden, latents)
        self.back = nn.Linear(latents, hidden)
        self.logits = nn.Linear(hidden, data_dim)

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        """The negative ELBO: sum over pixels, mean over the batch."""
        h = torch.relu(self.hidden(x))
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        logits = self.logits(torch.relu(self.back(z)))
        distortion = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        rate = 0.5 * torch.sum(mean**2 + log_var.exp() - 1.0 - log_var)
        return (distortion + rate) / len(x)


def train_epoch(model: VAE, optimiser, x: torch.Tensor, batch_size: int) -> None:
    """One pass in a new order, without the last short batch."""
    order = torch.randperm(len(x))
    for start in range(0, len(x) - batch_size + 1, batch_size):
        optimiser.zero_grad()
        model.loss(x[order[start : start + batch_size]]).backward()
        optimiser.step()


def main(
    threads: int, epochs: int, file: str, batch_size: int, latents: int, hidden: int
) -> None:
    """Times `epochs` epochs after one that is not counted."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    x = torch.from_numpy(np.load(file))
    model = VAE(x.shape[1], latents, hidden)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    train_epoch(model, optimiser, x, batch_size)
    started = time.perf_counter()
    for _ in range(epochs):
        train_epoch(model, optimiser, x, batch_size)
    print(epochs / (time.perf_counter() - started))


if __name__ == "__main__":
    threads, epochs, file, *sizes = sys.argv[1:]
    main(int(threads), int(epochs), file, *(int(size) for size in sizes))
