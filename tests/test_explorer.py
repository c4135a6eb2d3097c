"""The explorer in a real browser, opened from disk: what it decodes, shows and survives."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from conftest import make_hparams, make_model, of_network
from explorer_runs import frames

from vae_jax.explorer.page import explorer_page, in_page
from vae_jax.portable.graph import as_json, run
from vae_jax.portable.trace import named_leaves, trace
from vae_jax.registry import METHODS
from vae_jax.runs import directory, tables
from vae_jax.runs.load_results import load
from vae_jax.runs.pictures import Pictures
from vae_jax.scores.metric_key import DISTORTION
from vae_jax.storage import files


@pytest.fixture(scope="module")
def workdir(small_run):
    return small_run


@pytest.fixture
def page(open_page, workdir):
    return open_page(workdir / directory.EXPLORER)


def reference(workdir, member, z):
    """The pixels as NumPy has them, from the full weights of the run."""
    (part,) = load(workdir)
    graph = part.pictures.decoder()
    weights = {n: part.pictures.row("weights", member, n) for n in graph.parameters}
    whole = np.zeros(graph.input, np.float32)
    whole[0, : len(z)] = z
    return run(graph, weights, whole)[0]


PLACES = "MEMBERS.map((m) => [m.number, m.latents, m.name])"


def test_it_decodes_what_the_model_decodes(page, workdir):
    """Ten random z for every member, within the float16 that the page allows itself."""
    rng = np.random.default_rng(0)
    for place, (number, latents, _) in enumerate(page.evaluate(PLACES)):
        for z in rng.standard_normal((10, latents)):
            found = page.evaluate(
                "([i, z]) => Array.from(decoded(MEMBERS[i], z))", [place, z.tolist()]
            )
            np.testing.assert_allclose(found, reference(workdir, number, z), atol=1e-3)


def test_its_arithmetic_is_that_of_the_model_at_float32(page, workdir):
    """The same graph with the unrounded weights: within 1e-5."""
    (part,) = load(workdir)
    graph = part.pictures.decoder()
    weights = {
        n: part.pictures.row("weights", 3, n).ravel().tolist() for n in graph.parameters
    }
    z = np.random.default_rng(1).standard_normal(part.members[3].latents)
    found = page.evaluate(
        "([graph, weights, z]) => Array.from(compile(graph, weights)(z))",
        [as_json(graph), weights, z.tolist()],
    )
    np.testing.assert_allclose(found, reference(workdir, 3, z), atol=1e-5)


@pytest.mark.parametrize("small_run", ["mlp"], indirect=True, scope="session")
def test_every_network_decodes_there(page):
    """Convolutions, normalisations and attention in the page: within 1e-5 of JAX."""
    z = np.random.default_rng(2).standard_normal((1, 5)).astype(np.float32)
    for name in METHODS["network"]:
        more = {"attention": True} if name == "resnet" else {}
        model = make_model(**of_network(name, **more))
        params = model.init(jax.random.key(1), make_hparams())
        graph = trace(model.decode, params, jnp.zeros((1, 5)))
        arrays = {n: np.asarray(a) for n, a in named_leaves(params).items()}
        weights = {n: arrays[n].ravel().tolist() for n in graph.parameters}
        found = page.evaluate(
            "([graph, weights, z]) => Array.from(compile(graph, weights)(z))",
            [as_json(graph), weights, z[0].tolist()],
        )
        expected = np.asarray(model.decode(params, z))[0]
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5, err_msg=name)


def test_dragging_decodes_and_the_canvas_shows_it(page, workdir):
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + 0.55 * box["width"], box["y"] + 0.45 * box["height"])
    frames(page)
    z = page.evaluate("Array.from(STATE.z)")
    shown = page.evaluate(
        "Array.from($('decoded').getContext('2d').getImageData(0, 0, WIDTH, HEIGHT).data)"
    )
    number = page.evaluate("member().number")
    ink = 1.0 - np.array(shown).reshape(-1, 4)[:, 0] / 255.0
    np.testing.assert_allclose(ink, reference(workdir, number, z), atol=1e-3 + 0.5 / 255)


def test_the_ring_is_sigma(page, workdir):
    """Of the image whose code is clicked: mu, and sigma along both axes."""
    (part,) = load(workdir)
    for number in page.evaluate(
        "MEMBERS.filter((m) => m.latents === 2).map((m) => m.number)"
    ):
        page.evaluate("(i) => change({ member: i, image: 3 })", number)
        frames(page)
        ring = json.loads(page.locator("#map").get_attribute("data-ring"))
        mean, log_var = (
            part.pictures.row("codes", number, name)[3, :2] for name in ("mean", "log_var")
        )
        autoencoder = part.members[number].noise == 0.0
        sigma = np.zeros(2) if autoencoder else np.exp(0.5 * np.float64(log_var))
        np.testing.assert_allclose(ring["centre"], mean, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(
            ring["radii"], sorted(sigma, reverse=True), rtol=1e-3, atol=1e-6
        )


def test_a_model_has_the_numbers_of_results(page, workdir):
    """Along the slider, by keyboard, at both sizes."""
    rows = tables.read_rows(workdir / directory.RESULTS)
    values = {(r.member, r.split, r.key): r.value for r in rows}
    for size in ("2", "8"):
        page.select_option("#set-latents", size)
        page.locator("#set-step").focus()
        page.keyboard.press("Home")
        for number in page.evaluate("shelfOf(member()).map((m) => m.number)"):
            assert page.evaluate("member().number") == number
            shown = page.locator("[data-name='distortion D']").get_attribute("data-value")
            assert float(shown) == values[number, "test", DISTORTION]
            page.keyboard.press("ArrowRight")
            assert page.evaluate("document.activeElement.id") == "set-step"


def test_every_number_explains_itself(page):
    """Meaning, better end and scale behind a "?"; places do not move with the model."""
    page.evaluate("document.querySelector('#scores details').open = true")
    boxes = (
        "[...document.querySelectorAll('.score')].map((e) => e.getBoundingClientRect().y)"
    )
    before = page.evaluate(boxes)
    page.evaluate("choose(shelfOf(member()).at(-1))")
    assert page.evaluate(boxes) == before
    for button in page.locator(".why").all():
        name = button.get_attribute("aria-label")
        about = page.locator(f"#{button.get_attribute('aria-controls')}")
        assert not about.is_visible()
        button.click()
        assert button.get_attribute("aria-expanded") == "true" and about.is_visible()
        assert "better" in about.text_content(), name
    about = page.locator("#about-distortion-D").text_content()
    assert "what decoding loses. Less is better. no loss: " in about


def test_samples_put_the_autoencoder_beside_the_vae(page, workdir):
    page.evaluate("change({ member: 0, tool: 'samples' })")
    network = directory.read_record(workdir)["config"]["network"]["name"]
    beside = {"mlp": "β = 1", "conv": "β = 0.25"}[network]  # at 1 `conv` has collapsed
    assert page.evaluate("inSight().map((m) => m.name)") == ["autoencoder", beside]
    assert page.locator(".map:visible").count() == 2
    one = page.evaluate("$('left').children[0].toDataURL()")
    page.click("#again")
    two = page.evaluate("$('left').children[0].toDataURL()")
    page.fill("#set-draw", "0")
    page.keyboard.press("Enter")
    three = page.evaluate("$('left').children[0].toDataURL()")
    assert one == three != two  # the seed is all there is to it
    for sampler in ("gaussian", "mixture"):
        page.select_option("#set-from", sampler)
        assert page.locator("#left canvas").count() == 20
    page.uncheck("#beside")
    assert page.locator(".map:visible").count() == 1
    assert page.locator("#right").count() == 0


def test_temperature_acts_while_it_moves(page):
    page.evaluate("change({ member: 0, tool: 'samples' })")
    seen = [page.evaluate("$('left').children[0].toDataURL()")]
    page.locator("#set-temperature").focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
        seen.append(page.evaluate("$('left').children[0].toDataURL()"))
    assert len(set(seen)) == 3
    assert page.evaluate("document.activeElement.id") == "set-temperature"


def test_samplers_have_the_moments_of_their_fits(page, workdir):
    """20,000 draws of the page's own: within 5 standard errors, and 8 % of the spread."""
    (part,) = load(workdir)
    number, place = page.evaluate("[MEMBERS[4].number, 4]")
    latents = part.members[number].latents
    draws = """([i, from]) => {
        const random = { normal: normal(5), uniform: uniform(6) };
        return Array.from({ length: 20000 }, () => drawn(MEMBERS[i], from, random, 1));
    }"""
    row = lambda name: part.pictures.row("fits", number, name)
    root = np.float64(row("gaussian_root"))[:latents, :latents]
    weights, means = row("mixture_weights"), row("mixture_means")[:, :latents]
    roots = np.float64(row("mixture_roots"))[:, :latents, :latents]
    inner = np.einsum("c,cij,ckj->ik", weights, roots, roots)
    mixed = inner + np.cov(means, rowvar=False, aweights=weights, ddof=0)
    expected = {
        "prior": (np.zeros(latents), np.eye(latents)),
        "gaussian": (row("gaussian_mean")[:latents], root @ root.T),
        "mixture": (weights @ means, mixed),
    }
    for sampler, (mean, covariance) in expected.items():
        z = np.array(page.evaluate(draws, [place, sampler]))
        spread = np.sqrt(np.diag(covariance))
        error = np.abs(z.mean(axis=0) - mean) / spread
        assert error.max() < 5 / np.sqrt(len(z))
        scale = np.outer(spread, spread)
        assert np.abs((np.cov(z, rowvar=False) - covariance) / scale).max() < 0.08


def test_tools_are_reached_by_keyboard(page):
    page.locator("#tab-look").focus()
    names = ["balance", "line", "samples", "directions", "blur", "look"]
    chosen = "document.querySelector('[aria-selected=true]').dataset.tool"
    for name in names:
        page.keyboard.press("ArrowRight")
        assert page.evaluate(chosen) == name == page.evaluate("STATE.tool")
    for key, name in (("End", "blur"), ("Home", "look"), ("ArrowLeft", "blur")):
        page.keyboard.press(key)
        assert page.evaluate(chosen) == name
        assert page.evaluate("document.activeElement.id") == f"tab-{name}"


def test_a_line_goes_between_points_of_the_plane(page, workdir):
    """Two points of the map that are no images; an image takes a point's place again."""
    page.evaluate("change({ member: 0, image: -1 })")
    number = page.evaluate("member().number")
    page.evaluate("STATE.z = [0.5, -1.0]")
    page.click("#line-a")
    page.evaluate("STATE.z = [-1.5, 1.0]")
    page.click("#line-b")
    assert page.evaluate("STATE.tool") == "line"
    page.evaluate("change({ t: 0.25 })")
    z = page.evaluate("Array.from(STATE.z)")
    np.testing.assert_allclose(z, [0.0, -0.5], atol=1e-6)
    pixels = "Array.from(decoded(member(), STATE.z))"
    np.testing.assert_allclose(
        page.evaluate(pixels), reference(workdir, number, z), atol=1e-3
    )
    page.fill("#set-a", "7")
    page.keyboard.press("Enter")
    code = page.evaluate("Array.from(opened(member()).codes[7])")
    z = page.evaluate("Array.from(STATE.z)")
    np.testing.assert_allclose(z, 0.75 * np.array(code) + 0.25 * np.array([-1.5, 1.0]))


def test_an_image_becomes_either_end_by_a_click(page):
    """With Shift, or, as on a touch screen, after the end is named."""
    page.evaluate("change({ tool: 'line' })")
    page.click("#pick-5")
    page.click("#pick-6", modifiers=["Shift"])
    assert page.evaluate("[STATE.a, STATE.b]") == [5, 6]
    page.check("#end-b")
    page.click("#pick-9")
    assert page.evaluate("[STATE.a, STATE.b]") == [5, 9]


def test_no_number_is_shown_as_minus_zero(page):
    shown = page.evaluate("[-0.001, 0.001, -0.3, -0.004, null].map((v) => said(v))")
    assert shown == ["0.00", "0.00", "−0.30", "0.00", "–"]


def test_every_control_has_a_name(page):
    """For screen readers: buttons, fields, canvases."""
    nameless = """() => {
        const label = (e) => (e.closest("button") || e).getAttribute("aria-label");
        const named = (e) => label(e) || e.textContent.trim() || e.labels?.length;
        const kinds = ".stage :is(button, input, select, canvas)";
        const all = [...document.querySelectorAll(kinds)];
        const seen = all.filter((e) => e.checkVisibility());
        return seen.filter((e) => !named(e)).map((e) => e.outerHTML);
    }"""
    for tool in page.evaluate("toolsOf(member())"):
        page.click(f"#tab-{tool}")
        assert page.evaluate(nameless) == []


def test_a_sweep_of_which_nothing_is_left_says_so(open_page, workdir, tmp_path):
    (part,) = load(workdir)
    dead = part._replace(statuses=["diverged"] * len(part.members))
    files.write_text(tmp_path / "dead.html", explorer_page([dead]))
    page = open_page(tmp_path / "dead.html")
    assert "all have diverged" in page.locator("#panel").text_content()
    assert page.locator("[role=tab]").count() == 0


def test_programs_of_different_data_show_their_own_images(open_page, workdir, tmp_path):
    """Digits, and the same turned black to white, without labels; a name of 10,000."""
    (part,) = load(workdir)
    images = part.pictures.test_images()

    class Other(Pictures):
        def test_images(self):
            return 255 - images

        def shared(self, kind, name):
            return None

    record = {**part.record, "data": {**part.record["data"], "sha256": "0" * 64}}
    other = part._replace(
        record=record, title="x" * 10_000, pictures=Other(part.pictures.blocks)
    )
    files.write_text(tmp_path / "two.html", explorer_page([part, other, part]))
    page = open_page(tmp_path / "two.html", viewport={"width": 390, "height": 800})
    assert page.evaluate("DATA.data.length") == 2
    shown = "[Array.from(image(3)), ENTRIES.length]"
    for place, expected, labels in ((0, images[3], 10), (1, 255 - images[3], 0)):
        page.evaluate("(i) => choose(MEMBERS.find((m) => m.part === i))", place)
        pixels, names = page.evaluate(shown)
        np.testing.assert_allclose(pixels, expected / 255.0, atol=1e-6)
        assert names == labels
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_fits_a_narrow_screen(page):
    page.set_viewport_size({"width": 390, "height": 800})
    for tool in page.evaluate("toolsOf(member())"):
        page.click(f"#tab-{tool}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_nothing_ends_the_data_early():
    hostile = {"a": "</script><script>alert(1)</script>", "b": "\"'😀&"}
    text = in_page(hostile)
    assert "<" not in text and json.loads(text) == hostile
