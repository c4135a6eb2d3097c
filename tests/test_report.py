"""The report: computed sentences, escaped words, equal bytes."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from made_up_run import MEMBERS, collapsed, make_run, scores, write_log
from scipy.stats import t as student_t
from spelled import key

from vae_jax.data.display import Look
from vae_jax.errors import UserError
from vae_jax.report import page, pairs
from vae_jax.report.figures import figures, style
from vae_jax.report.figures.gallery import FIGURES
from vae_jax.report.figures.sampleability import sampleability
from vae_jax.report.sentences.answer import answer
from vae_jax.report.sentences.caveats import caveats
from vae_jax.report.sentences.collapse import shown_verdict
from vae_jax.report.sentences.conclusion import conclusion
from vae_jax.report.sentences.left_out import members_left_out
from vae_jax.report.tables import tables
from vae_jax.report.tables.scorecard import terminal_scorecard
from vae_jax.runs import summary
from vae_jax.runs.collapse import is_collapsed
from vae_jax.runs.sampleability import RULE
from vae_jax.runs.summary import Summary, by_setting, over_seeds, setting_of, show
from vae_jax.scores.flag import Flag
from vae_jax.scores.metric_key import DISTORTION, EVERYTHING, MUTUAL_INFORMATION, RATE
from vae_jax.storage import arrays
from vae_jax.studies.member import Member


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


def test_equal_runs_give_equal_bytes(run):
    assert page.report_page([run]) == page.report_page([run])


def test_the_page_says_what_white_is(run):
    said = "whose white, 1.0 to a model, is 16 (by the data set)"
    assert said in page.facts(run) and said in page.report_page([run])


def test_members_are_found_in_every_block(run):
    """Rows of the blocks' files, one after another, and no further."""
    first, second = (arrays.read_arrays(b / "samples.npz") for b in run.pictures.blocks)
    images = np.concatenate([first["images"], second["images"]])
    for number in range(len(MEMBERS)):
        np.testing.assert_array_equal(run.pictures.row("samples", number), images[number])
    with pytest.raises(UserError, match="members are missing"):
        run.pictures.row("samples", len(MEMBERS))


def test_each_program_has_its_part_of_the_page(run, tmp_path):
    wide = make_run(tmp_path, MEMBERS, scores)._replace(
        title="network.hidden = (9,)", numbers=list(range(100, 100 + len(MEMBERS)))
    )
    wide = wide._replace(statuses=["diverged", *["done"] * (len(MEMBERS) - 1)])
    text = page.report_page([run, wide])
    assert text.count("<h2>Rate and distortion</h2>") == 2
    assert "network.hidden = (9,)" in text
    assert "left out of every number: members 100." in text
    assert tables.terminal_table(wide).startswith("run 0123456789: network.hidden = (9,)\n")


def test_a_large_sweep_gives_a_page_of_bounded_size(tmp_path):
    """200 settings: sheets, legend and terminal show some, evenly chosen."""
    members = [Member(0.01 * i, 2, 1.0, 1e-3, 0) for i in range(1, 201)]
    run = make_run(tmp_path, members, scores)
    for name, draw in FIGURES.items():
        figure = draw(run)
        assert figure is None or len(style.svg(figure)) < 700_000, name
    lines = tables.terminal_table(run).splitlines()
    assert len(lines) < 50 and lines[-1] == "and 160 more; see summary.csv"
    assert summary.evenly(list(range(200)), 3) == [0, 100, 199]


def test_every_figure_is_well_formed_svg(run):
    write_log(run)
    for draw in FIGURES.values():
        assert ET.fromstring(style.svg(draw(run))).tag.endswith("svg")


def test_the_sheets_show_their_own_kind(run, monkeypatch):
    """Reconstructions and samples are different pictures, each of its own arrays."""
    shown = []
    real = style.show_tiles
    monkeypatch.setattr(
        style,
        "show_tiles",
        lambda axes, images, *rest: shown.append(images) or real(axes, images, *rest),
    )
    for kind in ("reconstructions", "samples"):
        shown.clear()
        getattr(figures, kind)(run)
        first = run.settings[run.of_size(2)[0]][0]
        row = 1 if kind == "reconstructions" else 0
        np.testing.assert_array_equal(shown[0][row], run.pictures.row(kind, first)[:10])


def test_the_page_is_self_contained_and_escapes_names(tmp_path):
    name = "</script><i>\"'&😀" + "x" * 10_000
    hostile = make_run(tmp_path, MEMBERS, scores, name=name)
    text = page.report_page([hostile])
    assert text.count("</script>") == 1  # the page's own
    assert "<i>" not in text and "&lt;/script&gt;" in text
    links = set(re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', text))
    outside = {link for link in links if link.startswith("https://arxiv.org/abs/")}
    assert links - outside == {"explorer.html"} and "@import" not in text


@pytest.mark.parametrize(
    "members, shape, labels",
    [
        (MEMBERS[:1], (4, 3), True),  # one member, an autoencoder
        ([m for m in MEMBERS if m.noise == 0.0], (4, 3), True),  # only autoencoders
        ([m for m in MEMBERS if m.noise], (3, 9), False),  # only VAEs, wide, no labels
        (MEMBERS, (12,), True),  # plain vectors
    ],
)
def test_odd_runs_give_a_page(tmp_path, members, shape, labels):
    text = page.report_page([make_run(tmp_path, members, scores, shape, labels)])
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.S).lower().split()


def test_a_run_of_which_nothing_is_left_gives_a_page(tmp_path):
    """Every member diverged: no numbers at all."""
    run = make_run(tmp_path, MEMBERS, lambda m: {})
    run = run._replace(statuses=["diverged"] * len(MEMBERS))
    text = page.report_page([run])
    assert "Diverged, and left out of every number: members 0, 1" in text
    assert "diverged" in tables.terminal_table(run)


def test_the_page_answers_first_and_shows_every_section(run):
    write_log(run)
    text = page.report_page([run])
    headings = re.findall("<h2>([^<]*)</h2>", text)
    assert headings == [
        *("The answer in numbers", "Sampleability against β", "Samples"),
        *("Rate and distortion", "Autoencoder against VAE, 5 latents", "Collapse"),
        "Ghosh et al. (2020): a mixture fitted to an autoencoder&#x27;s codes",
        *("Every setting", "How to read these numbers", "Reconstructions and traversals"),
        *("The two-dimensional latent space", "Learning curves", "Methods"),
        *("References", "Cite this run", "How this was made"),
    ]
    assert "FD, coverage: classifier features, 97.0 % right</caption>" in text
    assert (
        text.count("classifier") > 5 and "by the last hidden layer of a classifier." in text
    )
    first = text.index(
        "Sampleable from N(0, I) with 2 and 5 latents for β between 0.5 and 1"
    )
    assert first < text.index(RULE) < text.index("<h2>")
    figures = re.findall(r"Figure (\d+)\.", text)
    assert figures == [str(i + 1) for i in range(len(figures))] and len(figures) == 7
    named = re.findall(r"Table (\d+)\.", text)
    assert named == [str(i + 1) for i in range(len(named))] and len(named) == 5
    anchors = set(re.findall(r'<a href="#([^"]*)"', text))
    assert anchors == set(re.findall(r'<section id="([^"]*)"', text))


def test_families_that_were_not_measured_leave_no_empty_sections(tmp_path):
    plain = lambda m: {k: v for k, v in scores(m).items() if k in ("distortion", "rate")}
    text = page.report_page([make_run(tmp_path, found=plain)])
    for gone in ("Sampleability against", "Ghosh et al.", "<h2>Collapse", "FD N(0, I)"):
        assert gone not in text
    assert "has not been measured" in text and "called sampleable if" not in text
    assert "Rate and distortion" in text and "Autoencoder against VAE" in text


def test_images_without_labels_are_judged_in_components(tmp_path):
    """Metrics of the space `pca`: figure, scorecard and answer are the same."""
    to_pca = lambda m: {k.replace("_clf", "_pca"): v for k, v in scores(m).items()}
    run = make_run(tmp_path, found=to_pca, labels=False)
    assert run.space == "pca"
    text = page.report_page([run])
    assert "in principal components of the pixels, for there are no labels" in text
    assert "FD is lowest at β = " in text and "Sampleability against β" in text


def test_a_dash_says_why(tmp_path):
    run = make_run(tmp_path)
    dead = run._replace(
        statuses=["diverged"] * 3 + run.statuses[3:],
        values={key: v for key, v in run.values.items() if key[0] > 2},
    )
    text = tables.html_table(dead)
    assert '<td title="diverged">–</td>' in text
    assert '<td title="an autoencoder has no posterior">–</td>' in text
    assert '<td title="not measured">–</td>' in text
    named = run._replace(notes={(3, "test", RATE): 'it is <b> & "so"'})
    named = named._replace(values={k: v for k, v in run.values.items() if k[2] != RATE})
    named.values[17, "test", RATE] = 1.0
    assert 'title="it is &lt;b&gt; &amp; &quot;so&quot;"' in tables.html_table(named)


def test_members_without_final_numbers_are_named(tmp_path):
    """By their flags, whatever their notes say."""
    run = make_run(tmp_path)._replace(numbers=list(range(100, 118)))
    flags = {
        (3, "", EVERYTHING): (Flag.NOT_EVALUATED,),
        (4, "test", DISTORTION): (Flag.BIASED, Flag.UNFINISHED),
        (4, "test", RATE): (Flag.UNFINISHED,),
        (5, "", EVERYTHING): (Flag.NOT_EVALUATED,),  # for it has diverged
        (6, "test", RATE): (Flag.UNFINISHED,),
    }
    statuses = ["diverged" if n == 5 else "done" for n in range(18)]
    flagged = run._replace(flags=flags, epochs={4: [1, 2]}, statuses=statuses)
    assert members_left_out(flagged) == [
        "Diverged, and left out of every number: members 105.",
        "Not evaluated: members 103.",
        "After epoch 1 of 3: members 104.",
        "After epoch 2 of 3: members 104.",
        "After epoch ? of 3: members 106.",
    ]
    assert members_left_out(run) == []
    misleading = {(3, "test", RATE): "not evaluated; after epoch 2 of 3"}
    assert members_left_out(run._replace(notes=misleading)) == []


def test_the_collapse_table_has_the_verdict_and_sorted_rates(tmp_path):
    """Seeds whose dimensions are in another order, and seeds that differ in verdict."""
    order = {0: [0.0, 2.0, 1.0, 0.0, 3.0], 1: [3.0, 0.0, 2.0, 1.0, 0.0]}

    def found(member):
        own = scores(member)
        if member.latents == 5 and member.beta == 1.0:
            rates = order.get(member.seed, [1.0] * 5)
            own |= {f"rate_dim_{k}": rate for k, rate in enumerate(rates)}
            own["collapsed_units"] = float(np.sum(np.array(rates) == 0.0))
        return own if member.beta != 0.5 else collapsed(member)

    run = make_run(tmp_path, found=found)
    half, one = run.of_size(5)[1:]
    assert is_collapsed(run, half) and not is_collapsed(run, one)
    assert shown_verdict(run, half) == "full"
    assert shown_verdict(run, one) == (
        "partial in 2 and none in 1 of 3 seeds: 0 to 2 of 5 dimensions"
    )
    assert tables.rates(run, one) == "2.33 1.67 1.00 0.33 0.33"
    two = {k: v for k, v in run.values.items() if run.members[k[0]].seed < 2}
    assert tables.rates(run._replace(values=two), one) == "3.00 2.00 1.00 + 2 below 0.01"
    assert f"information of {np.log(9):.2f}" in tables.collapse_table(run)


@pytest.mark.parametrize("metric", ["rate", "mutual_information"])
@pytest.mark.parametrize("value, expected", [(0.001, True), (0.5, False)])
def test_collapse_is_told_by_what_is_measured(tmp_path, metric, value, expected):
    """Without the rates of dimensions; no active unit alone is no collapse."""
    found = {metric: value, "active_units": 0.0}
    run = make_run(tmp_path, [m for m in MEMBERS if m.noise], lambda m: found)
    assert is_collapsed(run, run.of_size(2)[0]) is expected


def test_a_caveat_is_there_when_it_applies_and_not_else(tmp_path):
    said = lambda run: " ".join(caveats(run))
    run = make_run(tmp_path)
    assert "Distortion is no likelihood here" in said(run) and "here 30 real" in said(run)
    assert "cross_entropy_*, never nll_* or bits_per_dim_*" in said(run)
    of = lambda **found: run._replace(baselines={**run.baselines, "likelihood": found})
    assert "no likelihood" not in said(of(support="binary", why_none=""))
    levels = of(support="real", why_none="the pixels are whole levels")
    assert "the pixels are whole levels. D + R is no bound" in said(levels)
    assert "is named neg_log_density_*" in said(levels)
    assert "no likelihood: the pixels are whole levels" in tables.html_table(levels)
    for absent in ("saturated", "Density", "not to be trusted", "One seed"):
        assert absent not in said(run)
    bound = key("nll_iwae_50")
    values = {
        **run.values,
        (3, "test", key("density_clf@prior")): 1.3,
        (3, "test", bound): 1.0,
    }
    flags = {
        (3, "train", MUTUAL_INFORMATION): (Flag.SATURATED,),
        (3, "test", bound): (Flag.NO_LIKELIHOOD, Flag.UNTRUSTED),
        (4, "test", bound): (Flag.NO_POSTERIOR,),
    }
    flagged = said(run._replace(values=values, flags=flags))
    for there in (
        "In 1 member it is saturated",
        "Density is above 1.1 in 1",
        "nll_iwae_50: a bound, not to be trusted as the value, for 1 member",
    ):
        assert there in flagged
    one = make_run(tmp_path, MEMBERS[:1], lambda m: {"distortion": 1.0})
    assert "One seed per setting" in said(one) and "FD is biased" not in said(one)


def test_diverged_seeds_are_counted_out(tmp_path):
    run = make_run(tmp_path, MEMBERS, scores)
    run = run._replace(statuses=["done", "diverged", *["done"] * (len(MEMBERS) - 2)])
    assert "<td>2 of 3</td>" in tables.html_table(run)
    missing = run._replace(values={})
    assert "diverged" not in tables.terminal_table(missing)


def test_codes_that_are_not_finite_are_not_drawn(tmp_path):
    run = make_run(tmp_path, MEMBERS, scores)
    run.pictures.row("codes", 0)[:5] = np.inf
    assert figures.latent_plane(run)


def test_the_terminal_table_has_sizes_across(run):
    lines = tables.terminal_table(run).splitlines()[1:]
    assert lines[0].split() == ["test", "split,", "nats", "2", "latents", "5", "latents"]
    assert lines[2].split() == ["autoencoder", "16.10", "16.10"]
    assert re.split(r"  +", lines[4]) == ["β = 1", "17.10 + 7.00", "17.10 + 7.00"]


def test_tiles_stand_where_they_belong():
    images = np.arange(2 * 3 * 4).reshape(2, 3, 4) / 255.0
    sheet = style.tile(images, Look((2, 2, 1), "light"))
    assert sheet.shape == (5, 8, 3)
    own = np.arange(20, 24).reshape(2, 2, 1).repeat(3, axis=2)
    np.testing.assert_array_equal(sheet[3:5, 6:8], own)
    assert (sheet[2] == 255).all() and (sheet[:, [2, 5]] == 255).all()


def test_summaries_over_seeds():
    values = {(0, "test", RATE): 1.0, (1, "test", RATE): 2.0, (2, "test", RATE): 6.0}
    found = over_seeds(values, [0, 1, 2], "test", RATE)
    half = student_t.ppf(0.975, 2) * np.sqrt(7.0 / 3.0)
    near = pytest.approx
    assert found == Summary(
        3.0, near(np.sqrt(7.0 / 3.0)), near(3.0 - half), near(3.0 + half), 3
    )
    assert over_seeds(values, [1], "test", RATE) == Summary(2.0, None, None, None, 1)
    assert over_seeds(values, [0], "train", RATE) is None
    assert show(found) == "3.00 ± 1.53" and show(None) == "–"


def test_settings_sort_autoencoder_first_and_say_their_name():
    names = [s.name for s in by_setting(MEMBERS[::-1])]
    assert names == ["autoencoder", "β = 0.5", "β = 1"] * 2
    assert setting_of(Member(0.5, 2, 0.0)).name == "β = 0.5 (noise 0)"
    own = (("objective.capacity", 3.0), ("objective.free_bits", 0.0))
    assert setting_of(Member(4.0, own=own)).name == "β = 4 (capacity 3)"


CLASSIFIER = {"sha256": "ab" * 32, "accuracy": 0.9, "balanced": 0.5, "chance": 0.1}


def judged(run, name, classifier):
    """The run, judged in a space of that name, with such a classifier."""
    space = {"name": name, "about": "16 principal components", "left_out": {}}
    own = {"space": space, "classifier": classifier}
    return run._replace(baselines={**run.baselines, **own})


def test_the_space_and_its_accuracy_stand_wherever_fd_does(tmp_path):
    """Class by class, by which a classifier is judged: 50 %, where 90 % are right."""
    found = lambda m: {k.replace("_clf", "_pca"): v for k, v in scores(m).items()}
    run = judged(make_run(tmp_path, found=found), "pca", {**CLASSIFIER, "used": False})
    words = "right on only 50.0 % of the test images, class by class (by chance 10.0 %)"
    pair = pairs.pair(run, 5)
    for said in (
        answer(run)[0],
        conclusion(run, *pair)[1],
        terminal_scorecard(run, *pair),
    ):
        assert words in said and "principal components" in said
    assert "here principal components: blur" in " ".join(caveats(run))
    text = page.report_page([run])
    assert "density and coverage compare images by 16 principal components." in text
    for table in re.findall("<caption>([^<]*)</caption>", text):
        assert "principal components" in table or "collapse" in text
    drawn = [text.get_text() for text in sampleability(run).texts]
    assert "FD, coverage: principal components" in drawn
    used = judged(make_run(tmp_path), "clf", {**CLASSIFIER, "used": True})
    assert "same one (abababababab)" in " ".join(caveats(used))
    plain = make_run(tmp_path, found=lambda m: {"distortion": 1.0})
    assert "classifier" not in page.facts(plain) + " ".join(caveats(plain))


def test_scores_that_cannot_judge_say_so_and_are_no_headline(tmp_path):
    """Coverage of repeated images; a space that costs too much; a metric that failed."""
    found = lambda m: {k: v for k, v in scores(m).items() if not k.startswith("cov")}
    run = make_run(tmp_path, found=found)
    run = run._replace(baselines={**run.baselines, "generators": {"training images": {}}})
    missing = {
        "coverage_clf@prior": (Flag.UNSUITED, "these scores cannot judge such images"),
        "density_clf@prior": (Flag.UNSUITED, "these scores cannot judge such images"),
        "fd_raw@prior": (Flag.TOO_COSTLY, "4,096 pixels are more than 1,024"),
        "kid_clf@prior": (Flag.FAILED, "ValueError: no"),
    }
    places = [(n, "test", key(name)) for n in range(len(run.members)) for name in missing]
    told = [told for _ in run.members for told in missing.values()]
    run = run._replace(
        flags={place: (flag,) for place, (flag, _) in zip(places, told)},
        notes={place: note for place, (_, note) in zip(places, told)},
    )
    said = caveats(run)
    cannot = [line for line in said if "cannot judge such images" in line]
    assert len(cannot) == 1 and "coverage_clf and density_clf: " in cannot[0]
    assert "No number for fd_raw: 4,096 pixels are more than 1,024." in said
    first = answer(run)[0]
    assert "coverage 0." not in first and "so none is shown to be sampleable" in first
    assert "these scores cannot judge such images" in first
    prior = conclusion(run, *pairs.pair(run, 5))[1]
    assert "there is no coverage (these scores cannot judge such images)." in prior
    failed = members_left_out(run)
    assert len(failed) == 1 and "failures.log has the tracebacks): kid_clf of" in failed[0]
    labels = [axes.get_ylabel() for axes in sampleability(run).axes]
    assert "FD" in labels and "coverage" not in labels
