"""A trained member in Python: encode, decode, sample; NumPy in and out."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vae_jax.errors import UserError
from vae_jax.library import draws, html
from vae_jax.library.pixels import leading, unit_rows
from vae_jax.library.records import Records
from vae_jax.pipeline import export
from vae_jax.pipeline.restore import Trained
from vae_jax.types import HParams, Model, Params

ROWS = 256  # images or codes in one call, the last one padded: one program for any number


class Codes(NamedTuple):
    """q(z|x) of images in the latent dimensions in use: N(mean, diag std^2)."""

    mean: Float[np.ndarray, "*n L"]
    std: Float[np.ndarray, "*n L"]  # 0 for an autoencoder, whose codes are points


class VAE:
    """One trained member of a run: a VAE or an autoencoder, as functions of NumPy arrays.

    `vae_jax.open("runs/mine").member(beta=1.0, latents=8, seed=0)` makes one. Images are
    [H, W, C], one or any number of them: [*shape], [n, *shape], [a, b, *shape]; grey ones
    may lack their one channel where they go in. Plain vectors are [D].
    Codes have the L dimensions that the member uses: [L], [n, L]. Nothing here needs the
    data, but for samplers that draw from its codes.

    Attributes:
        number: the member's number in its run.
        values: its hyperparameters: `beta`, `latents`, `seed`, ... and the swept fields.
        shape: of an image.
        latents: L.
        params: its parameters, arrays by name.
        results: its numbers, the rows of `results.csv` that are about it.
    """

    def __init__(
        self, workdir: Path, trained: Trained, results: Records, data: str | None
    ) -> None:
        self.workdir, self.trained, self.results = workdir, trained, results
        self.data = data
        self.number, self.params = trained.number, trained.params
        self.shape, self.latents = trained.job.dataset.shape, trained.member.latents
        self.values = {**trained.member.numbers, **dict(trained.member.static)}

    def encode(self, images: np.ndarray) -> Codes:
        """q(z|x) of images [..., *shape]: mean and standard deviation, [..., L] each.

        Pixels are whole numbers from 0 to the data's white, or floats in [0, 1]; anything
        else, and images of another shape, are a `vae_jax.UserError`.
        """
        rows = unit_rows(images, self.trained.job.dataset)
        mean, std = self.by_rows(encoded, rows)
        shape = (*leading(images, self.shape), self.latents)
        return Codes(*(a[:, : self.latents].reshape(shape) for a in (mean, std)))

    def decode(self, z: np.ndarray) -> Float[np.ndarray, "*n"]:
        """E[x|z] of codes [..., L]: images [..., *shape], pixels in [0, 1]."""
        z = np.asarray(z, np.float32)
        if not z.ndim or z.shape[-1] != self.latents:
            raise UserError(
                f"z: of shape {list(z.shape)}; this member has {self.latents} latent "
                f"dimensions: {[self.latents]}, or {['n', self.latents]}"
            )
        rows = z.reshape(-1, self.latents)
        unused = self.trained.job.settings.max_latents - self.latents
        (images,) = self.by_rows(decoded, np.pad(rows, ((0, 0), (0, unused))))
        return images.reshape(*z.shape[:-1], *self.shape)

    def draw(
        self, n: int, sampler: str | Mapping[str, Any] = "prior", seed: int = 0
    ) -> Float[np.ndarray, "n L"]:
        """n codes z [n, L] of a sampler: prior, gaussian, mixture, kde or aggregate.

        `gaussian` and `mixture` are those that the run fitted to its training codes; other
        ones, and your own (`"mymodule:sampler"`), need the run's data. The same seed gives
        the same draws. An unknown sampler is a `vae_jax.UserError`.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise UserError(f"n: {n!r} is not a positive whole number")
        return draws.draw(self.workdir, self.trained, n, sampler, seed, self.data)

    def sample(
        self, n: int, sampler: str | Mapping[str, Any] = "prior", seed: int = 0
    ) -> Float[np.ndarray, "n ..."]:
        """n generated images [n, *shape]: E[x|z] at the codes that `draw` gives."""
        return self.decode(self.draw(n, sampler, seed))

    def reconstruct(self, images: np.ndarray) -> Float[np.ndarray, "..."]:
        """What the decoder makes of the mean codes of images: [..., *shape] to the same."""
        return self.decode(self.encode(images).mean)

    def interpolate(
        self, a: np.ndarray, b: np.ndarray, n: int = 9
    ) -> Float[np.ndarray, "n ..."]:
        """n images [n, *shape] on the straight line between the codes of images a and b.

        Both ends are the reconstructions of a and b, [*shape] each.
        """
        ends = [self.encode(image).mean for image in (a, b)]
        if any(code.ndim != 1 for code in ends):
            raise UserError("interpolate: a and b are one image each")
        if isinstance(n, bool) or not isinstance(n, int) or n < 2:
            raise UserError(f"n: {n!r} is not a whole number from 2 on")
        return self.decode(np.linspace(*ends, n))

    def export(self, *kinds: str, directory: str | Path | None = None) -> list[Path]:
        """Writes the member for use elsewhere; returns the files.

        `kinds` are `onnx`, `safetensors` and `jax`, all of them if none is named. Encoder
        and decoder are compared with JAX before they are written. Into `directory`, or into
        `export/member_N` of the run.
        """
        folder = self.workdir / "export" / f"member_{self.number}"
        if directory is not None:
            folder = Path(directory).expanduser()
        return export.write(self.trained, folder, kinds or tuple(export.FORMATS))

    def by_rows(self, function: Callable, rows: np.ndarray) -> list[np.ndarray]:
        """Runs a compiled function so many rows at a time; the outputs, as NumPy arrays."""
        run = compiled(self.trained.job.program.model, function)
        parts = []
        for start in range(0, max(len(rows), 1), ROWS):  # no rows too have their shape
            some = rows[start : start + ROWS]
            padded = np.pad(some, ((0, ROWS - len(some)), (0, 0)))
            outputs = jax.device_get(run(self.params, padded, self.trained.hparams))
            parts.append([output[: len(some)] for output in outputs])
        return [np.concatenate(outputs) for outputs in zip(*parts)]

    @cached_property
    def name(self) -> str:
        """What the member is, in words: `member 3: beta 1, latents 8, seed 0`."""
        member, number = self.trained.member, self.number
        plain = member.noise == member.beta == 0.0
        kind = "autoencoder" if plain else f"beta {member.beta:zg}"
        more = "".join(f", {name} {value}" for name, value in member.static)
        return f"member {number}: {kind}, latents {self.latents}, seed {member.seed}{more}"

    def __repr__(self) -> str:
        return f"<vae_jax.VAE {self.name}, of {self.workdir}>"

    def _repr_html_(self) -> str:
        images, look = self.sample(2 * html.COLUMNS), self.trained.job.dataset.look
        return html.of_member(self.name, images, look, self.results)


@lru_cache(maxsize=32)
def compiled(model: Model, function: Callable) -> Callable:
    """A function of a model, compiled once for all its members."""
    return jax.jit(partial(function, model))


def encoded(
    model: Model, params: Params, x: Float[Array, "B D"], hparams: HParams
) -> Sequence[Float[Array, "B K"]]:
    """Mean and standard deviation of q(z|x); an autoencoder's is 0."""
    q = model.encode(params, x, hparams)
    spread = jnp.where((hparams.noise > 0) | (hparams.beta > 0), 1.0, 0.0)
    return q.mean, spread * jnp.exp(0.5 * q.log_var)


def decoded(
    model: Model, params: Params, z: Float[Array, "B K"], hparams: HParams
) -> Sequence[Float[Array, "B D"]]:
    """E[x|z]."""
    del hparams
    return (model.likelihood.mean(model.decode(params, z)),)
