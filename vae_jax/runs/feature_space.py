"""The feature space in which a run's samples are judged, in words: which, and how good.

A Frechet distance means as much as the features it is of: wherever one is shown, they are
named, with the accuracy of the classifier that has them.
"""

from collections.abc import Mapping
from typing import Any

JUDGED = "FD, KID, precision, recall, density and coverage"  # the scores of that space


def share(value: float) -> str:
    """A share in per cent: `97.5 %`."""
    return f"{100.0 * value:z.1f} %"


def in_brief(baselines: Mapping[str, Any]) -> str:
    """The space in a few words, for captions: `classifier features, 97.5 % right`."""
    if baselines["space"]["name"] == "clf":
        return f"classifier features, {share(baselines['classifier']['balanced'])} right"
    return "principal components"


def in_words(baselines: Mapping[str, Any]) -> str:
    """The space in a clause: whose features, how good a classifier is, and by chance."""
    classifier = baselines["classifier"]
    if classifier is None:
        return "principal components of the pixels, for there are no labels of two classes"
    right = f"{share(classifier['balanced'])} of the test images"
    chance = f"class by class (by chance {share(classifier['chance'])})"
    if baselines["space"]["name"] == "clf":
        return f"features of a classifier that is right on {right}, {chance}"
    return (
        "principal components of the pixels, for a classifier trained on the labels is "
        f"right on only {right}, {chance}"
    )


def in_full(baselines: Mapping[str, Any]) -> str:
    """A sentence on the space: which scores are of it, what it is, and why."""
    return f"{JUDGED} compare images by {baselines['space']['about']}."
