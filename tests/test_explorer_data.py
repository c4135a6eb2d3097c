"""The explorer of unusual data: one latent, many labels, few components, wild codes."""

import base64
import json
import re

import jax
import numpy as np
import pytest
from conftest import make_hparams, make_model, make_subject
from explorer_runs import frames, of_one_latent, with_arrays

from vae_jax.data.dataset import make_dataset
from vae_jax.evaluation.fitted_samplers import fits, mixture_components
from vae_jax.evaluation.samplers import mixture
from vae_jax.explorer.choice import chosen, cost
from vae_jax.explorer.members import packed
from vae_jax.explorer.pack import pack
from vae_jax.explorer.page import explorer_page
from vae_jax.portable.graph import run as run_graph
from vae_jax.runs.load_results import load
from vae_jax.scores.metric_key import FD
from vae_jax.storage import files


@pytest.fixture
def part(finished_run):
    """The only program of a finished run of MLPs."""
    (found,) = load(finished_run("mlp"))
    return found


@pytest.fixture
def show(open_page, tmp_path):
    """Opens the explorer of a program's results."""

    def show_one(part, **options):
        files.write_text(tmp_path / "explorer.html", explorer_page([part]))
        return open_page(tmp_path / "explorer.html", **options)

    return show_one


def test_one_latent_is_a_line(part, show):
    """Height is no coordinate; what is decoded and told is of z alone."""
    page = show(of_one_latent(part))
    box = page.locator("#map").bounding_box()
    seen = []
    for down in (10, box["height"] - 10):
        page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + down)
        page.wait_for_timeout(60)
        seen.append(page.evaluate("Array.from(STATE.z)"))
    assert seen[0] == seen[1] and len(seen[0]) == 1 and seen[0] != [0]
    number = page.evaluate("member().number")
    graph = part.pictures.decoder()
    weights = {n: part.pictures.row("weights", number, n) for n in graph.parameters}
    z = np.zeros(graph.input, np.float32)
    z[0, 0] = seen[0][0]
    pixels = (
        "Array.from($('decoded').getContext('2d').getImageData(0, 0, WIDTH, HEIGHT).data)"
    )
    ink = 1.0 - np.array(page.evaluate(pixels)).reshape(-1, 4)[:, 0] / 255.0
    expected = run_graph(graph, weights, z)[0]
    np.testing.assert_allclose(ink, expected, atol=1e-3 + 0.5 / 255)
    said = page.locator("#where").text_content()
    assert said.startswith("z 0:") and "z 1" not in said and "component" not in said
    assert "One latent: a line" in page.locator("#about-map").text_content()


def test_on_a_line_a_code_has_its_sigma_and_a_place(part, show):
    page = show(of_one_latent(part))
    page.evaluate("choose(shelfOf(member()).at(-1)); change({ image: 3 })")
    frames(page)
    number = page.evaluate("member().number")
    ring = json.loads(page.locator("#map").get_attribute("data-ring"))
    mean, log_var = (
        part.pictures.row("codes", number, n)[3, 0] for n in ("mean", "log_var")
    )
    np.testing.assert_allclose(ring["centre"], [mean], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(ring["radii"], [np.exp(0.5 * log_var)], rtol=1e-3)
    page.locator("#map").focus()
    before = page.evaluate("STATE.z[0]")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(60)
    assert page.evaluate("STATE.z[0]") == pytest.approx(before + 0.1)
    page.keyboard.press("Enter")
    codes = part.pictures.row("codes", number)[:, 0]
    nearest = codes[np.abs(codes - before - 0.1).argmin()]
    assert page.evaluate("STATE.z[0]") == pytest.approx(nearest, abs=1e-3)
    for tool in page.evaluate("toolsOf(member())"):
        page.click(f"#tab-{tool}")  # the fixture fails on an error of any of them


def test_more_than_ten_labels_are_grouped_and_the_legend_says_so(part, show):
    """26 letters, as many of each: nine have a colour, seventeen are grey."""
    letters = with_arrays(part, shared=lambda name, found: np.arange(len(found)) % 26 + 1)
    page = show(letters)
    colours = page.evaluate("Array.from({ length: COUNT }, (_, n) => colourOf(n))")
    assert len(set(colours)) == 10
    by_label = {}
    for label, colour in zip(page.evaluate("LABELS"), colours):
        assert by_label.setdefault(label, colour) == colour
    grey = [label for label, colour in by_label.items() if colour == "#949494"]
    assert len(grey) == 17 and len(by_label) == 26
    assert "17 others" in page.locator("#legend").text_content()
    about = page.locator("#about-map").text_content()
    assert "Of 26 labels the 9 most frequent" in about


def test_labels_that_a_number_of_the_browser_would_merge_are_distinct(part, show):
    """2^53 and 2^53 + 1 are one double; -1 is no label."""

    def huge(name, found):
        return np.array([2**53, 2**53 + 1, -1])[np.arange(len(found)) % 3]

    page = show(with_arrays(part, shared=huge))
    entries = page.evaluate("ENTRIES.map(([name]) => name)")
    assert entries == [str(2**53), str(2**53 + 1), "no label"]
    assert page.evaluate("LABELS.slice(0, 3)") == [str(2**53), str(2**53 + 1), None]
    assert len(set(page.evaluate("[0, 1, 2].map(colourOf)"))) == 3
    names = page.evaluate("MEMBERS[0].directions.map((way) => way.name)")
    assert [n for n in names if n.startswith("label")] == [
        f"label {e}" for e in entries[:2]
    ]


def test_the_page_says_how_many_components_the_mixture_has(part, show):
    """Three of ten, the rest empty, as where there are three distinct codes; or none."""
    counts = {"mixture_weights": 3}

    def fewer(kind, number, name, found):
        if name not in counts:
            return found
        return np.where(np.arange(len(found)) < counts[name], 1 / 3, 0.0).astype("f4")

    page = show(with_arrays(part, row=fewer))
    page.click("#tab-samples")
    page.select_option("#set-from", "mixture")
    chosen_text = "$('set-from').selectedOptions[0].textContent"
    assert page.evaluate(chosen_text) == "mixture of 3 Gaussians fitted to the codes"
    assert "3 components" in page.locator("#panel").text_content()
    counts["mixture_weights"] = 0
    page = show(with_arrays(part, row=fewer))
    page.click("#tab-samples")
    page.select_option("#set-from", "mixture")
    assert "no mixture could be fitted" in page.locator("#panel").text_content()


def test_a_member_of_wild_codes_is_left_out_and_the_page_written(part):
    def wild(kind, number, name, found):
        return np.full_like(found, np.inf) if (kind, number) == ("codes", 1) else found

    other = with_arrays(part, row=wild)
    numbers = [n for _, n in chosen(other, part.pictures.decoder(), 1e7, None).pairs]
    assert numbers == [n for n in range(len(part.members)) if n != 1]
    data = re.search(r'id="data">(.*?)</script>', explorer_page([other]))[1]
    assert [m["number"] for m in json.loads(data)["members"]] == numbers


def test_a_posterior_of_any_width_is_packed(part):
    """Spreads beyond float16 are float32, as far as that goes; no warning, no infinity."""
    for log_var, kind, expected in ((2.0, "f2", np.e), (60.0, "f4", np.exp(30.0))):
        wide = lambda k, n, name, found, value=log_var: (
            np.full_like(found, value) if name == "log_var" else found
        )
        other = with_arrays(part, row=wide)
        setting, n = next(
            (s, n)
            for s, n in chosen(other, part.pictures.decoder(), 1e7, None).pairs
            if s.noise
        )
        std = packed(other, part.pictures.decoder(), setting, n)["std"]
        found = np.frombuffer(base64.b64decode(std["data"]), f"<{kind}")
        assert std["kind"] == kind
        np.testing.assert_allclose(found, expected, rtol=1e-3)
    assert pack(np.array([1e4]), "f2")["kind"] == "f2"


@pytest.mark.parametrize(
    "metrics, expected",
    [
        (
            [
                {
                    "name": "samples",
                    "samplers": ("prior", {"name": "mixture", "components": 3}),
                }
            ],
            3,
        ),
        ([{"name": "samples", "samplers": ("prior", "mixture")}], mixture.COMPONENTS),
        ([{"name": "collapse"}, {"name": "samples"}], mixture.COMPONENTS),
        ([{"name": "samples", "samplers": ({"name": "gaussian"},)}], mixture.COMPONENTS),
    ],
)
def test_the_mixture_is_of_the_components_of_the_config(metrics, expected):
    assert mixture_components(metrics) == expected


def test_fits_are_those_of_the_metric(pixels):
    """The mixture of the same components that `samples` draws from, number for number."""
    hparams, model = make_hparams(latents=2), make_model()
    params = model.init(jax.random.key(0), hparams)
    dataset = make_dataset("toy", pixels[:30], pixels[30:], None, None, levels=17)
    member = make_subject(model, params, hparams, dataset)
    found, expected = fits(member, 3), mixture.fit(member, "samples/mixture", 3)
    np.testing.assert_allclose(found["mixture_weights"], expected.weights, rtol=1e-6)
    np.testing.assert_allclose(found["mixture_means"][:, :2], expected.means, rtol=1e-5)
    assert not found["mixture_means"][:, 2:].any()
    root = np.float64(found["mixture_roots"][:, :2, :2])
    covariances = root @ root.transpose(0, 2, 1)
    np.testing.assert_allclose(covariances, expected.covariances, rtol=1e-3, atol=1e-6)
    codes = member.codes_of_splits
    wild = [1e38 * np.eye(30, 2), np.full((30, 2), np.inf)]  # codes are float32
    of_wild = []
    for sample in wild:  # neither a traceback nor a warning
        codes["train"] = codes["train"]._replace(sample=sample)
        of_wild.append(fits(member, 3))
    assert all(np.isfinite(array).all() for array in of_wild[0].values())
    assert of_wild[0]["mixture_weights"].any() and not of_wild[1]["mixture_weights"].any()


def test_the_page_says_of_which_features_its_distances_are(part, show):
    shown = lambda found: show(found).locator("#space").inner_text()
    assert not part.judges_samples and shown(part) == ""
    distance = (0, "test", FD.within(part.space).by("prior"))
    judged = part._replace(values={**part.values, distance: 1.0})
    assert shown(judged) == f"FD and coverage: {part.space_in_words}."


@pytest.mark.parametrize("display", ["ink", "light"])
def test_images_are_drawn_as_the_data_set_says(part, show, display):
    """Ink is black on white, light white on black; large, and pale behind the codes."""
    data = {**part.record["data"], "display": display}
    page = show(part._replace(record={**part.record, "data": data}))
    frames(page)
    image = "(() => { paint($('nearest'), image(3)); return $('nearest'); })()"
    pixels = f"Array.from({image}.getContext('2d').getImageData(0, 0, WIDTH, HEIGHT).data)"
    grey = np.array(page.evaluate(pixels)).reshape(-1, 4)[:, 0]
    stored = part.pictures.test_images()[3]
    np.testing.assert_array_equal(grey, 255 - stored if display == "ink" else stored)
    tile = "Array.from(tileAt(member(), planeOf(member()), 'a', 1, 0, 0, tones()).data)"
    pale = np.array(page.evaluate(tile)).reshape(-1, 4)[:, 0]
    values = np.array(page.evaluate("Array.from(decoded(member(), [0.5, 0.5]))"))
    slope = np.polyfit(values, pale, 1)[0]
    assert slope < -20 if display == "ink" else slope > 20


def test_a_page_holds_no_more_than_it_may(part):
    """Autoencoder and VAE of the smallest size first, whatever else has no room."""
    graph, smallest = part.pictures.decoder(), min(part.sizes())
    every = chosen(part, graph, 1e7, None).pairs
    room = 2.5 * cost(graph, smallest, len(part.pictures.test_images()))
    few = [setting for setting, _ in chosen(part, graph, room, 1).pairs]
    assert len(few) == 2 < len(every)
    assert {s.latents for s in few} == {smallest}
    assert {(s.is_autoencoder, s.beta) for s in few} == {(True, 0.0), (False, 1.0)}
    assert len(chosen(part, graph, 0.0, 1).pairs) == 1
    assert len(chosen(part, graph, 1e7, 1).pairs) == len(part.settings)
