"""Every number that the shipped metrics give: its unit, its good end, what it means.

The glossary of `docs/metrics.md` is generated from these records (`docs/generate.py`).
"""

from vae_jax.scores import metric_key as keys
from vae_jax.scores.entry import FROM_0, Entry, of_kernel, of_log_p
from vae_jax.scores.image_entries import OF_IMAGES

ENTRIES = (
    Entry(
        *(keys.DISTORTION, "nats", "less"),
        "-log p(x|z) of an image, mean over draws of its code: what decoding loses.",
        ("distortion",),
        "any; 0 or more of whole levels",
    ),
    Entry(
        *(keys.DISTORTION_AT_MEAN, "nats", "less"),
        "-log p(x|z) of an image with the mean of its code for z.",
        bounds="any; 0 or more of whole levels",
    ),
    Entry(
        *(keys.RATE, "nats", ""),
        "KL(q(z|x) || p(z)) of an image: how far its code is from the prior.",
        ("rate R", "rate"),
        FROM_0,
    ),
    Entry(
        *(keys.DISTORTION_PLUS_RATE, "nats", "less"),
        "The negative ELBO: an upper bound on -log p(x) where D is a likelihood's.",
        ("D + R",),
        "any; 0 or more of whole levels",
    ),
    Entry(
        *(keys.ACTIVE_UNITS, "dimensions", ""),
        "Latent dimensions whose mean code varies over images by more than 0.01.",
        ("active units",),
        "0 to the latents",
    ),
    Entry(
        *(keys.COLLAPSED_UNITS, "dimensions", "less"),
        "Latent dimensions with a rate of at most 0.01 nat: they say nothing.",
        ("collapse",),
        "0 to the latents",
    ),
    Entry(
        *(keys.rate_dim("<k>"), "nats", ""),
        "The rate of latent dimension k, counted from 0.",
        ("rates, sorted",),
        FROM_0,
    ),
    Entry(
        *(keys.sensitivity_dim("<k>"), "pixels", ""),
        "How far one unit of z_k moves the decoded image, at the mean codes.",
        bounds=FROM_0,
    ),
    Entry(
        *(keys.MUTUAL_INFORMATION, "nats", ""),
        "I(x; z): what a code says of which training image it is of.",
        ("information", "mutual information"),
        "0 to log N",
    ),
    Entry(
        *(keys.TOTAL_CORRELATION, "nats", "less"),
        "What the dimensions of the codes say of each other.",
        bounds=FROM_0,
    ),
    Entry(
        *(keys.DIMENSIONWISE_KL, "nats", "less"),
        "Sum over dimensions of KL(q(z_k) || p(z_k)): how far each is from the prior.",
        bounds=FROM_0,
    ),
    Entry(
        *(keys.AGGREGATE_KL, "nats", "less"),
        "KL(q(z) || p(z)): how far all codes together are from the prior.",
        bounds=FROM_0,
    ),
    Entry(
        *(keys.LOG_N, "nats", ""),
        "The ceiling of the mutual information: log of the number N of training images.",
        ("information of log N",),
        FROM_0,
    ),
    *of_log_p("iwae", "<k>", "bounded from above with k weighted samples of the posterior"),
    Entry(
        *(keys.ess_iwae("<k>"), "samples", "more"),
        "The effective sample size: how many of the k samples count, mean over images.",
        bounds="1 to k",
    ),
    Entry(
        *(keys.ess_iwae_least("<k>"), "samples", "more"),
        "The effective sample size of the image that has the least.",
        bounds="1 to k",
    ),
    *of_log_p("ais", "<t>", "annealed from the prior in t temperatures"),
    Entry(
        *(keys.ais_acceptance("<t>"), "share", "0.65"),
        "Accepted steps of the Hamiltonian sampler inside the annealing.",
    ),
    Entry(
        *(keys.ais_gap("<t>"), "nats", "less"),
        "Upper minus lower bound on log p(x) of images that the model itself has made.",
        bounds="any; 0 where both bounds are exact",
    ),
    *of_log_p("exact", "", "integrated on a grid of one or two latents"),
    Entry(
        *(keys.EXACT_ERROR, "nats", "less"),
        "The most by which a grid half as fine changes the value of an image.",
        bounds=FROM_0,
    ),
    *of_kernel("rbf", "by Gaussian kernels as wide as their median distance"),
    *of_kernel("fixed", "by Gaussian kernels as wide as the prior"),
    *of_kernel("imq", "by inverse multiquadric kernels"),
    Entry(
        *(keys.C2ST_KNN, "AUC", "0.5"),
        "How well 15 nearest neighbours tell codes from prior draws: area under the ROC.",
        ("C2ST, nearest neighbours",),
    ),
    Entry(
        *(keys.C2ST_QUADRATIC, "AUC", "0.5"),
        "How well means and covariances tell codes from prior draws: area under the ROC.",
    ),
    Entry(
        *(keys.KL_MOMENTS, "nats", "less"),
        "KL to the prior of a Gaussian with the mean and the covariance of the codes.",
        bounds=FROM_0,
    ),
    Entry(
        *(keys.KL_KDE, "nats", "less"),
        "KL to the prior of a kernel density of the codes.",
        bounds="any; 0 where they are alike",
    ),
    Entry(
        *(keys.CODE_SD, "", "1"),
        "The standard deviation of a code, over its dimensions.",
        bounds=FROM_0,
    ),
    *OF_IMAGES,
)
