"""Every field of a config: its unit, its least value, what it means. No JAX.

The checks of `studies/study.py` and the tables of `docs/configs.md` both read these
records; the numbers that a sweep may vary within a program are in `hyperparameters.py`.
"""

from typing import NamedTuple

from vae_jax.hyperparameters import NAMES


class Field(NamedTuple):
    """A field by its dotted name; `low` is the least value of a whole number."""

    name: str
    unit: str  # empty for what has none
    meaning: str
    low: int | None = None


WORDS = ("title", "notes")  # what a run is called and said of it; nothing depends on them
FIELDS = (
    Field("title", "", "what the run is called on its pages, instead of its directory"),
    Field("notes", "", "what its report says below the title, in your words"),
    Field("dataset", "", "the images: the name of a data set, and its settings"),
    Field(
        *("dataset.pixels", ""),
        "how stored pixels are shown to models: `grey`, `binary`, `dynamic`, `dequantized`",
    ),
    Field(
        *("dataset.display", ""),
        "how pictures draw pixels: `ink`, 1.0 is black, or `light`, 1.0 is white; unset: "
        "as the source has it, or guessed from the images' border",
    ),
    Field(
        *("dataset.crop", "pixels"),
        "by how much a training image is moved at random, anew at every step; 0 for none",
    ),
    Field(
        *("dataset.flip", ""),
        "whether training images are mirrored at random, left to right",
    ),
    Field("network", "", "encoder and decoder: a name, and its settings"),
    Field("posterior", "", "the family of q(z|x): a name, and its settings"),
    Field("prior", "", "p(z): a name, and its settings"),
    Field("likelihood", "", "p(x|z) of the pixels: a name, and its settings"),
    Field(
        *("objective", ""),
        "what training descends: a name, its settings, and the numbers it declares",
    ),
    Field("epochs", "epochs", "how often training sees every image", 1),
    Field("batch_size", "images", "how many images a step of training takes", 1),
    Field("log_every", "epochs", "time between two lines of `train.jsonl`", 1),
    Field(
        *("checkpoint_every", "epochs"),
        "time between two checkpoints: what an interruption may cost at most",
        1,
    ),
    Field(
        *("max_latents", "dimensions"),
        "width of the latent space; members with fewer latents leave the rest unused",
        1,
    ),
    Field(
        *("early_stopping.patience", "epochs"),
        "how long a member trains on without improving on validation images; 0 never stops",
        0,
    ),
    Field(
        *("autoencoder", ""),
        "whether the sweep also has plain autoencoders (noise 0, β 0)",
    ),
    Field("sweep", "", "the axes: which fields take several values"),
    Field("evaluation.metrics", "", "which metric families are measured, with settings"),
    Field(
        *("evaluation.max_images", "images"),
        "how many images of a split are evaluated, the first ones",
        2,
    ),
)
BY_NAME = {field.name: field for field in FIELDS}

LEVELS = Field("levels", "values", "one more than the stored value that is white")
SPLIT = (
    Field("test_share", "", "share of the images that test, where none are for that"),
    Field("split_seed", "", "of the permutation by which images are split"),
)
DECODED = (
    Field(
        *("size", "pixels"),
        "to which images are cropped and resized: a side, or height and width",
    ),
    Field("filter", "", "of the resizing: nearest, box, bilinear, bicubic, lanczos"),
    Field("colour", "", "true or false makes all images so; unset: as they are"),
    LEVELS,
    Field("tolerated", "", "share of the images that may be unreadable"),
    Field("memory", "MB", "of images held in memory; of more, training reads pieces"),
)
HIDDEN = Field(
    *("hidden", "units"), "widths of the encoder's layers; the decoder has them reversed"
)
ACTIVATION = Field(
    *("activation", ""),
    "between layers: `relu`, `silu`, `gelu`, `elu`, `leaky_relu`, `tanh`",
)
NORMALISATION = Field(
    *("normalisation", ""),
    "of hidden layers, each image by itself: `none`, `group`, `layer`",
)
INITIALISER = Field(
    *("initialiser", ""),
    "how weights start: `lecun`, `he`, `glorot`, `orthogonal`, `pytorch`",
)
PRECISION = Field(
    *("precision", ""),
    "what products multiply, `float32` or `bfloat16`; their sums are float32",
)
REMAT = Field(
    *("remat", ""),
    "whether layers are computed anew in the backward pass, for less memory",
)
WIDTH = Field(
    "width", "channels", "of the first convolution, of which others are multiples"
)
SETTINGS: dict[str, tuple[Field, ...]] = {  # of the shipped methods, by kind and name
    "dataset.path": (Field("path", "", "a file or a folder, read by what lies there"),),
    "dataset.idx": (
        Field("path", "", "the folder with the files"),
        Field("prefix", "", "which of several sets: `emnist-letters`"),
        *(LEVELS, *SPLIT),
    ),
    "dataset.npz": (
        Field("path", "", "the file"),
        Field("array", "", "which array has the images; unset: `images`, or the only one"),
        Field("labels", "", "which array has the labels; unset: `labels`, if there is one"),
        Field("test", "", "array of test images, of a mark for each image, or a file"),
        Field("test_labels", "", "which array has the labels of the test images"),
        LEVELS,
        Field(
            *("scale", ""),
            "the values that are 0 and 1 to a model, or the second alone; `real` takes "
            "values as they are",
        ),
        Field("channels", "", "`first` or `last`: where the colours are, if both can be"),
        *SPLIT,
    ),
    "dataset.folder": (Field("path", "", "the folder"), *DECODED, *SPLIT),
    "dataset.parquet": (
        Field("path", "", "a file, or a folder of files"),
        Field("image", "", "the column with the bytes of image files"),
        Field("labels", "", "the column with the labels"),
        Field("split", "", "the column that says train, valid or test"),
        *(*DECODED, *SPLIT),
    ),
    "dataset.cifar": (Field("path", "", "the folder with the binary files"),),
    "dataset.patches": (
        Field("size", "pixels", "height and width of a patch"),
        Field("count", "images", "patches to train on; a quarter as many are for testing"),
        Field("colour", "", "false makes them grey"),
    ),
    "network.mlp": (HIDDEN, ACTIVATION, NORMALISATION, INITIALISER, PRECISION),
    "network.gated_mlp": (HIDDEN, INITIALISER, PRECISION),
    "network.conv": (
        Field("features", "channels", "width of each convolution, from the image on"),
        Field("hidden", "units", "widths of the dense layers between them and the latents"),
        Field("kernel", "pixels", "side of the convolutions' kernels"),
        *(ACTIVATION, NORMALISATION, INITIALISER, PRECISION, REMAT),
    ),
    "network.resnet": (
        Field(
            *("features", "channels"),
            "widths at the image's size, at half of it, and so on",
        ),
        Field("blocks", "", "residual blocks at each size"),
        Field("attention", "", "whether pixels attend to one another at the lowest size"),
        *(ACTIVATION, NORMALISATION, INITIALISER, PRECISION, REMAT),
    ),
    "network.burgess": (INITIALISER, PRECISION, REMAT),
    "network.higgins": (INITIALISER, PRECISION, REMAT),
    "network.rae": (WIDTH, NORMALISATION, INITIALISER, PRECISION, REMAT),
    "network.dcgan": (WIDTH, NORMALISATION, INITIALISER, PRECISION, REMAT),
    "posterior.gaussian": (
        Field(
            *("log_var_bound", ""),
            "bound of log-variances, a soft one: b tanh(log-variance / b); 0 sets none",
        ),
    ),
    "likelihood.gaussian": (
        Field("sigma", "", "standard deviation of every pixel: a number, or learned"),
    ),
    "metric.rate_distortion": (
        Field("samples", "draws", "of the posterior, for each image's distortion"),
    ),
    "metric.information": (
        Field("samples", "draws", "of the posterior, for each training image"),
    ),
    "metric.iwae": (Field("samples", "draws", "weighted samples for each image: the K"),),
    "metric.ais": (
        Field("images", "images", "how many test images are measured, the first ones"),
        Field("temperatures", "", "steps from the prior to the posterior: the T"),
        Field("chains", "", "independent annealings of each image"),
        Field(
            "simulated",
            "images",
            "made by the model and bounded from both sides; 0 for none",
        ),
    ),
    "metric.exact": (
        Field("images", "images", "how many test images are measured, the first ones"),
        Field("nodes", "", "points of the grid along each latent dimension; an odd number"),
    ),
    "metric.aggregate": (
        Field("permutations", "", "of codes and prior draws, for the p-values of MMD"),
    ),
    "metric.samples": (
        Field("samplers", "", "where z comes from: names, or names with settings"),
    ),
    "metric.interpolation": (Field("pairs", "pairs", "of test images that paths connect"),),
    "sampler.mixture": (
        Field("components", "", "how many Gaussians the mixture has at most"),
    ),
}


def top() -> tuple[str, ...]:
    """The names that a config has at its top: groups, fields and traced numbers."""
    heads = tuple(dict.fromkeys(field.name.partition(".")[0] for field in FIELDS))
    before = heads.index("max_latents")
    return (*heads[:before], *NAMES, *heads[before:])


def inside(group: str) -> tuple[str, ...]:
    """The names of the fields in a group: `("metrics", "max_images")`."""
    return tuple(name.partition(".")[2] for name in BY_NAME if name.startswith(f"{group}."))
