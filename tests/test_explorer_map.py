"""The explorer's map and links in a real browser: pointer, touch, keys, motion, screens."""

import numpy as np
import pytest
from explorer_runs import frames, scored

from vae_jax.explorer.page import explorer_page
from vae_jax.runs import directory
from vae_jax.runs.load_results import load
from vae_jax.storage import files

SCREENS = [(1440, 900), (1280, 800), (390, 800)]


@pytest.fixture(scope="module")
def file(finished_run, tmp_path_factory):
    """The page of a run with every score, so that its tour has nearly every stop."""
    (part,) = load(finished_run("mlp"))
    found = tmp_path_factory.mktemp("explorer") / "explorer.html"
    files.write_text(found, explorer_page([scored(part, collapsed_beta=0.25)]))
    return found


@pytest.fixture
def page(open_page, file):
    return open_page(file)


def go(page, link):
    """Opens a link of the same page as somebody does who was sent it."""
    page.goto("about:blank")
    page.goto(link)
    frames(page)


def on_screen(page, n):
    """Where the dot of a test image is, in pixels of the page."""
    box = page.locator("#map").bounding_box()
    x, y = page.evaluate("(n) => toScreen(MAPS[0], placesOf(MAPS[0].one)[n])", n)
    return box["x"] + x, box["y"] + y


def lonely(page):
    """A test image whose dot lies far from all others."""
    return page.evaluate(
        """(() => {
            const at = placesOf(MAPS[0].one).map((p) => toScreen(MAPS[0], p));
            const far = (n) => Math.min(...at.filter((_, m) => m !== n)
                .map(([x, y]) => Math.hypot(x - at[n][0], y - at[n][1])));
            const seen = at.map((_, n) => n).filter((n) => at[n][0] > 30 && at[n][1] > 30
                && at[n][0] < MAPS[0].wide() - 30 && at[n][1] < MAPS[0].tall() - 30);
            return seen.sort((a, b) => far(b) - far(a))[0];
        })()"""
    )


def test_each_stop_is_entered_by_next_and_by_its_link(page, file):
    """Title and sentences are the same either way, and the link is that of the stop."""
    names = page.evaluate("DATA.tour.map((stop) => stop.name)")
    assert len(names) >= 7
    seen = []
    for i, name in enumerate(names):
        assert page.evaluate("STATE.stop") == name
        stop = page.evaluate("(i) => DATA.tour[i]", i)
        text = page.locator("#tour").text_content()
        assert stop["title"] in text and all(said in text for said in stop["text"])
        assert page.evaluate("member().number") == page.evaluate(
            "(i) => MEMBERS[i].number", stop["state"]["member"]
        )
        seen.append(page.evaluate("[STATE.tool, STATE.member, inSight().length]"))
        if i + 1 < len(names):
            page.click("#tour-next")
            frames(page)
    assert page.locator("#tour-next").is_disabled()
    page.click("#tour-back")
    frames(page)
    assert page.evaluate("STATE.stop") == names[-2]
    for name, expected in zip(names, seen):
        go(page, f"{file.as_uri()}#stop={name}")
        assert page.evaluate("[STATE.tool, STATE.member, inSight().length]") == expected
        assert page.locator("#answer").is_hidden()


def test_the_tour_is_left_and_entered_again(page):
    page.click("#tour-next")
    frames(page)
    before = page.evaluate("[STATE.member, STATE.tool]")
    page.click("#tour-skip")
    assert "roam freely" in page.locator("#tour").text_content()
    assert page.evaluate("[STATE.member, STATE.tool]") == before
    page.wait_for_timeout(300)
    assert "stop=" not in page.url and "latents=" in page.url
    page.click("#stop-cloud")
    frames(page)
    assert page.evaluate("STATE.stop") == "cloud"


def test_links_say_what_they_mean_and_bring_it_back(page, file):
    page.evaluate(
        "choose(MEMBERS.find((m) => m.beta === 1 && m.latents === 8)); leave();"
        "change({ tool: 'line', a: 4, b: 9, t: 0.3, way: 'spherical' })"
    )
    page.wait_for_timeout(400)
    link = page.url
    for part in ("beta=1", "latents=8", "seed=0", "tool=line", "a=4", "b=9", "t=0.3"):
        assert part in link
    assert "draw=" not in link and "x=" not in link  # what is as usual is not said
    go(page, link)
    found = "[member().beta, member().latents, STATE.tool, STATE.a, STATE.b, STATE.way]"
    assert page.evaluate(found) == [1, 8, "line", 4, 9, "spherical"]
    go(page, f"{file.as_uri()}#beta=autoencoder&latents=2")
    assert page.evaluate("[member().autoencoder, member().latents]") == [True, 2]


@pytest.mark.parametrize(
    "link, answer",
    [
        ("beta=3&latents=8", "beta = 3, which this page does not have; it has"),
        ("latents=999", "latents = 999, which this page does not have; it has 2, 8"),
        ("seed=x", "seed = x"),
        ("stop=nope", "stop = nope"),
        ("nope=1", "speaks of nope, which this page does not know"),
        ("three=3,4&latents=8&plane=images", "three = 3,4"),
        ("three=3,4,999999&latents=8&plane=images", "test images = 3,4,999999"),
        ("three=a,,&plane=images&latents=8", "three = a,,"),
        ("z=a,b", "z = a,b"),
        ("a=-1&tool=line", "a = -1"),
        ("b=100000&tool=line", "test image = 100000"),
        ("tool=nope&t=7&temperature=-1&draw=1e99&way=&x=99", "tool = nope"),
        ("camera=1,2", "camera = 1,2"),
        ("%E0%A4%A=%%%&&&=&beta", "does not know"),
    ],
)
def test_a_bad_link_is_answered_and_blanks_nothing(open_page, file, link, answer):
    page = open_page(file)
    go(page, f"{file.as_uri()}#{link}")
    assert answer in page.locator("#answer").text_content()
    assert page.locator("#map").is_visible() and page.locator("#panel").text_content()
    page.evaluate("location.hash = '#beta=1&latents=8'")
    frames(page)
    assert page.locator("#answer").is_hidden()
    assert page.evaluate("member().name") == "β = 1"


def test_the_nearest_member_stands_in_for_one_that_is_not_there(page, file):
    go(page, f"{file.as_uri()}#beta=3&latents=7")
    assert page.evaluate("[member().beta, member().latents]") == [1, 8]


def test_a_field_of_images_that_cannot_be_read_changes_nothing(page):
    page.evaluate(
        "choose(MEMBERS.find((m) => m.latents === 8)); change({ plane: 'images' })"
    )
    for text in ("3,4", "", "1,2,x", "1,2,3,4", "0,0,99999"):
        page.fill("#set-three", text)
        page.keyboard.press("Enter")
        assert page.locator("#answer").text_content()
        assert page.locator("#map").is_visible()
    page.fill("#set-three", "5,6,7")
    page.keyboard.press("Enter")
    assert page.evaluate("STATE.three") == [5, 6, 7]
    assert page.locator("#answer").is_hidden()


def test_a_click_pins_the_image_of_a_dot_and_only_of_one_in_reach(page):
    n = lonely(page)
    x, y = on_screen(page, n)
    page.mouse.click(x + 3, y)
    assert page.evaluate("STATE.image") == n
    page.keyboard.press("Escape")
    assert page.evaluate("STATE.image") == -1
    page.mouse.click(x + 25, y)
    assert page.evaluate("STATE.image") == -1
    np.testing.assert_allclose(
        page.evaluate("toScreen(MAPS[0], STATE.z)"),
        np.subtract([x + 25, y], list(page.locator("#map").bounding_box().values())[:2]),
        atol=0.5,
    )


def test_a_dot_under_the_pointer_shows_its_image_and_what_comes_back(page):
    n = lonely(page)
    page.mouse.move(*on_screen(page, n))
    frames(page)
    assert page.locator("#tip figcaption").all_text_contents() == [
        "image",
        "what comes back",
    ]
    assert f"test image {n}" in page.locator("#where").text_content()
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] - 30, box["y"] + 5)
    assert page.locator("#tip").is_hidden()


def test_throws_land_in_the_cloud(page):
    """500 of them have its mean and its width; each press of the button adds one."""
    page.evaluate("change({ member: MEMBERS.findIndex((m) => m.beta === 1), image: 3 })")
    page.click("#throw")
    page.click("#throw")
    assert page.locator("#throws canvas").count() == 2
    draws, mean, std = page.evaluate(
        """[Array.from({ length: 500 }, (_, i) => thrown(member(), 3, i)),
            ...["codes", "spreads"].map((name) => Array.from(opened(member())[name][3]))]"""
    )
    error = (np.mean(draws, axis=0) - mean) / std
    assert np.abs(error).max() < 5 / np.sqrt(500)
    np.testing.assert_allclose(np.std(draws, axis=0), std, rtol=0.2)


def test_codes_are_followed_from_model_to_model(page):
    """On one scale; half-way they are on their way, and at the end where they belong."""
    page.evaluate("change({ member: MEMBERS.findIndex((m) => m.beta === 0.25) })")
    page.wait_for_timeout(900)
    camera = page.evaluate("MAPS[0].camera.scale")
    start = page.evaluate("movedPlaces(MAPS[0])")
    page.evaluate("choose(shelfOf(member()).at(-1))")
    frames(page)
    middle = page.evaluate("movedPlaces(MAPS[0], MAPS[0].began + MOVE / 2)")
    end = page.evaluate("placesOf(member())")
    np.testing.assert_allclose(middle, 0.5 * (np.array(start) + end), atol=1e-9)
    page.wait_for_timeout(900)
    assert page.evaluate("movedPlaces(MAPS[0])") == end
    assert page.evaluate("MAPS[0].camera.scale") == camera


def test_who_prefers_no_motion_sees_none(open_page, file):
    page = open_page(file, reduced_motion="reduce")
    page.evaluate("choose(shelfOf(member()).at(-1))")
    assert page.evaluate("movedPlaces(MAPS[0]) === MAPS[0].places")


def test_zooming_decodes_anew_and_keeps_the_place_under_the_pointer(page):
    box = page.locator("#map").bounding_box()
    at = [round(box["x"] + 0.4 * box["width"]), round(box["y"] + 0.6 * box["height"])]
    x, y = at[0] - box["x"], at[1] - box["y"]
    page.mouse.move(*at)
    before = page.evaluate("([x, y]) => toPlane(MAPS[0], x, y)", [x, y])
    tiles = page.evaluate("MAPS[0].one.tiles.size")
    page.mouse.wheel(0, -600)
    page.wait_for_timeout(600)
    after = page.evaluate("([x, y]) => toPlane(MAPS[0], x, y)", [x, y])
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert page.evaluate("MAPS[0].one.tiles.size") > tiles
    assert "camera=" in page.url
    page.click("#fit")
    assert page.evaluate("STATE.camera") is None


def test_a_drag_moves_the_map(page):
    box = page.locator("#map").bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    before = page.evaluate("({ ...MAPS[0].camera })")
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] - 40, steps=4)
    page.mouse.up()
    after = page.evaluate("({ ...MAPS[0].camera })")
    moved = np.subtract([before["x"], before["y"]], [after["x"], after["y"]])
    np.testing.assert_allclose(moved * after["scale"], [60, 40], atol=1e-6)
    assert page.evaluate("STATE.image") == -1


def test_keys_move_the_point_pin_zoom_and_release(page):
    page.locator("#map").focus()
    before = page.evaluate("Array.from(STATE.z)")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    after = page.evaluate("Array.from(STATE.z)")
    np.testing.assert_allclose(np.subtract(after, before), [0.1, 0.1], atol=1e-6)
    page.keyboard.press("Enter")
    n = page.evaluate("STATE.image")
    codes = np.array(page.evaluate("opened(member()).codes.map((z) => Array.from(z))"))
    assert n == np.square(codes - after).sum(axis=1).argmin()
    page.keyboard.press("Escape")
    scale = page.evaluate("MAPS[0].camera.scale")
    page.keyboard.press("+")
    assert page.evaluate("MAPS[0].camera.scale") == pytest.approx(1.3 * scale)
    page.keyboard.press("0")
    assert page.evaluate("MAPS[0].camera.scale") == pytest.approx(scale)


def test_one_finger_decodes_in_sight_and_two_scroll(open_page, file):
    page = open_page(file, viewport={"width": 390, "height": 800}, has_touch=True)
    session = page.context.new_cdp_session(page)

    def touch(kind, *points):
        places = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        frames(page)

    box, seen = page.locator("#map").bounding_box(), []
    for kind, offset in (("touchStart", 90), ("touchMove", 150), ("touchMove", 240)):
        touch(kind, (box["x"] + offset, box["y"] + offset))
        seen.append(page.evaluate("onPlane(planeOf(member()), STATE.z)"))
        picture = page.locator("#decoded").bounding_box()
        assert picture["y"] >= 0 and picture["y"] + picture["height"] <= box["y"]
    assert (np.diff(np.array(seen), axis=0) * [1.0, -1.0] > 0.1).all()
    touch("touchEnd")
    assert page.evaluate("window.scrollY") == 0
    x, y = box["x"] + 100, box["y"] + 250
    touch("touchStart", (x, y), (x + 80, y))
    for up in (40, 80, 120):
        touch("touchMove", (x, y - up), (x + 80, y - up))
    touch("touchEnd")
    assert page.evaluate("window.scrollY") > 60
    picture = page.locator("#decoded").bounding_box()
    assert 0 <= picture["y"] < 20  # in view whatever is scrolled


def test_on_a_phone_targets_are_large_and_both_models_side_by_side(open_page, file):
    page = open_page(file, viewport={"width": 390, "height": 800}, has_touch=True)
    small = """() => {
        const kinds = "button, select, input:not([type=checkbox]):not([type=radio])";
        const all = [...document.querySelectorAll(kinds)];
        const seen = all.filter((e) => e.checkVisibility());
        const size = (e) => e.getBoundingClientRect();
        return seen.filter((e) => size(e).height < 43.5 || size(e).width < 43.5)
            .map((e) => [e.id || e.className, size(e).width, size(e).height]);
    }"""
    for tool in page.evaluate("toolsOf(member())"):
        page.evaluate("(tool) => change({ tool, alone: 0 })", tool)
        assert page.evaluate(small) == [], tool
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("change({ tool: 'samples' })")
    first, second = (page.locator(f"#map{end}").bounding_box() for end in ("", "-2"))
    assert first["y"] == second["y"] and first["x"] + first["width"] < second["x"]


@pytest.mark.parametrize("width, height", SCREENS)
@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_the_map_is_sharp_and_whole_on_every_screen(open_page, file, width, height, ratio):
    size = {"width": width, "height": height}
    page = open_page(file, viewport=size, device_scale_factor=ratio)
    frames(page)
    box = page.locator("#map").bounding_box()
    drawn = page.evaluate("[MAPS[0].canvas.width, MAPS[0].canvas.height]")
    np.testing.assert_allclose(drawn, [ratio * box["width"], ratio * box["height"]], atol=1)
    assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_jumps_when_the_slider_moves(page):
    """Neither what the browser counts as a shift, nor any control or number."""
    page.evaluate(
        """() => { window.shifts = 0; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.shifts += entry.value;
        }).observe({ type: "layout-shift", buffered: false }); }"""
    )
    boxes = """() => {
        const kept = ".map, #shelf *, #scores *, #tabs *, #mapbar *, #readout > *, #tour";
        const moving = ".mark, .about, option";
        const seen = [...document.querySelectorAll(kept)].filter((e) => !e.matches(moving));
        const box = (e) => e.getBoundingClientRect();
        return seen.map((e) => [e.id, box(e).x, box(e).y, box(e).width]);
    }"""
    for tool in page.evaluate("toolsOf(member())"):
        page.evaluate("(tool) => change({ tool, alone: 1 })", tool)
        frames(page)
        page.evaluate("window.shifts = 0")
        page.locator("#set-step").focus()
        page.keyboard.press("Home")
        before = page.evaluate(boxes)
        for _ in range(2):
            page.keyboard.press("ArrowRight")
            frames(page)
            now = page.evaluate(boxes)
            if tool != "line":  # which has one map or two, as a model has a counterpart
                assert now == before, tool
        assert page.evaluate("window.shifts") < 0.01, tool


def test_a_collapsed_model_claims_no_structure(page):
    ways = page.evaluate(
        "MEMBERS.map((m) => m.directions.filter((w) => w.measure === 'R²'))"
    )
    assert all(0.0 <= way["value"] <= 1.0 for found in ways for way in found)


def test_strips_of_an_autoencoder_go_as_far_as_its_codes(page):
    """Each dimension by its own standard deviation, about the middle of the codes."""
    page.evaluate("change({ member: MEMBERS.findIndex((m) => m.autoencoder) })")
    codes = np.array(page.evaluate("opened(member()).codes.map((z) => Array.from(z))"))
    spread = page.evaluate("opened(member()).deviations")
    np.testing.assert_allclose(spread, codes.std(axis=0), rtol=1e-5)
    np.testing.assert_allclose(page.evaluate("startOf(member())"), codes.mean(axis=0))


def test_the_balance_shows_every_model_and_a_press_goes_there(page):
    page.evaluate("change({ tool: 'balance' })")
    numbers = page.evaluate("shelfOf(member()).map((m) => m.number)")
    dots = page.locator(".plane circle")
    assert sorted(int(d.get_attribute("data-number")) for d in dots.all()) == sorted(
        numbers
    )
    dots.last.click()
    assert page.evaluate("member().number") == int(dots.last.get_attribute("data-number"))
    value = page.locator(".bar .value").first.text_content()
    assert value == page.locator("[data-name='distortion D']").text_content() + " nats"


def test_a_draw_of_pixels_has_the_mean_it_is_of(page):
    """A Bernoulli: black or white, on average the mean within 5 standard errors."""
    mean = [0.1, 0.5, 0.9]
    draws = page.evaluate(
        "(mean) => Array.from({ length: 4000 }, (_, i) => drawnPixels(0, mean, i))", mean
    )
    assert set(np.unique(draws)) == {0.0, 1.0}
    np.testing.assert_allclose(np.mean(draws, axis=0), mean, atol=5 * 0.5 / np.sqrt(4000))


def test_a_link_is_copied_and_a_picture_saved(page):
    page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; }")
    page.click("#share")
    frames(page)
    assert page.evaluate("window.copied").endswith("#stop=point")
    with page.expect_download() as saved:
        page.click("#save")
    assert saved.value.suggested_filename.endswith("autoencoder.png")


def test_the_report_is_linked_only_where_it_lies(page, open_page, finished_run):
    """A page that was mailed alone says where the report is, and links nothing."""
    assert page.locator("#report a").count() == 0
    assert "report.html in the run's directory" in page.locator("#report").text_content()
    beside = open_page(finished_run("mlp") / directory.EXPLORER)
    assert beside.locator("#report a").get_attribute("href") == "report.html"


def test_colours_forced_by_the_system_leave_everything_to_be_read(open_page, file):
    page = open_page(file, forced_colors="active")
    frames(page)
    for tool in page.evaluate("toolsOf(member())"):
        page.click(f"#tab-{tool}")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    key = "getComputedStyle(document.querySelector('.key i')).backgroundColor"
    own = "element('i', { style: `background:${ENTRIES[0][1]}` }).style.backgroundColor"
    assert page.evaluate(key) == page.evaluate(own)


def test_the_page_of_a_run_is_small_enough_to_mail(file):
    assert len(file.read_bytes()) < 3_000_000
