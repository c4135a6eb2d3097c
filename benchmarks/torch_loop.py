"""The plain PyTorch loop of the original article, to measure against: an MLP and Adam.

One model, one step at a time. LOADER is `dataloader`, the loop as its readers write it, or
`memory`, the same on tensors that stay on the device. DEVICE `auto` is the GPU if there is
one. After an epoch that is not counted it prints `ready` and waits for a line, so that
several can be started at once; then it trains for SECONDS and prints epochs per second and
the device. Run by `benchmark.py`, which installs nothing: `pip install "torch==2.13.0"`.

usage: python benchmarks/torch_loop.py LOADER THREADS SECONDS DEVICE FILE.npy
                                        BATCH_SIZE LATENTS HIDDEN
"""

import sys
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset


class VAE(nn.Module):
    """A VAE of Bernoulli pixels with one hidden ReLU layer on each side."""

    def __init__(self, data_dim: int, latents: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(data_dim, hidden)
        self.mean, self.log_var = nn.Linear(hidden, latents), nn.Linear(hidden, latents)
        self.back = nn.Linear(latents, hidden)
        self.logits = nn.Linear(hidden, data_dim)

    def loss(self, x: torch.Tensor) -> torch.Tensor:
        """The negative ELBO of a batch [B D]: nats per image, the mean over the batch."""
        h = torch.relu(self.hidden(x))
        mean, log_var = self.mean(h), self.log_var(h)
        z = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
        logits = self.logits(torch.relu(self.back(z)))
        distortion = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        rate = 0.5 * torch.sum(mean**2 + log_var.exp() - 1.0 - log_var)
        return (distortion + rate) / len(x)


class InMemory:
    """Batches of a tensor on the device, in an order anew; the last one may be short."""

    def __init__(self, x: torch.Tensor, batch_size: int) -> None:
        self.x, self.batch_size = x, batch_size

    def __iter__(self) -> Iterator[tuple[torch.Tensor]]:
        order = torch.randperm(len(self.x), device=self.x.device)
        for start in range(0, len(self.x), self.batch_size):
            yield (self.x[order[start : start + self.batch_size]],)


def train_epoch(model: VAE, optimiser, batches, device: str, add_losses: bool) -> float:
    """Trains for one epoch; returns the sum of the losses if `add_losses`, else 0."""
    total = 0.0
    for (x,) in batches:
        optimiser.zero_grad()
        loss = model.loss(x.to(device))
        loss.backward()
        optimiser.step()
        if add_losses:
            total += loss.item()
    if device == "cuda":
        torch.cuda.synchronize()
    return total


def main(loader: str, threads: int, seconds: float, device: str, file: str, *sizes: int):
    """Counts the epochs that fit into some seconds, after one that is not counted."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    batch_size, latents, hidden = sizes
    x = torch.from_numpy(np.load(file))
    model = VAE(x.shape[1], latents, hidden).to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    plain = loader == "dataloader"
    if plain:
        batches = DataLoader(TensorDataset(x), batch_size, shuffle=True)
    else:
        batches = InMemory(x.to(device), batch_size)
    train_epoch(model, optimiser, batches, device, plain)
    print("ready", flush=True)
    input()
    epochs, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        train_epoch(model, optimiser, batches, device, plain)
        epochs += 1
    print(epochs / (time.perf_counter() - started), device)


if __name__ == "__main__":
    loader, threads, seconds, device, file, *sizes = sys.argv[1:]
    main(loader, int(threads), float(seconds), device, file, *(int(n) for n in sizes))
