"""What the metrics say of generated images: samples, holes of the prior, paths."""

from vae_jax.scores import metric_key as keys
from vae_jax.scores.entry import FROM_0, Entry, in_features, of_samples, on_paths

OF_IMAGES = (
    in_features(
        *(keys.FD, "less", "Fréchet distance (FD) to the real images.", "FD"),
        bounds=FROM_0,
    ),
    in_features(
        *(keys.FD_UNBIASED, "less"),
        "FD without the leading part of the bias that few real images give it.",
        bounds="any; about 0 of the data itself",
    ),
    in_features(
        *(keys.KID, "less"),
        "Kernel distance: squared MMD to the real images by a cubic kernel.",
        bounds="any; about 0 of the data itself",
    ),
    in_features(
        *(keys.PRECISION, "more", "Samples that lie among real images.", "precision"),
        unit="share",
    ),
    in_features(
        *(keys.RECALL, "more", "Real images that lie among samples.", "recall"),
        unit="share",
    ),
    in_features(
        *(keys.DENSITY, "1"),
        "How many samples there are around a real image; above 1 they crowd there.",
        "density",
        bounds=FROM_0,
    ),
    in_features(
        *(keys.COVERAGE, "more", "Real images with a sample beside them.", "coverage"),
        unit="share",
    ),
    of_samples(
        *(keys.OFF_MANIFOLD, "share", "less"),
        "Samples farther from the training images than 99 % of test images.",
        "off manifold",
    ),
    of_samples(
        *(keys.NEAREST_TRAIN, "pixels", ""),
        "The distance of a sample to the nearest training image.",
        bounds=FROM_0,
    ),
    of_samples(
        *(keys.AUTHENTICITY, "share", ""),
        "Samples farther from a training image than that is from the others; 0: copies.",
        "authenticity",
    ),
    of_samples(
        *(keys.CLOSER_RANK, "probability", "0.5"),
        "The chance that a sample is closer to the training images than a test image.",
        "closer to training images",
    ),
    of_samples(
        *(keys.CLASS_TV, "total variation", "less"),
        "How far the classes of samples are from those of the data: total variation.",
        "class imbalance, TV",
    ),
    of_samples(
        *(keys.DIGIT_SCORE, "classes", "more"),
        "How many classes the samples have, and how surely: an inception score.",
        bounds="1 to the classes",
    ),
    of_samples(
        *(keys.CONFIDENCE, "probability", "more"),
        "The classifier's largest probability of a class.",
    ),
    Entry(
        *(keys.GAP_FD, "", "less"),
        "FD from the prior minus FD from the best fitted sampler: what that repairs.",
        ("gap FD", "gap in FD"),
    ),
    Entry(
        *(keys.GAP_COVERAGE, "difference of shares", "less"),
        "Coverage of that sampler minus coverage of the prior: what it repairs.",
        ("gap in coverage",),
    ),
    Entry(
        *(keys.PRIOR_PENALTY, "", "less"),
        "FD from the prior minus FD from the codes themselves.",
    ),
    Entry(
        *(keys.HOLE_DENSITY, "share", "less"),
        "Prior draws where codes are rarer than at 95 % of held-out codes.",
        ("holes, density",),
    ),
    Entry(
        *(keys.HOLE_CYCLE, "share", "less"),
        "Prior draws that, decoded and encoded again, land in another place.",
        ("holes, re-encoding",),
    ),
    on_paths(
        *(keys.PATH_ENERGY, "", "less"),
        "Squared steps of the images on a path against those of a straight path.",
        "path energy",
        bounds="1 or more",
    ),
    on_paths(
        *(keys.PATH_LENGTH, "", "less"),
        "Length of the images' path against that of a straight path.",
        bounds="1 or more",
    ),
    on_paths(
        *(keys.MID_OFF_MANIFOLD, "share", "less"),
        "Images midway farther from the training images than 99 % of test images.",
        "off manifold midway",
    ),
    on_paths(
        *(keys.MID_NEAREST_TRAIN, "pixels", ""),
        "The distance of an image midway to the nearest training image.",
        bounds=FROM_0,
    ),
    on_paths(
        *(keys.MID_CONFIDENCE, "probability", "more"),
        "The classifier's confidence in an image midway.",
    ),
)
