"""PyTorch's convolutional VAEs, for `benchmark_networks.py`: networks, losses, Adam.

python torch_networks.py NAME THREADS SECONDS    trains NAME (conv or resnet) on one batch

It prints `ready` after two steps, waits for a line, trains, and prints images per second.
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

LATENTS, BATCH = 8, 128


def norm(width: int) -> nn.GroupNorm:
    """Group normalisation with the groups of `models/layers/style.py`."""
    most = min(32, max(1, width // 4))
    return nn.GroupNorm(next(n for n in range(most, 0, -1) if width % n == 0), width)


class Block(nn.Module):
    """A residual block whose channels stay."""

    def __init__(self, width: int) -> None:
        super().__init__()
        conv = lambda: nn.Conv2d(width, width, 3, padding=1)
        layers = [layer for _ in range(2) for layer in (norm(width), nn.SiLU(), conv())]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x and what the layers make of it."""
        return x + self.layers(x)


def conv() -> tuple[nn.Module, nn.Module, tuple[int, int, int]]:
    """Two convolutions of stride 2 and a dense layer on 28x28, and back."""
    encoder = nn.Sequential(
        *(nn.Conv2d(1, 32, 3, 2, 1), nn.ReLU(), nn.Conv2d(32, 64, 3, 2, 1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(3136, 256), nn.ReLU(), nn.Linear(256, 2 * LATENTS)),
    )
    decoder = nn.Sequential(
        *(nn.Linear(LATENTS, 256), nn.ReLU(), nn.Linear(256, 3136), nn.ReLU()),
        *(nn.Unflatten(1, (64, 7, 7)), nn.ConvTranspose2d(64, 32, 3, 2, 1, 1), nn.ReLU()),
        nn.ConvTranspose2d(32, 1, 3, 2, 1, 1),
    )
    return encoder, decoder, (1, 28, 28)


def resnet() -> tuple[nn.Module, nn.Module, tuple[int, int, int]]:
    """A residual block at each of three sizes of 32x32 in colour, and back."""
    encoder = nn.Sequential(
        *(nn.Conv2d(3, 32, 3, padding=1), Block(32), nn.Conv2d(32, 64, 4, 2, 1)),
        *(Block(64), nn.Conv2d(64, 64, 4, 2, 1), Block(64), norm(64), nn.SiLU()),
        *(nn.Flatten(), nn.Linear(4096, 2 * LATENTS)),
    )
    decoder = nn.Sequential(
        *(nn.Linear(LATENTS, 4096), nn.Unflatten(1, (64, 8, 8)), Block(64)),
        *(nn.ConvTranspose2d(64, 64, 4, 2, 1), Block(64)),
        *(nn.ConvTranspose2d(64, 32, 4, 2, 1), Block(32), norm(32), nn.SiLU()),
        nn.Conv2d(32, 3, 3, padding=1),
    )
    return encoder, decoder, (3, 32, 32)


def main(name: str, threads: int, seconds: float) -> None:
    """Trains on one batch for some seconds and prints images per second."""
    torch.set_num_threads(threads)
    encoder, decoder, shape = {"conv": conv, "resnet": resnet}[name]()
    x = torch.rand(BATCH, *shape)
    parameters = [*encoder.parameters(), *decoder.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-3)

    def step() -> None:
        optimiser.zero_grad()
        mean, log_var = encoder(x).chunk(2, 1)
        logits = decoder(mean + torch.exp(0.5 * log_var) * torch.randn_like(mean))
        d = functional.binary_cross_entropy_with_logits(logits, x, reduction="sum")
        rate = 0.5 * torch.sum(mean**2 + log_var.exp() - 1.0 - log_var)
        ((d + rate) / BATCH).backward()
        optimiser.step()

    step()
    step()
    print("ready", flush=True)
    input()
    steps, began = 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        step()
        steps += 1
    print(steps * BATCH / (time.perf_counter() - began))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
