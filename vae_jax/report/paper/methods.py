"""The methods paragraph of a paper, computed from the record of a run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vae_jax.data.dataset import size_in_words
from vae_jax.data.facts import recorded_look, without_images
from vae_jax.data.pixels import rule
from vae_jax.report.paper.latex import escape
from vae_jax.report.sentences.phrases import counted, listing
from vae_jax.report.sentences.references import REFERENCES
from vae_jax.runs.results import ProgramResults
from vae_jax.studies.member import Member

SOFTWARE = ("jax", "flax", "optax", "scikit-learn")
Cite = Callable[[Sequence[str]], str]  # keys to what stands for them in the text


def in_latex(run: ProgramResults) -> str:
    """The paragraph in LaTeX, with `\\citep` of what is in `references.bib`."""
    used = {reference.key for reference in REFERENCES if reference.used(run)} | {"vae_jax"}

    def cite(keys: Sequence[str]) -> str:
        cited = [key for key in keys if key in used]
        return f"~\\citep{{{','.join(cited)}}}" if cited else ""

    return paragraph(run, cite, escape) + "\n"


def in_words(run: ProgramResults) -> str:
    """The paragraph as plain text, without citations."""
    return paragraph(run, lambda keys: "", lambda text: text) + "\n"


def paragraph(run: ProgramResults, cite: Cite, set_text: Callable[[str], str]) -> str:
    """The sentences in their order; `set_text` sets text, `cite` a citation behind it."""
    parts = [*of_models(run), *of_data(run), *of_evaluation(run), *of_software(run)]
    return " ".join(f"{set_text(text)}{cite(keys)}." for text, *keys in parts)


def of_models(run: ProgramResults) -> list[tuple[str, ...]]:
    """What was trained, and how: sentences with the keys that they cite."""
    config, members = run.record["config"], run.members
    network, patience = config["network"], config["early_stopping"]["patience"]
    swept = {name: values_of(members, name) for name in ("beta", "latents")}
    kinds = ["autoencoders"] * any(not m.has_posterior for m in members)
    kinds += ["VAEs"] * any(m.has_posterior for m in members)
    cited = "kingma2014vae", "higgins2017beta"
    sentences: list[tuple[str, ...]] = [
        (
            f"We trained {counted(len(members), 'member')}, {' and '.join(kinds)} with "
            f"β of {swept['beta']} and {swept['latents']} latent dimensions, "
            f"each with {counted(len(values(members, 'seed')), 'seed')}",
            *cited,
        ),
        (
            f"Encoder and decoder are networks of the kind {network['name']}"
            f"{with_settings(network)}; the posterior is {named(config, 'posterior')}, the "
            f"prior {named(config, 'prior')}, the likelihood {named(config, 'likelihood')}",
        ),
        (
            f"The objective {named(config, 'objective')} was descended with Adam at a "
            f"learning rate of {values_of(members, 'learning_rate')} in batches of "
            f"{config['batch_size']} for {config['epochs']} epochs",
            "kingma2015adam",
        ),
    ]
    if patience:
        sentences.append(
            (f"Training stopped after {patience} epochs without gain", "prechelt1998early")
        )
    return sentences


def of_data(run: ProgramResults) -> list[tuple[str, ...]]:
    """What was trained on: a sentence."""
    data = run.record["data"]
    shape = recorded_look(data).shape
    kind = f"{'images' if len(shape) == 3 else 'vectors'} of {size_in_words(shape)}"
    valid = f", {data['valid']:,} for validation" if data["valid"] else ""
    return [
        (
            f"The data, {data['name']}, are {kind}: {data['train']:,} "
            f"for training{valid}, {data['test']:,} for testing. A pixel is "
            f"{rule(without_images(data))}",
        )
    ]


def of_evaluation(run: ProgramResults) -> list[tuple[str, ...]]:
    """How the numbers were made, and their intervals."""
    limit = run.record["config"]["evaluation"]["max_images"]
    sentences: list[tuple[str, ...]] = [
        (
            f"Numbers are of at most {limit:,} images of a split, means over seeds; "
            "95 % intervals are Student's t over seeds and, where samples are compared "
            "with real images, the noise of those from paired halves",
        )
    ]
    if run.judges_samples:
        sentences.append(
            (
                f"Samples are compared with real images by {run.space_in_words}",
                *("heusel2017gans", "naeem2020reliable"),
            )
        )
    return sentences


def of_software(run: ProgramResults) -> list[tuple[str, ...]]:
    """What computed it: package, versions, device, and the id of the run."""
    versions = run.record["versions"]
    listed = listing([f"{name} {versions[name]}" for name in SOFTWARE if name in versions])
    devices = {layout["device_kind"] for layout in run.record["layout"].values()}
    return [
        (f"Everything was computed with vae_jax {versions['vae_jax']}", "vae_jax"),
        (f"It ran on {', '.join(sorted(devices))} with {listed}; its id is {run.id}",),
    ]


def values(members: list[Member], name: str) -> list[float | int]:
    """The values of a number over members, each once; those of VAEs alone for beta."""
    chosen = [m for m in members if m.has_posterior] if name == "beta" else members
    return sorted({getattr(member, name) for member in chosen or members})


def values_of(members: list[Member], name: str) -> str:
    """These values in words: `0.25, 0.5 and 1`."""
    return listing([f"{float(value):zg}" for value in values(members, name)])


def named(config: Mapping[str, Any], kind: str) -> str:
    """A method of a config in words: its name, its settings in brackets."""
    words = config[kind]["name"].replace("_", " ")
    return f"{words}{with_settings(config[kind])}"


def with_settings(group: Mapping[str, Any]) -> str:
    """A method's settings in words: ` (hidden 256)`; nothing where it has none."""
    told = {name: v for name, v in group.items() if name != "name" and v != ""}
    text = lambda v: "-".join(map(str, v)) if isinstance(v, list | tuple) else str(v)
    listed = ", ".join(f"{name.replace('_', ' ')} {text(v)}" for name, v in told.items())
    return f" ({listed})" if listed else ""
