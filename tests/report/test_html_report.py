"""Reports: what is on a page, that nothing in it is obeyed, and that everybody can read it."""

from __future__ import annotations

import base64
import hashlib
import re

import pages
import pytest
from people import ATTACKS, estimates, specification, survey

import mpi
from mpi.cli import main
from mpi.errors import EstimationError
from mpi.report import words as table_words
from mpi.report.html import words as page_words

MORE_ATTACKS = (
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% for x in y %}",
    "' onfocus='alert(1)' autofocus='",
    "x" * 300,
)
LABELS = (*ATTACKS, *MORE_ATTACKS)
TAGS = (
    "html head meta title style body a header h1 p nav h2 ol li main section ul figure figcaption "
    "strong picture source img div details summary table caption thead tbody tr th td sup dl dt "
    "dd span footer wbr"
)
ATTRIBUTES = (
    "lang charset http-equiv content name class id href aria-labelledby aria-describedby tabindex "
    "media srcset src width height alt role scope colspan rowspan"
)


def profiles(groups=("North", "South"), by="region", seed=3, spec=None, **options):
    return mpi.tabulate(survey(groups, seed=seed, **options), spec or specification(), by=by)


def written(result, folder, **options):
    mpi.html_report(result, folder / "report.html", **options)
    return pages.read(folder / "report.html")


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A report whose every label is one that a browser or a template would obey."""
    spec = specification(title=LABELS[0], first=LABELS[4])
    return written(
        profiles(LABELS, spec=spec),
        tmp_path_factory.mktemp("attacked"),
        title=MORE_ATTACKS[2],
        source=MORE_ATTACKS[0],
        names={"region": MORE_ATTACKS[1]},
    )


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    return written(profiles(), tmp_path_factory.mktemp("english"), k="3/4", source="A survey")


@pytest.fixture(scope="module")
def spanish(tmp_path_factory):
    made = profiles(("Norte", "Sur"), date="2024")
    folder = tmp_path_factory.mktemp("spanish")
    return written(made, folder, language="es", names={"region": "región"}, flag="eclac-2020")


def test_no_label_becomes_markup(attacked):
    assert {element.tag for element in attacked.all()} <= set(TAGS.split())
    assert {name for element in attacked.all() for name in element.attributes} <= set(
        ATTRIBUTES.split()
    )
    text = pages.plain(attacked.text)
    for label in LABELS:
        assert pages.plain("".join(c if c.isprintable() else " " for c in label)) in text
    assert pages.one(attacked, "h1").text == MORE_ATTACKS[2]
    assert "49{" not in text


def test_every_address_is_a_place_on_the_page_or_a_picture_in_it(attacked):
    named = ("href", "src", "srcset")
    found = [(n, e.attributes[n]) for e in attacked.all() for n in named if n in e.attributes]
    assert {name for name, _ in found} == set(named)
    for name, address in found:
        assert address.startswith("#" if name == "href" else "data:image/png;base64,")
    ids = {element.attributes.get("id") for element in attacked.all()}
    assert {address[1:] for name, address in found if name == "href"} <= ids
    style = pages.one(attacked, "style").text
    assert not re.search(r"url|@import|expression", style)


def test_the_policy_allows_one_style_sheet_and_pictures_in_the_page(attacked):
    (policy,) = [
        e.attributes["content"]
        for e in attacked.all("meta")
        if e.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    style = pages.one(attacked, "style").text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert dict(part.split(" ", 1) for part in policy.split("; ")) == {
        "default-src": "'none'",
        "img-src": "data:",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_headings_are_in_order_and_ids_are_unique(english):
    headings = [e.tag for e in english.all("h1", "h2", "h3", "h4")]
    assert headings[0] == "h1"
    assert set(headings[1:]) == {"h2"}
    ids = [e.attributes["id"] for e in english.all() if "id" in e.attributes]
    assert len(set(ids)) == len(ids)
    named = ("aria-labelledby", "aria-describedby")
    wanted = {e.attributes[n] for e in english.all() for n in named if n in e.attributes}
    assert wanted <= set(ids)
    assert all(pages.by_id(english, name).text.strip() for name in wanted)


def test_the_page_has_landmarks_and_a_link_that_skips_to_the_results(english):
    body = pages.one(english, "body")
    parts = [e.tag for e in body.children if isinstance(e, pages.Element)]
    assert parts == ["a", "header", "nav", "main", "footer"]
    skip = next(body.all("a"))
    assert skip.attributes["href"] == "#main"
    listed = [a.attributes["href"][1:] for a in pages.one(english, "nav").all("a")]
    assert listed == [s.attributes["id"] for s in english.all("section")]


def test_every_figure_has_a_text_in_its_place_and_a_description(english):
    figures = list(english.all("figure"))
    assert len(figures) >= 5
    for figure in figures:
        image = pages.one(figure, "img")
        assert len(pages.one(figure, "figcaption").text) > 20
        assert len(image.attributes["alt"]) > 60
        assert image.attributes["alt"] == pages.one(pages.one(figure, "details"), "p").text
        for element, key in ((image, "src"), (pages.one(figure, "source"), "srcset")):
            data = base64.b64decode(element.attributes[key].split(",", 1)[1], validate=True)
            assert data.startswith(b"\x89PNG")
            size = [int.from_bytes(data[at : at + 4], "big") for at in (16, 20)]
            assert size == pytest.approx(
                [2 * int(element.attributes[name]) for name in ("width", "height")], abs=2
            )
    by_region = mpi.figures.by_group(profiles().estimate(), title="Multidimensional poverty")
    described = by_region.description.partition(".")[2]
    assert described in english.text


def test_tables_have_captions_and_heads_of_rows_and_columns(english):
    tables = list(english.all("table"))
    assert len(tables) > 8
    for table in tables:
        assert pages.one(table, "caption").text
        heads = list(table.all("th"))
        assert {h.attributes.get("scope") for h in heads} <= {"col", "colgroup", "row", "rowgroup"}
        head_rows = list(pages.one(table, "thead").all("tr"))
        width = sum(int(c.attributes.get("colspan", 1)) for c in head_rows[0].all("th"))
        for row in pages.one(table, "tbody").all("tr"):
            own = list(row.all("th", "td"))
            assert own[0].tag == "th"
            assert sum(int(c.attributes.get("colspan", 1)) for c in own) == width
    around = [d for d in english.all("div") if d.attributes.get("role") == "region"]
    assert len(around) == len(tables)
    assert {d.attributes["tabindex"] for d in around} == {"0"}


def test_the_figures_of_a_page_are_those_of_the_estimates(english):
    found = profiles().estimate(["1/2", "3/4"])
    tables = mpi.publication_tables(found, source="A survey")
    assert len(tables) > 8
    for own in tables:
        if own.name.endswith("3/4") and not own.name.startswith("by "):
            continue  # of further cutoffs there are the groups
        shown = pages.cells(pages.table(english, own.title))
        texts = [
            [text + cell.mark for text, cell in zip(line, row.cells, strict=True)]
            for line, row in zip(own.texts(), own.rows, strict=True)
        ]
        assert shown == texts
    cards = [p.text for p in english.all("p") if p.attributes.get("class") == "value"]
    main_row = tables["headline"].texts()[0]
    assert cards == [f"{main_row[1]}%", f"{main_row[6]}%", main_row[11]]


def test_further_cutoffs_and_all_attainable_ones_are_on_the_page(english):
    summaries = [s.text for s in english.all("summary")]
    assert "By region, k = 3/4" in summaries
    title = "Incidence, intensity and adjusted headcount of multidimensional poverty"
    found = [t for t in english.all("table") if title in pages.one(t, "caption").text]
    attainable = [row[0] for row in pages.cells(found[1])]
    assert attainable == ["k = 1/4", "k = 1/2", "k = 3/4", "k = 1"]


def test_the_legal_basis_is_there_with_what_is_not_confirmed(english):
    rows = pages.cells(pages.table(english, "Legal basis of every threshold"))
    assert rows[0][1:6] == ["School", "Ley 1", "2", "statute", "unconfirmed"]
    assert rows[1][2] == "no basis is given"


def test_what_is_not_official_says_so_first(english, spanish):
    assert pages.one(english, "h1").text == "Toy index [reconstruction]"
    assert pages.one(spanish, "h1").text == "Índice de juguete [reconstrucción]"
    header = pages.one(english, "header")
    assert "Not official: the specification is a reconstruction." in header.text


def test_method_findings_and_provenance_are_there(english):
    method = pages.by_id(english, "method").text
    assert "2 dimensions" in method
    assert "left out of the figures" in method
    assert "linearised" in method
    assert "100 units in 4 strata were drawn" in method
    findings = pages.by_id(english, "findings").text
    for finding in profiles().estimate(["1/2", "3/4"]).findings:
        assert finding.detail in findings
    provenance = pages.by_id(english, "provenance").text
    assert specification().fingerprint in provenance
    assert f"alkire-foster {mpi.__version__}" in provenance
    assert re.search(r"[0-9a-f]{64}", provenance)


def phrases(place):
    """Fixed phrases of one language that the other has not, without their values."""
    dictionaries = (
        table_words._WORDS,
        page_words.WORDS,
        page_words.METHOD,
        page_words.PROVENANCE,
        mpi.report.figures.words._WORDS,
    )
    pairs = [pair for one in dictionaries for pair in one.values()]
    parts = [re.split(r"\{\w*\}", pair[place]) for pair in pairs]
    own = {part.strip(" .,;:()%'«»").lower() for several in parts for part in several}
    others = " ".join(pair[1 - place] for pair in pairs).lower()
    return {p for p in own if len(p) > 3 and not re.search(rf"\b{re.escape(p)}\b", others)}


@pytest.mark.parametrize(("name", "other", "place"), [("spanish", "es", 0), ("english", "en", 1)])
def test_a_page_has_no_fixed_words_of_the_other_language(name, other, place, request):
    page = request.getfixturevalue(name)
    assert pages.one(page, "html").attributes["lang"] == other
    text = pages.plain(pages.one(page, "body").text_in(other)).lower()
    text = text.replace("[unconfirmed m]", "")  # the note of a basis, as its author wrote it
    foreign = phrases(place)
    assert len(foreign) > 200
    assert [p for p in sorted(foreign) if re.search(rf"\b{re.escape(p)}\b", text)] == []


def test_numbers_of_a_spanish_page_have_commas(spanish):
    cards = [p.text for p in spanish.all("p") if p.attributes.get("class") == "value"]
    assert re.fullmatch(r"\d+,\d\u00a0%", cards[0])
    assert re.fullmatch(r"0,\d{3}", cards[2])
    findings = [t for t in spanish.all("tbody") if t.attributes.get("lang") == "en"]
    assert findings


@pytest.mark.parametrize("ready", [True, False], ids=["estimates", "tables"])
def test_withheld_figures_are_nowhere_on_the_page(ready, tmp_path):
    made = profiles(["North"] * 59 + ["Tiny"])
    whole = made.estimate()
    hidden = whole.flag("dhs", suppress=True)
    options = {} if ready else {"flag": "dhs", "suppress": True}
    page = written(hidden if ready else made, tmp_path, **options)
    rows = [row for t in page.all("table") for row in pages.cells(t) if row[0] == "Tiny"]
    assert len(rows) == 4
    for row in rows:
        assert {text for text in row[1:] if not re.fullmatch(r"\d+", text)} == {"*"}
    told = [p.text for p in page.all("p") if p.attributes.get("id", "").endswith("-words")]
    of_tiny = [text for text in told if "Tiny" in text]
    assert of_tiny
    for text in of_tiny:
        assert "Not published: Tiny." in text or "Tiny not published" in text
    uncovered = mpi.figures.by_group(whole).description
    secret = re.search(r"Tiny, (\S+ \([^)]*\))", uncovered)[1]
    assert secret not in page.text
    assert "withheld by the rule for publication 'dhs'" in page.text


def test_a_file_of_profile_tables_is_reported_with_its_hash(tmp_path):
    path = tmp_path / "2024.profiles.parquet"
    profiles().save(path)
    page = written(path, tmp_path)
    text = pages.by_id(page, "provenance").text
    assert "2024.profiles.parquet" in text
    assert hashlib.sha256(path.read_bytes()).hexdigest() in text


def test_published_tables_are_reported_as_they_are(tmp_path):
    shared = profiles().publish()
    path = tmp_path / "shared.profiles.parquet"
    shared.save(path)
    for result in (shared, path):
        page = written(result, tmp_path)
        shown = pages.cells(pages.table(page, "Multidimensional poverty by region"))
        own = mpi.publication_tables(shared.estimate())["by region"]
        assert [row[:6] for row in shown] == [line[:6] for line in own.texts()]
        with pytest.raises(EstimationError, match="flag: its figures are made already"):
            written(result, tmp_path, flag="dhs")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in page.text


def test_two_waves_have_their_changes(tmp_path):
    first, last = (profiles(seed=s, date=d) for s, d in ((3, "2018"), (4, "2022")))
    page = written([first, last], tmp_path, samples="independent", language="es")
    title = "Cambio de H, incidencia (%), 2018 a 2022"
    rows = {row[0]: row for row in pages.cells(pages.table(page, title))}
    waves = [wave.estimate() for wave in (first, last)]
    for place, wave in enumerate(waves, 1):
        share = wave.get("H", region="North").estimate
        assert rows["North"][place] == f"{100 * share:.1f}".replace(".", ",")
    changes = mpi.change(*waves, samples="independent").select("H").adjust()
    table = changes.to_pandas()
    own = table[(table["group"] == "North") & (table["change"] == "absolute")]
    own = own[~own["annualized"]].iloc[0]
    assert rows["North"][-3] == f"{own['p_adjusted']:.3f}".replace(".", ",")
    assert "missing answers" not in page.text_in("es")
    with pytest.raises(EstimationError, match="changes between waves need"):
        written([first, last], tmp_path, samples="independent", flag="dhs", suppress=True)


def test_bounds_have_both_ends_in_tables_and_no_figure_that_shows_one(tmp_path):
    page = written(profiles(), tmp_path, missing="bounds")
    assert not list(page.all("figure"))
    assert "every figure is a range" in page.text
    captions = " ".join(pages.one(t, "caption").text for t in page.all("table"))
    assert "lower bound" in captions
    assert "upper bound" in captions


def test_many_groups_have_a_table_and_no_figure_of_them(tmp_path):
    groups = [f"district {n:03d}" for n in range(70)]
    page = written(profiles(groups), tmp_path)
    section = pages.by_id(page, "group-1")
    assert not list(section.all("figure"))
    assert "71 groups are too many for a figure" in section.text
    labels = [
        row[0] for row in pages.cells(pages.table(page, "Multidimensional poverty by region"))
    ]
    assert labels[1:] == groups


def test_without_a_design_or_groups_there_is_still_a_report(tmp_path):
    spec = mpi.Specification.from_columns({"one": ["a"], "two": ["b"]}, cutoff="1/2")
    made = mpi.tabulate({"a": [1, 0, 1], "b": [1, 0, 0]}, spec, se=False)
    page = written(made, tmp_path)
    assert "Sampling errors were not computed." in page.text
    assert [s.attributes["id"] for s in page.all("section")][:2] == ["results", "indicators"]


def test_classes_of_income_and_rights_are_drawn_where_they_are_known(tmp_path):
    spec = specification().replace(
        condition=[{"id": "below", "when": "c == 1"}],
        category=[
            {"id": "poor_in_both", "when": "poor and below"},
            {"id": "rights_only", "when": "poor and not below"},
            {"id": "income_only", "when": "not poor and below"},
            {"id": "neither", "when": "not poor and not below"},
        ],
    )
    page = written(profiles(spec=spec), tmp_path)
    section = pages.by_id(page, "categories")
    assert "Income and rights" in pages.one(section, "figcaption").text
    assert "poor_in_both" in section.text


def test_a_map_of_areas_is_drawn_and_its_file_named(tmp_path):
    geopandas = pytest.importorskip("geopandas", reason="maps need the extra `maps`")
    shapely = pytest.importorskip("shapely", reason="maps need the extra `maps`")
    boxes = [shapely.box(n, 0, n + 1, 1) for n in range(3)]
    names = {"name": ["North", "South", "East"]}
    areas = geopandas.GeoDataFrame(names, geometry=boxes, crs=4326)
    areas.to_file(tmp_path / "areas.geojson")
    path = tmp_path / "areas.geojson"
    page = written(profiles(), tmp_path, geometry=path, geometry_key="name")
    section = pages.by_id(page, "maps")
    assert len(list(section.all("figure"))) == 2
    assert "Areas without an estimate: 1" in section.text
    assert "AREA_WITHOUT_ESTIMATE" in pages.by_id(page, "findings").text
    assert hashlib.sha256(path.read_bytes()).hexdigest() in pages.by_id(page, "provenance").text


def test_the_same_tables_give_the_same_page(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689600")
    made = profiles()
    for name in ("a", "b"):
        mpi.html_report(made, tmp_path / f"{name}.html")
    first, second = ((tmp_path / f"{name}.html").read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"2025-01-01" in first


def test_bad_choices_get_a_sentence_and_leave_nothing(tmp_path):
    made, path = profiles(by=["region", "stratum"]), tmp_path / "r.html"
    for message, result, options in (
        ("Give profile tables, their file, or estimates", {"a": 1}, {}),
        ("result 2: is of type 'int'", [made, 5], {}),
        ("there is no result", [], {}),
        ("k, flag: its figures are made already", estimates(), {"k": 1, "flag": "dhs"}),
        ("nothing says what is withheld", made, {"suppress": True}),
        ("there is no scheme", made, {"flag": "dhx"}),
        ("Choose 'en' or 'es'", made, {"language": "fr"}),
        ("not which column has", made, {"geometry": "a.geojson"}),
        ("Give geometry=", made, {"geometry_key": "name"}),
        ("there are 2 groupings", made, {"geometry": "a", "geometry_key": "b"}),
        ("there is no such file", tmp_path / "none.parquet", {}),
        ("k: ", made, {"k": 7}),
    ):
        with pytest.raises(EstimationError, match=re.escape(message)):
            mpi.html_report(result, path, **options)
    with pytest.raises(EstimationError, match=r"\.pdf is no page"):
        mpi.html_report(made, tmp_path / "r.pdf")
    with pytest.raises(EstimationError, match="there is no folder"):
        mpi.html_report(made, tmp_path / "none" / "r.html")
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_reports(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    profiles().save("a.profiles.parquet")
    words = ["report", "a.profiles.parquet", "--out"]
    options = ["--language", "es", "--k", "3/4", "--name", "region=región", "--title", "<b>"]
    assert main([*words, "r.html", *options]) == 0
    assert capsys.readouterr().out == "report written to r.html\n"
    page = pages.read(tmp_path / "r.html")
    assert pages.one(page, "h1").text == "<b>"
    assert "Según región, k = 3/4" in page.text
    for wrong, message in (
        ([*words, "a.profiles.parquet"], "is read or written in the same run"),
        ([*words, "r.txt"], "is no page"),
        ([*words, "s.html", "--name", "region"], "gives no title"),
        ([*words, "s.html", "--geometry", "a.geojson"], "--geometry-key"),
        ([*words, "s.html", "--flag", "x"], "there is no scheme"),
        (["report", "b.parquet", "--out", "s.html"], "there is no such file"),
    ):
        assert main(wrong) == 2
        assert message in capsys.readouterr().err
    assert not (tmp_path / "s.html").exists()


def test_the_demo_writes_a_report_and_a_workbook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["demo", "--households", "1500", "--report", "demo.html", "--xlsx", "demo.xlsx"]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "report written to demo.html" in out
    page = pages.read(tmp_path / "demo.html")
    assert "no real person is in it" in page.text
    bases = pages.cells(pages.table(page, "Legal basis of every threshold"))
    spec = mpi.specification("colombia-dane")
    instruments = [b.instrument for i in spec.indicators.values() for b in i.basis]
    assert [row[2] for row in bases if row[0] == "Indicator"] == instruments
    assert (tmp_path / "demo.xlsx").exists()
    assert main(["demo", "--report", "demo.pdf"]) == 2
    assert main(["demo", "--report", "x.html", "--xlsx", "x.html"]) == 2


def test_what_is_missing_of_the_extra_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    profiles().save("a.profiles.parquet")
    monkeypatch.setattr("mpi.reporting.find_spec", lambda _: None)
    assert main(["report", "a.profiles.parquet", "--out", "r.html"]) == 2
    error = capsys.readouterr().err
    assert "not installed: jinja2, matplotlib" in error
    assert "pip install 'alkire-foster[report]'" in error


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_texts_can_be_told_from_what_is_behind_them(english):
    style = pages.one(english, "style").text
    colour = dict(re.findall(r"--(\w+):(#\w+)", style))
    for text, behind in (
        *(("ink", "#fff"), ("soft", "#fff"), ("deep", "#fff")),
        *(("ink", "pale"), ("soft", "pale"), ("deep", "pale"), ("ink", "warn")),
    ):
        light = sorted([luminance(colour[text]), luminance(colour.get(behind, behind))])
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 4.5, (text, behind)
