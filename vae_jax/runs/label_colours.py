"""Colours of labels, the same in figures and in the explorer: ten, and a grey for the rest.

Any two of them differ by 12 or more in CIEDE2000, as they are and as a protanope, a
deuteranope and a tritanope sees them (Machado et al., 2009, severity 1), and each has a
contrast of 3 : 1 with white and with the dark paper of the explorer. Found by search.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vae_jax.data.labels import NO_LABEL, known, name_of

PALETTE = (
    *("#1b52ff", "#fe5e12", "#2a8568", "#dd0000", "#b378ae"),
    *("#52696e", "#789f63", "#6e5b95", "#3c91fa", "#a74743"),
)
GREY = "#949494"
NAMED_OF_MORE = len(PALETTE) - 1  # labels with a colour where there are more than ten


class LabelColours(NamedTuple):
    """A legend, the entry that each image belongs to, and the rule where one is needed."""

    entries: list[tuple[str, str]]  # name and colour
    entry_of: np.ndarray  # [N], places among the entries
    rule: str  # why some labels are grey; empty where none is


def coloured(labels: np.ndarray, label_names: Sequence[str] = ()) -> LabelColours:
    """The colours of images by their labels `[N]`, and the names of the labels 0, 1, ...

    Up to ten labels have a colour each. Of more, the nine most frequent, and the rest are
    grey together; so are images without a label.
    """
    names, entry_of, counts = np.unique(labels, return_inverse=True, return_counts=True)
    counts = np.where(known(names), counts, -1)  # no label is the last to get a colour
    classes = int(known(names).sum())
    named = classes if classes <= len(PALETTE) else NAMED_OF_MORE
    chosen = np.sort(np.argsort(-counts, kind="stable")[:named])
    called = [name_of(int(names[i]), label_names) for i in chosen]
    entries = list(zip(called, PALETTE))
    grey = [f"{classes - named} others"] * (classes > named)
    grey += ["no label"] * (NO_LABEL in names)
    entries += [(" and ".join(grey), GREY)] * bool(grey)
    place = np.full(len(names), len(chosen))
    place[chosen] = np.arange(len(chosen))
    rule = ""
    if classes > named:
        rule = (
            f"Of {classes} labels the {named} most frequent have a colour; others are grey."
        )
    return LabelColours(entries, place[entry_of], rule)
