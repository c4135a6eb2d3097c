"""The feature space of the scores: a small classifier of the images, trained once.

The one for the digits comes with the package, so that scores can be compared between
machines; for other labelled images it is trained, from a fixed seed, when they are first
evaluated, and kept in the run. Its hash and accuracy stand beside every score.
"""

import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from vae_jax.data.dataset import Dataset
from vae_jax.data.labels import classes, known
from vae_jax.data.pixels import fixed
from vae_jax.errors import UserError
from vae_jax.evaluation.limits import EVALUATED_VALUES
from vae_jax.models.model import unit
from vae_jax.models.networks.mlp import MLP
from vae_jax.storage import arrays

HIDDEN = (64, 32)
EPOCHS, BATCH, LEARNING_RATE, SMOOTHING, SEED = 100, 64, 1e-3, 0.05, 0
MAX_STEPS = 20_000
USABLE = 0.5  # of the way from chance to 1 that a classifier has to come
SHIPPED = {"c8e370818c8ff692": "digits_classifier.npz"}  # by the data's SHA-256


class Judgement(NamedTuple):
    """How well a classifier tells the classes of the test images apart."""

    accuracy: float  # share of the test images
    balanced: float  # the same class by class, and the mean over classes
    chance: float  # what guessing comes to, class by class: 1 / classes

    @property
    def usable(self) -> bool:
        """Whether its features can judge images: at least half-way from chance to 1."""
        return self.balanced >= self.least

    @property
    def least(self) -> float:
        """The share, class by class, that is asked for."""
        return self.chance + USABLE * (1.0 - self.chance)

    def __str__(self) -> str:
        return (
            f"right on {self.accuracy:z.1%} of the test images, class by class on "
            f"{self.balanced:z.1%} (by chance {self.chance:z.1%}; "
            f"asked for {self.least:z.1%})"
        )


class Classifier(NamedTuple):
    """Weights and biases, layer by layer."""

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    def features(self, images: Float[np.ndarray, "n D"]) -> Float[np.ndarray, "n F"]:
        """The last hidden layer of images [n, D] in [0, 1]: features [n, F], float64."""
        for kernel, bias in self.layers[:-1]:
            images = np.maximum(images @ kernel + bias, 0.0)
        return images

    def probabilities(self, features: Float[np.ndarray, "n F"]) -> np.ndarray:
        """p(label|x), [n, classes], from features [n, F]."""
        kernel, bias = self.layers[-1]
        logits = features @ kernel + bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    @property
    def sha256(self) -> str:
        """SHA-256 of the weights as float32, layer by layer."""
        digest = hashlib.sha256()
        for array in (array for layer in self.layers for array in layer):
            digest.update(np.asarray(array, np.float32).tobytes())
        return digest.hexdigest()


def classifier_of(
    dataset: Dataset, cache: Path, say: Callable[[str], None]
) -> Classifier | None:
    """The data set's classifier: shipped, kept in `cache`, or trained now and kept there.

    `say` is told when one is to be trained, which takes a while. None where there are no
    labels, or only one; an image of label -1 has none.
    """
    labels, test_labels = dataset.train_labels, dataset.test_labels
    if labels is None or test_labels is None:
        return None
    if len(classes(labels)) < 2 or not known(test_labels).any():
        return None
    shipped = SHIPPED.get(dataset.sha256[:16])
    if shipped:
        resource = files("vae_jax.evaluation").joinpath(shipped)
        return read(Path(str(resource)))
    if cache.exists():
        return read(cache)
    say(
        f"training a classifier of the {len(classes(labels))} labels, to judge samples by "
        "its features: half a minute or more"
    )
    classifier = train(dataset)
    write(cache, classifier)
    return classifier


def judge(classifier: Classifier, dataset: Dataset) -> Judgement:
    """How well a classifier does on the test images of the classes that it knows.

    Balanced accuracy (Brodersen et al., 2010): one class of many images hides no others.
    """
    names, labels = classes(dataset.train_labels), dataset.test_labels
    images = unit(dataset.levels, fixed(dataset, "test"))
    features = classifier.features(np.asarray(images, np.float64))
    right = names[classifier.probabilities(features).argmax(axis=1)] == labels
    shares = [right[labels == name].mean() for name in names if (labels == name).any()]
    of_known = right[np.isin(labels, names)]
    return Judgement(
        float(of_known.mean()) if len(of_known) else 0.0,
        float(np.mean(shares)) if shares else 0.0,
        1.0 / len(names),
    )


def train(dataset: Dataset) -> Classifier:
    """Trains a classifier on the training split by AdamW, from a fixed seed.

    With label smoothing (Szegedy et al., 2016, arXiv:1512.00567); Loshchilov & Hutter
    (2019), arXiv:1711.05101. Of images that have a label, the first that memory holds.
    """
    most = EVALUATED_VALUES // dataset.train.shape[1]
    labels = dataset.train_labels[:most]
    labelled = known(labels)
    x = unit(dataset.levels, fixed(dataset, "train", most)[labelled])
    names, y = np.unique(labels[labelled], return_inverse=True)
    network = MLP(HIDDEN, len(names))
    params = network.init(jax.random.key(SEED), x[:1])
    optimizer = optax.adamw(LEARNING_RATE)
    targets = optax.smooth_labels(jax.nn.one_hot(y, len(names)), SMOOTHING)
    batch = min(BATCH, len(x))
    steps = min(EPOCHS * (len(x) // batch), MAX_STEPS)

    def step(carry, i):
        params, state = carry
        key = jax.random.fold_in(jax.random.key(SEED + 1), i)
        rows = jax.random.randint(key, (batch,), 0, len(x))

        def loss(p):
            logits = network.apply(p, x[rows])
            return optax.softmax_cross_entropy(logits, targets[rows]).mean()

        updates, state = optimizer.update(jax.grad(loss)(params), state, params)
        return (optax.apply_updates(params, updates), state), None

    (params, _), _ = jax.lax.scan(step, (params, optimizer.init(params)), jnp.arange(steps))
    return Classifier(layers_of(params["params"]))


def layers_of(params: dict[str, dict[str, Array]]) -> tuple:
    """Kernels and biases of an MLP in the order they are applied, NumPy float64."""
    names = [*(f"hidden_{i}" for i in range(len(HIDDEN))), "output"]
    pairs = ((params[n]["kernel"], params[n]["bias"]) for n in names)
    return tuple(tuple(np.asarray(a, np.float64) for a in pair) for pair in pairs)


def write(file: Path, classifier: Classifier) -> None:
    """Writes a classifier's weights as float32 arrays of an .npz file."""
    weights = {}
    for i, (kernel, bias) in enumerate(classifier.layers):
        weights |= {f"kernel_{i}": np.float32(kernel), f"bias_{i}": np.float32(bias)}
    arrays.write_arrays(file, weights)


def read(file: Path) -> Classifier:
    """Reads a classifier back; a `UserError` names a file that is damaged."""
    weights = arrays.read_arrays(file)
    try:
        layers = [
            (np.float64(weights[f"kernel_{i}"]), np.float64(weights[f"bias_{i}"]))
            for i in range(len(HIDDEN) + 1)
        ]
        return Classifier(tuple(layers))
    except KeyError as error:
        raise UserError(f"{file}: damaged (it has no {error})") from None
