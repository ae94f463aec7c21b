# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Colombia and Uruguay, side by side
#
# Two countries, two official measures of multidimensional poverty, and the same households. Who is poor by the rules of Colombia, who by those of Uruguay, and why do they disagree? What law stands behind each threshold?
#
# | specification | measure | producer | status here |
# |---|---|---|---|
# | `colombia-dane` | Índice de Pobreza Multidimensional | DANE, designed at DNP | official rules; reproduces DANE's flags on the records that were compared |
# | `uruguay-ine-2025` | Índice de Pobreza Multidimensional | INE, with UNDP and OPHI | **reconstruction** from press reports; parts are ours |
# | `uruguay-rights-2012` | exercise with a human-rights approach, Deprivation Index | MIDES | **reconstruction**; the original indicators are not known |
#
# They are applied to two surveys:
#
# - **Encuesta Continua de Hogares 2018** of Uruguay (INE): a published *teaching extract* of 500 households. It is no benchmark. No published figure can be reproduced from it, and nothing below is an estimate for Uruguay.
# - **A synthetic national survey** that ships with the library, made to resemble Colombia in 2025. No real person is in it.
#
# The extract is not part of the library. Where it is not at hand, the notebook runs on the synthetic survey alone, and each cell about the extract says so.
#
# If you have five minutes, read [the last but one section](#9.-In-plain-language): all numbers there are computed by the cells above it.

# %%
import os
import re
from dataclasses import dataclass
from html import escape
from itertools import combinations
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import mpi
from mpi.spec.dates import moment
from mpi.spec.norms import born, cohorts

plt.rcParams.update(
    {
        "figure.dpi": 100,
        "font.size": 9,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "legend.frameon": False,
    }
)
# colours of Okabe and Ito, told apart with any colour vision
BLUE, RED, GREEN, YELLOW = "#0072B2", "#D55E00", "#009E73", "#E69F00"
DARK, GREY = "#333333", "#D0D0D0"


class Shown:
    """A text or table: HTML or Markdown in a notebook, plain text elsewhere."""

    def __init__(self, text, *, html=None, markdown=None):
        self._text, self._html, self._markdown = text, html, markdown

    def __repr__(self):
        return self._text

    def _repr_html_(self):
        return self._html

    def _repr_markdown_(self):
        return self._markdown


def table(frame):
    """A frame of texts without its index."""
    html = frame.to_html(index=False, border=0, justify="left")
    for kind in ("td", "th"):
        html = html.replace(f"<{kind}>", f'<{kind} style="text-align:left">')
    return Shown(frame.to_string(index=False, justify="left"), html=html)


def pct(share, digits=1):
    """A share in percent."""
    return f"{100 * share:.{digits}f} %"


def interval(figure):
    """Limits of a confidence interval in percent."""
    return f"{100 * figure.ci_low:.1f} to {100 * figure.ci_high:.1f} %"


def source_line(figure, text):
    """Where the numbers of a figure come from, below it."""
    figure.text(0.01, 0.005, text, fontsize=7.5, color="#555555", va="bottom")


# %% [markdown]
# ## 1. The surveys
#
# The extract is looked for in the folder that `MPI_SHARED_DATA` names, else in `../shared/data` beside the project.

# %% tags=["shared-data"]
NAME = "uruguay-ech-2018"
folders = [
    Path(start, os.environ.get("MPI_SHARED_DATA", "../shared/data")) for start in (".", "..")
]
found = [folder / NAME for folder in folders if (folder / NAME).is_dir()]
ABSENT = (
    "The extract of the ECH 2018 is not present, so this part is left out: "
    "the notebook runs on the synthetic survey only."
)
if found:
    # pesoano, estrato and upm_id are declared by the codebook; lonely_psu is explained below
    persons = found[0] / "persons.parquet"
    ech = mpi.Survey(persons, codebook=NAME, date="2018", lonely_psu="adjust")
    print(ech)
else:
    ech = None
    print(ABSENT)

# %% [markdown]
# The synthetic survey has harmonised variables. Three are made by a small codebook: age groups; who attends primary or secondary school, which is whoever attends without a completed upper secondary education; and the level of education below 5 years of age, which the survey does not ask, as Colombia's does not.

# %%
HOUSEHOLDS, SEED = 20_000, 2025
AGES = '"0-17" if age < 18 else "18-29" if age < 30 else "30-64" if age < 65 else "65 and over"'
book = mpi.Codebook.model_validate(
    {
        "id": "synthetic",
        "variable": [
            {"id": "age_group", "level": "person", "value": AGES},
            {
                "id": "education_level",
                "level": "person",
                "value": "0 if age < 5 else education_level",
            },
            {
                "id": "attends_primary_or_secondary",
                "level": "person",
                "value": "attends_school and age >= 6 and education_level < 3",
            },
        ],
    }
)
tables = mpi.datasets.synthetic_tables(HOUSEHOLDS, seed=SEED)
synthetic = mpi.Survey(
    tables.persons,
    tables.households,
    codebook=book,
    household_id="household_id",
    person_id="person_id",
    weight="weight",
    strata="stratum",
    psu="psu",
    date="2025",
)
synthetic

# %% [markdown]
# ### Strata with a single PSU
#
# The extract has one or two households of most PSUs, and of some strata a single PSU, from which no variance can be estimated. The library refuses to go on until one of its treatments is chosen. What each does to the standard error of H by Uruguay's rules:

# %% tags=["shared-data"]
if ech is None:
    shown = Shown(ABSENT)
else:
    profiles = mpi.tabulate(ech, "uruguay-ine-2025")
    options = {
        "certainty": "they add nothing",
        "adjust": "squared distance from the mean of all PSUs",
        "average": "what the other strata add on average",
        "collapse": "each joins the next stratum by its code",
    }
    rows = [
        {
            "lonely_psu": option,
            "strata with a single PSU": words,
            "H": pct(profiles.estimate(lonely_psu=option).get("H").estimate, 2),
            "standard error": f"{100 * profiles.estimate(lonely_psu=option).get('H').se:.3f} points",
        }
        for option, words in options.items()
    ]
    shown = table(pd.DataFrame(rows))
shown

# %% [markdown]
# **Choice: `adjust`.** Most likely these strata have more PSUs in the full survey and lost them when the extract was drawn. Then their PSU was not certain, and `certainty` makes standard errors too small. `collapse` needs codes of strata that follow a known order, which nothing tells us. `average` takes for granted that these strata vary as the others do. `adjust` asks least, and errs on the side of too large.
#
# ## 2. The specifications

# %%
colombia = mpi.specification("colombia-dane")
uruguay = mpi.specification("uruguay-ine-2025")
rights = mpi.specification("uruguay-rights-2012")
SPECS = {"Colombia": colombia, "Uruguay": uruguay, "Uruguay, rights": rights}


def weights_in_words(spec):
    """Weights of the dimensions and of what counts within them."""
    kinds = sorted({element.weight for element in spec.elements}, reverse=True)
    inside = "union within each" if spec.dimension[0].rule == "union" else "weighted"
    return f"{inside}: {', '.join(str(weight) for weight in kinds)}"


table(
    pd.DataFrame(
        [
            {
                "specification": spec.id,
                "status": spec.status,
                "unit": spec.unit,
                "dimensions": ", ".join(d.id for d in spec.dimension),
                "indicators": len(spec.indicators),
                "weights": weights_in_words(spec),
                "poor if score >=": str(spec.cutoff),
            }
            for spec in SPECS.values()
        ]
    )
)

# %% [markdown]
# Both indices identify the household and count persons, so they can be compared. Colombia's score is a multiple of 1/100 and its cutoff 1/3 lies between two of them; Uruguay's cutoff 4/15 is reached exactly by four deprivations of fifteen.
#
# Which indicators speak of the same thing? One table says it, for everything below. A line is one subject; indicators of the same line are *matched*. Matching is a judgement: Uruguay's `materials` asks for floods, danger of collapse, walls, roof and floor, and is matched with Colombia's walls, since an indicator can be matched once.

# %%
SUBJECTS = [  # subject, indicator of Colombia, of Uruguay, of Uruguay's rights
    ("Schooling of adults", "educational_achievement", "years_of_schooling", "attainment"),
    ("Literacy", "illiteracy", None, None),
    ("School attendance", "school_attendance", "school_link", "school_attendance"),
    ("School lag", "school_lag", "school_lag", None),
    ("Early childhood", "early_childhood", None, None),
    ("Child labour", "child_labour", None, None),
    ("Protection of minors", None, "minors_protection", None),
    ("Health insurance", "health_insurance", None, "health_insurance"),
    ("Access to health care", "health_access", None, None),
    ("Unemployment", "long_term_unemployment", "unemployment", "unemployment"),
    ("Underemployment", None, "underemployment", None),
    ("Informal work", "informal_work", "informality", "informality"),
    ("Domestic work", None, "domestic_work", None),
    ("Income in old age", None, "pensions", "old_age"),
    ("Water", "water", None, "water"),
    ("Sanitation", "excreta", "sanitation", "sanitation"),
    ("Walls and materials", "walls", "materials", "materials"),
    ("Floors", "floors", None, None),
    ("Overcrowding", "overcrowding", "overcrowding", "overcrowding"),
    ("Tenure", None, "tenure", None),
    ("Heating", None, "heating", None),
    ("Internet", None, "internet", None),
    ("Electricity", None, None, "electricity"),
]
MATCHES = {c: u for _, c, u, _ in SUBJECTS if c and u}
for column, spec in enumerate(SPECS.values(), start=1):
    assert sorted(row[column] for row in SUBJECTS if row[column]) == sorted(spec.indicators)
print(
    f"{len(MATCHES)} indicators are matched: {', '.join(f'{c} = {u}' for c, u in MATCHES.items())}."
)

# %% [markdown]
# ## 3. The legal bases
#
# Every threshold carries its bases: instrument, article and a *status*, which says what fixes the **number**: `statute`, a law does; `guideline`, an official methodology; `convention`, custom; `reconstruction`, we did, from incomplete sources. So an indicator can rest on a constitution and still have a number that is custom.
#
# Marks say how much of a basis was read in its text: ✓ confirmed; ◐ partly; ○ not confirmed, with our confidence H, M or L; — nothing recorded; ✎ a reconstruction of ours. Marks on mere days of enactment are left out.

# %%
DATES = re.compile(r"(Effective from May 2007; d|D)ates? \[unconfirmed M\]\.?")


def mark(basis):
    """What is known of a legal basis, as a sign."""
    note = DATES.sub("", " ".join(basis.note.split()))
    levels = "/".join(dict.fromkeys(re.findall(r"unconfirmed ([HML](?:-[HML])?)", note)))
    sign = "✓" if "[confirmed" in note else "○" if levels else "—"
    if sign == "✓" and levels:
        sign = "◐"
    if basis.status == "reconstruction":
        sign = "✎"
    return f"{sign} {levels}".strip()


def bases_of(spec, name):
    """Legal bases of an indicator: its own, its dimension's, and those of norms in its rule."""
    (dimension,) = (d for d in spec.dimension if name in {i.id for i in d.indicator})
    indicator = spec.indicators[name]
    rule = f"{indicator.applies_to or ''} {indicator.deprived}"
    named = [norm for norm in spec.norm if f'norm("{norm.id}"' in rule]
    values = [basis for norm in named for value in norm.value for basis in value.basis]
    return [*indicator.basis, *dimension.basis, *values]


def threshold(spec, name, longest=150):
    """Rule of an indicator in one line; a long one is cut."""
    indicator = spec.indicators[name]
    rule = " ".join(str(indicator.deprived).split())
    if indicator.applies_to is not None:
        rule = f"{indicator.applies_to}: {rule}"
    return rule if len(rule) <= longest else rule[:longest].rstrip() + " …"


def legal(spec, name):
    """Bases of an indicator as rows of text."""
    return [
        (basis.instrument, basis.article, basis.status, mark(basis))
        for basis in bases_of(spec, name)
    ]


def cell(spec, name):
    """An indicator with its threshold and bases, as HTML."""
    if name is None:
        return "<td></td>"
    items = "".join(
        f"<li>{escape(instrument)}{escape(f', art. {article}' if article[:1].isdigit() else '')}"
        f" <i>{status}</i> {sign}</li>"
        for instrument, article, status, sign in legal(spec, name)
    )
    return (
        f"<td style='text-align:left;vertical-align:top'><b>{escape(spec.indicators[name].label())}</b>"
        f"<br><code>{escape(threshold(spec, name))}</code>"
        f"<ul style='margin:0;padding-left:1.2em'>{items}</ul></td>"
    )


def side_by_side():
    """One row a subject, one column a specification."""
    head = "".join(f"<th style='text-align:left'>{title}</th>" for title in ("", *SPECS))
    body, lines = [], []
    for subject, *names in SUBJECTS:
        cells = "".join(cell(s, n) for s, n in zip(SPECS.values(), names, strict=True))
        body.append(
            f"<tr><th style='text-align:left;vertical-align:top'>{subject}</th>{cells}</tr>"
        )
        for (country, spec), name in zip(SPECS.items(), names, strict=True):
            if name is not None:
                lines.append(f"{subject} | {country} | {name} | {threshold(spec, name)}")
                lines += [f"    {' | '.join(row)}" for row in legal(spec, name)]
    html = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
    return Shown("\n".join(lines), html=html)


side_by_side()

# %% [markdown]
# What fixes the numbers? Bases by status, and how many of them were read in their text:

# %%
statuses = ("statute", "guideline", "convention", "reconstruction")
counted = []
for country, spec in SPECS.items():
    listed = [basis for name in spec.indicators for basis in bases_of(spec, name)]
    signs = [mark(basis)[0] for basis in listed]
    counted.append(
        {"": country}
        | {status: sum(basis.status == status for basis in listed) for status in statuses}
        | {"bases": len(listed), "✓": signs.count("✓"), "◐": signs.count("◐")}
        | {"○": signs.count("○"), "—": signs.count("—"), "✎": signs.count("✎")}
    )
table(pd.DataFrame(counted))

# %% [markdown]
# A basis that two indicators share counts twice here. `mpi check colombia-dane` lists the same indicator by indicator.
#
# ## 4. A threshold that depends on the year of birth
#
# Colombia holds every adult to nine years of education, the number of its Constitution, as a mean of the household. Uruguay holds each adult to what the law obliged the own cohort to. The same norm, read at another date, is another threshold: `law_as_of`.

# %%
norm = next(n for n in uruguay.norm if n.id == "uy_compulsory_years")
YEARS = np.arange(1930, 2006)


def owed(spec, date):
    """Compulsory years of each year of birth under the law of a date."""
    steps = cohorts(norm, moment(date).day, spec.parameters)
    return [
        next(float(s.value) for s in steps if s.born_to is None or year <= s.born_to)
        for year in YEARS
    ]


def norm_figure():
    """The norm by year of birth, under the law of three dates."""
    figure, axes = plt.subplots(figsize=(8.4, 4.1))
    later = uruguay.with_parameters(last_reform_reached_age=17)
    lines = [
        ("law of 1972: Decreto-Ley of 1877", owed(uruguay, "1972"), YELLOW, ":", 2.6),
        ("law of 2008: with Ley 14.101 of 1973", owed(uruguay, "2008"), GREEN, "--", 2.2),
        ("law of 2018: with Ley 18.437 of 2008", owed(uruguay, "2018"), RED, "-", 2.6),
        ("the same, if it reached those of 17 in 2009", owed(later, "2018"), RED, ":", 1.4),
    ]
    for shift, (label, values, colour, style, width) in enumerate(lines):
        offset = (1 - min(shift, 2)) * -0.09  # so that lines at the same height are seen
        heights = np.array(values) + offset
        axes.step(YEARS, heights, where="post", label=label, color=colour, ls=style, lw=width)
    axes.axhline(9, color=BLUE, lw=1, zorder=0)
    axes.text(1930.5, 9.15, "Colombia: 9, whatever the year of birth", color=BLUE)
    for year, text in (
        (1961, "born 1961:\n12 years old in 1973"),
        (1994, "born 1994:\n15 in 2009"),
    ):
        axes.axvline(year, color=GREY, lw=1, zorder=0)
        axes.text(year - 0.6, 4.25, text, ha="right", fontsize=8, color="#555555")
    axes.set(xlabel="Year of birth", ylabel="Compulsory years of education", ylim=(4, 13))
    axes.set_yticks([6, 9, 12])
    axes.set_xlim(1930, 2005)
    axes.legend(loc="upper left")
    axes.set_title("What the law obliged each cohort to, Uruguay")
    figure.tight_layout(rect=(0, 0.04, 1, 1))
    source_line(
        figure,
        "Source: norm uy_compulsory_years of uruguay-ine-2025. The years are statute, the cohorts a reconstruction.",
    )
    plt.show()


norm_figure()


# %% [markdown]
# What does the date change? The same households, judged by the law of three dates; by the law of 2018 with the other reading of whom it reached; and with everybody held to the standard of the youngest.


# %%
def laws(survey_of):
    """H and M0 of Uruguay's index, and lack of schooling, by the law that is applied."""
    variants = [
        ("law of 1972", "1972", uruguay),
        ("law of 2008", "2008", uruguay),
        ("law in force at the survey", None, uruguay),
        (
            "the same, reached 17-year-olds",
            None,
            uruguay.with_parameters(last_reform_reached_age=17),
        ),
        ("the same, youngest standard for all", None, uruguay.replace(standard="current")),
    ]
    rows = []
    for title, date, spec in variants:
        survey = survey_of(date)
        estimates = mpi.tabulate(survey, spec).estimate()
        steps = cohorts(norm, moment(date or survey.date).day, spec.parameters)
        words = ", ".join(f"{step.value} {born(step.born_from, step.born_to)}" for step in steps)
        if spec.standard == "current":
            words = f"{steps[-1].value} for everybody"
        schooling = estimates.get("hd", indicator="years_of_schooling")
        rows.append(
            {
                "law": title,
                "years owed": words.strip(),
                "lack schooling": pct(schooling.estimate),
                "H": pct(estimates.get("H").estimate),
                "M0": f"{estimates.get('M0').estimate:.4f}",
            }
        )
    return pd.DataFrame(rows)


def with_law(survey, date):
    """The survey, to be judged by the law of a date."""
    if survey is ech:
        return mpi.Survey(persons, codebook=NAME, date="2018", lonely_psu="adjust", law_as_of=date)
    keys = {"household_id": "household_id", "person_id": "person_id"}
    design = {"weight": "weight", "strata": "stratum", "psu": "psu"}
    given = {"codebook": book, "date": "2025", "law_as_of": date}
    return mpi.Survey(tables.persons, tables.households, **keys, **design, **given)


# %% [markdown]
# Extract of the ECH 2018 (INE, Uruguay), persons in households with an adult who lacks the years:

# %% tags=["shared-data"]
Shown(ABSENT) if ech is None else table(laws(lambda date: with_law(ech, date)))

# %% [markdown]
# Synthetic survey:

# %%
table(laws(lambda date: with_law(synthetic, date)))

# %% [markdown]
# A norm does not travel by itself. Colombia's school ladder ends with eleven years (5 + 4 + 2), Uruguay's with twelve (6 + 3 + 3). Those whom Uruguay's norm asks twelve of can complete secondary education in the synthetic survey and lack a year by the foreign count:

# %%
adults = tables.persons.to_pandas().query("age > 18 and birth_year >= 1994")
completed = adults[adults["education_level"] == 3]
short = (completed["years_schooling"] < 12).mean()
print(
    f"Of the {len(completed):,} adults born from 1994 with completed secondary education and no more, "
    f"{pct(short, 0)} have less than 12 years in the synthetic survey (unweighted)."
)


# %% [markdown]
# ## 5. The same people by both rules
#
# `mpi.compare` reads the rows once and keeps the deprivations of both. Indicators that a survey cannot give are left out with `absent="reweight-dimension"`: their weight goes to the other indicators of the dimension, so that each dimension keeps its fifth.


# %%
@dataclass
class Sample:
    """A survey with what was computed from it."""

    title: str
    source: str
    about: str
    comparison: object
    by_rights: object
    rights: object

    @property
    def estimates(self):
        return self.comparison.estimates


GROUPS = {"region": "Region", "sex": "Sex", "age_group": "Age group", "ethnicity": "Ethnic group"}


def sample(title, source, about, survey):
    """Both comparisons and the estimates of the rights-based measure."""
    options = {"by": list(GROUPS), "absent": "reweight-dimension"}
    pairs = {c: r for _, c, _, r in SUBJECTS if c and r}
    return Sample(
        title,
        source,
        about,
        mpi.compare(survey, colombia, uruguay, matches=MATCHES, **options),
        mpi.compare(survey, colombia, rights, matches=pairs, absent="reweight-dimension"),
        mpi.tabulate(survey, rights, **options).estimate(["1/4", "1/2", "3/4", 1]),
    )


samples = {}
if ech is not None:
    samples["ech"] = sample(
        "Extract of the ECH 2018 (Uruguay)",
        "INE (Uruguay), Encuesta Continua de Hogares 2018, teaching extract of 500 households; "
        "computed with mpi.",
        "Nothing about Uruguay: it is a teaching extract of 500 households, not the survey.",
        ech,
    )
samples["synthetic"] = sample(
    "Synthetic survey",
    f"Synthetic survey of {HOUSEHOLDS:,} households, seed {SEED}, no real person; "
    "computed with mpi.",
    "Nothing about any country: the persons are invented.",
    synthetic,
)


def on(name, make):
    """What a function gives for a survey, or a sentence where it is not there."""
    return make(samples[name]) if name in samples else Shown(ABSENT)


def national(one):
    """H, A and M0 of three specifications with standard errors."""
    rows = []
    for title, estimates, spec in (
        ("Colombia", one.estimates, colombia),
        ("Uruguay", one.estimates, uruguay),
        ("Uruguay, rights", one.by_rights.estimates, rights),
    ):
        h, a, m0 = (estimates.get(measure, category=spec.id) for measure in ("H", "A", "M0"))
        rows.append(
            {
                "rules of": title,
                "H": pct(h.estimate),
                "interval of 95 %": interval(h),
                "A": pct(a.estimate),
                "M0": f"{m0.estimate:.4f}",
                "se of M0": f"{m0.se:.4f}",
                "persons": f"{h.n:,}",
            }
        )
    return table(pd.DataFrame(rows))


# %% [markdown]
# Extract of the ECH 2018, no benchmark:

# %% tags=["shared-data"]
on("ech", national)

# %% [markdown]
# Synthetic survey:

# %%
on("synthetic", national)


# %% [markdown]
# What the library has to say about these figures, without being asked. First the extract:


# %%
def remarks(one):
    """Findings of the comparison, without those on the reconstruction, shown above."""
    kinds = ("RECONSTRUCTION", "NOT_APPLICABLE", "NO_INTERVAL", "INTERVAL_ASSUMED", "NORM_IN_FORCE")
    found = [str(finding) for finding in one.estimates.findings if finding.code not in kinds]
    return Shown("\n".join(found))


# %% tags=["shared-data"]
on("ech", remarks)

# %% [markdown]
# And the synthetic survey:

# %%
on("synthetic", remarks)

# %% [markdown]
# ## 6. By region, sex, age and ethnic group
#
# Both surveys have all four. Regions are Montevideo and three parts of the interior in the extract, and eight regions in the synthetic survey. Age groups come from the codebooks. The ethnic group is the main ancestry in the extract.
#
# How far can the figures be trusted? They are held to the standard of INE Chile (2020). Filled points are reliable, hollow ones weakly reliable, crosses unreliable by their standard error. Of groups of fewer than 60 persons nothing is shown; the note below the figure names them.

# %%
LABELS = {
    "interior_5000_and_more": "Interior, 5,000 and more",
    "interior_under_5000": "Interior, under 5,000",
    "afro_descendant": "Afro-descendant",
    "afro": "Afro-descendant",
    "female": "Women",
    "male": "Men",
}
SMALLEST = 60
POINTS = {"reliable": ("o", True), "weakly reliable": ("o", False), "unreliable": ("x", True)}


def group_rows(estimates):
    """Groups in the order of the figures: (by, group, label, persons), those too small apart."""
    frame = estimates.select("H").to_pandas().drop_duplicates(["by", "group"])
    listed = [
        ("national", None, "Everybody", int(frame.loc[frame["by"] == "national", "n"].iloc[0]))
    ]
    for by in GROUPS:
        for _, row in frame[frame["by"] == by].iterrows():
            label = LABELS.get(row["group"], row["group"][:1].upper() + row["group"][1:])
            listed.append((by, row["group"], label, int(row["n"])))
    kept = [row for row in listed if row[3] >= SMALLEST]
    small = [f"{label} ({n})" for _, _, label, n in listed if n < SMALLEST]
    return kept, small


def positions(kept):
    """Heights of the rows, with a gap before each grouping."""
    heights, y = [], 0.0
    for place, (by, *_) in enumerate(kept):
        y += 1.0 if place == 0 or by == kept[place - 1][0] else 1.7
        heights.append(y)
    return heights


def label_rows(axes, kept, heights, n=True):
    """Names of groups at the left, headings over each grouping."""
    texts = [f"{label} ({size:,})" if n else label for _, _, label, size in kept]
    axes.set_yticks(heights, texts)
    axes.invert_yaxis()
    for place, (by, *_) in enumerate(kept):
        if by in GROUPS and kept[place - 1][0] != by:
            position = (0, heights[place] - 0.72)
            axes.annotate(
                GROUPS[by],
                position,
                xycoords=axes.get_yaxis_transform(),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                weight="bold",
            )
    axes.tick_params(axis="y", length=0)


def left_out_note(small):
    """Sentence on groups that are too small to be shown."""
    return f"Fewer than {SMALLEST} persons, not shown: {', '.join(small)}.\n" if small else ""


def groups_figure(one):
    """H and M0 with intervals by group, under both specifications."""
    kept, small = group_rows(one.estimates)
    heights = positions(kept)
    flagged = one.estimates.flag("ine-chile-2020").select("H", "M0").to_pandas()
    size = (8.6, 1.7 + 0.27 * heights[-1])
    figure, panels = plt.subplots(1, 2, figsize=size, sharey=True)
    for axes, measure, title, scale in zip(
        panels,
        ("H", "M0"),
        ("H: poor, % of persons", "M0: adjusted headcount"),
        (100, 1),
        strict=True,
    ):
        for spec, colour, offset in ((colombia, BLUE, -0.17), (uruguay, RED, 0.17)):
            own = flagged[(flagged["measure"] == measure) & (flagged["category"] == spec.id)]
            for (by, group, *_), y in zip(kept, heights, strict=True):
                same = own["group"].isna() if group is None else own["group"] == group
                row = own[(own["by"] == by) & same].iloc[0]
                low, high = (scale * row[end] for end in ("ci_low", "ci_high"))
                axes.plot([low, high], [y + offset] * 2, color=colour, lw=1.3, alpha=0.75)
                marker, filled = POINTS.get(row["flag"], ("o", False))
                axes.plot(
                    scale * row["estimate"],
                    y + offset,
                    marker,
                    color=colour,
                    mfc=colour if filled else "white",
                    ms=5,
                )
        axes.set_xlim(left=0)
        axes.set_xlabel(title)
        axes.grid(axis="x", color=GREY, lw=0.5)
    label_rows(panels[0], kept, heights)
    panels[1].tick_params(axis="y", length=0)
    for flag, (marker, filled) in POINTS.items():
        fill = "#777777" if filled else "white"
        panels[1].plot([], [], marker, color="#777777", mfc=fill, ms=5, label=flag)
    panels[1].legend(
        loc="lower left",
        bbox_to_anchor=(-0.05, 1.0),
        ncols=3,
        borderaxespad=0,
        columnspacing=0.8,
        handletextpad=0,
    )
    panels[0].plot([], [], "o-", color=BLUE, label="Colombia's rules")
    panels[0].plot([], [], "o-", color=RED, label="Uruguay's rules")
    panels[0].legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0)
    figure.suptitle(
        f"{one.title}: poor by the rules of two countries", x=0.01, ha="left", weight="bold"
    )
    figure.tight_layout(rect=(0, 0.06, 1, 0.99))
    notes = "Lines: 95 % intervals. In brackets: persons in the sample.\n"
    source_line(figure, f"{notes}{left_out_note(small)}Source: {one.source}")
    plt.show()


# %% tags=["shared-data"]
on("ech", groups_figure)

# %%
on("synthetic", groups_figure)


# %% [markdown]
# ## 7. Who is poor under both, under one, under neither


# %%
def stacked(axes, frame, classes, kept, least):
    """Bars of the classes, one row a group; shares from `least` percent on are written in."""
    heights = positions(kept)
    start = np.zeros(len(kept))
    for category, (label, colour) in classes.items():
        own = frame[frame["category"] == category]
        shares = []
        for by, group, *_ in kept:
            same = own["group"].isna() if group is None else own["group"] == group
            shares.append(100 * own[(own["by"] == by) & same]["estimate"].iloc[0])
        axes.barh(heights, shares, left=start, color=colour, height=0.72, label=label)
        ink = DARK if colour in (GREY, YELLOW) else "white"
        for y, left, share in zip(heights, start, shares, strict=True):
            if share >= least:
                middle = left + share / 2
                axes.text(middle, y, f"{share:.0f}", ha="center", va="center", color=ink)
        start += shares
    label_rows(axes, kept, heights)
    axes.set_ylim(heights[-1] + 0.8, heights[0] - 0.8)
    axes.set_xlim(0, 100 if start.max() > 99 else 1.06 * start.max())


def stacked_figure(one, estimates, measure, classes, *, title, least, legend, unit):
    """Shares of the population in each class, by group."""
    kept, small = group_rows(estimates)
    figure, axes = plt.subplots(figsize=(8.6, 1.7 + 0.25 * positions(kept)[-1]))
    stacked(axes, estimates.select(measure).to_pandas(), classes, kept, least)
    axes.set_xlabel(unit)
    axes.legend(
        loc="lower left", bbox_to_anchor=(legend, 1.0), ncols=4, borderaxespad=0, columnspacing=1
    )
    figure.suptitle(f"{one.title}: {title}", x=0.01, ha="left", weight="bold")
    figure.tight_layout(rect=(0, 0.06, 1, 0.99))
    source_line(figure, f"{left_out_note(small)}Source: {one.source}")
    plt.show()


VERDICTS = {
    "both": ("poor under both", DARK),
    f"only {colombia.id}": ("only by Colombia's rules", BLUE),
    f"only {uruguay.id}": ("only by Uruguay's rules", RED),
}


def overlap_figure(one):
    """Who is poor under both and under one of the two indices, by group."""
    stacked_figure(
        one,
        one.estimates,
        "overlap",
        VERDICTS,
        title="where the two agree",
        least=2.5,
        legend=0,
        unit="% of persons; the others are poor under neither",
    )


# %% tags=["shared-data"]
on("ech", overlap_figure)

# %%
on("synthetic", overlap_figure)

# %% [markdown]
# ## 8. Why they differ
#
# From Uruguay's specification to Colombia's there are five switches: the cutoff, the weights, the rules of the matched indicators, and the indicators that only one of the two has. The share of each is its mean effect over all 120 orders of switching (Shapley's rule), with a standard error. The shares add up to the difference.

# %%
def signed(number, digits=1):
    """A number with its sign."""
    return f"{number:+.{digits}f}".replace("-", "−")


def waterfall(measure):
    """A function that draws why a measure differs, for a survey."""
    return lambda one: mpi.figures.waterfall(
        one.comparison,
        measure=measure,
        title=f"{one.title}: from Uruguay's {measure} to Colombia's",
        source=one.source,
    )


# %% [markdown]
# Extract of the ECH 2018:

# %% tags=["shared-data"]
on("ech", waterfall("M0"))

# %% [markdown]
# Synthetic survey:

# %%
on("synthetic", waterfall("M0"))

# %% [markdown]
# Two switches need a word. *Indicators of Colombia alone come in* lowers poverty where hardly anybody is deprived in them: they take weight, and the score is shared out over more. *Indicators of Uruguay alone drop out* has both effects at once: deprivations go, and the weight of those that stay grows.
#
# Matched indicators carry the same name and need not see the same people. The rates by each rule, uncensored, that is of everybody, poor or not:


# %%
def rate_rows():
    """Subjects of the two indices, matched ones first."""
    pairs = [(subject, c, u) for subject, c, u, _ in SUBJECTS if c or u]
    return sorted(pairs, key=lambda row: (row[1] is None or row[2] is None, row[1] is None))


def rates_figure():
    """Deprived by each rule, and by both, of every indicator."""
    rows = rate_rows()
    figure, panels = plt.subplots(1, len(samples), figsize=(8.8, 6.2), sharey=True, squeeze=False)
    for axes, one in zip(panels[0], samples.values(), strict=True):
        for y, (_, c, u) in enumerate(rows):
            have = c in one.comparison.first.indicators if c else False
            a = (
                100 * one.estimates.get("hd", indicator=c, category=colombia.id).estimate
                if have
                else None
            )
            b = (
                100 * one.estimates.get("hd", indicator=u, category=uruguay.id).estimate
                if u
                else None
            )
            if c and u:
                both = 100 * one.estimates.get("hd_both", indicator=c).estimate
                axes.plot([a, b], [y, y], color=GREY, lw=2.5, zorder=1)
                axes.plot(both, y, "|", color=DARK, ms=11, mew=1.8, zorder=2)
            if a is not None:
                axes.plot(a, y, "o", color=BLUE, ms=6, zorder=3)
            if b is not None:
                axes.plot(b, y, "D", color=RED, ms=5, mfc="none", mew=1.6, zorder=4)
            if c and not have:
                axes.text(
                    1, y, "not in this survey: left out", fontsize=7.5, va="center", style="italic"
                )
        axes.axhline(len(MATCHES) - 0.5, color="#888888", lw=0.8)
        axes.set_title(one.title)
        axes.set_xlabel("Deprived, % of persons (uncensored)")
        axes.set_xlim(-2, 100)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=GREY, lw=0.5)
    panels[0][0].set_yticks(range(len(rows)), [subject for subject, *_ in rows])
    panels[0][0].invert_yaxis()
    panels[0][-1].plot([], [], "o", color=BLUE, label="by Colombia's rule")
    panels[0][-1].plot([], [], "D", color=RED, mfc="none", mew=1.6, label="by Uruguay's rule")
    panels[0][-1].plot([], [], "|", color=DARK, ms=11, mew=1.8, label="by both rules")
    panels[0][-1].legend(loc="center right")
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    sources = "\n".join(f"Source: {one.source}" for one in samples.values())
    source_line(figure, f"Above the line: matched indicators.\n{sources}")
    plt.show()


rates_figure()


# %% [markdown]
# Of some indicators the name alone shows that a threshold was made for one place. Uruguay asks for a source of heating; the synthetic survey resembles a country that is mostly warm:

# %%
cold = samples["synthetic"].estimates.get("hd", indicator="heating", category=uruguay.id)
print(
    f"{pct(cold.estimate)} of the persons of the synthetic survey live without heating, which is "
    "one deprivation of fifteen for Uruguay's index."
)

# %% [markdown]
# ### The rights-based measure of Uruguay
#
# Its Deprivation Index is the number of dimensions, of four, with any right unmet: education, health, housing, work and social security. A reconstruction: what MIDES computed in 2012 is not known.


# %%
def index_figure():
    """Distribution of the number of dimensions, with its mean."""
    figure, axes = plt.subplots(figsize=(8.4, 3.3))
    width = 0.8 / len(samples)
    for place, (one, colour) in enumerate(zip(samples.values(), (GREEN, YELLOW), strict=False)):
        counts = [one.rights.get("dimension_count", category=str(n)) for n in range(5)]
        x = np.arange(5) + (place - (len(samples) - 1) / 2) * width
        mean = one.rights.get("mean_dimensions")
        label = f"{one.title}: mean {mean.estimate:.2f} (se {mean.se:.2f})"
        axes.bar(x, [100 * c.estimate for c in counts], width * 0.92, color=colour, label=label)
        low = [100 * (c.estimate - c.ci_low) for c in counts]
        high = [100 * (c.ci_high - c.estimate) for c in counts]
        tops = [100 * c.estimate for c in counts]
        axes.errorbar(x, tops, yerr=[low, high], fmt="none", color=DARK, lw=1, capsize=2)
        for here, count in zip(x, counts, strict=True):
            axes.text(here, 100 * count.ci_high + 1, pct(count.estimate), ha="center", fontsize=8)
    axes.set_xlabel("Dimensions of four with an unmet right")
    axes.set_ylabel("% of persons")
    axes.set_xticks(range(5))
    axes.set_ylim(0, 1.45 * axes.get_ylim()[1])
    axes.legend(loc="upper right")
    axes.set_title("Deprivation Index (uruguay-rights-2012, reconstruction)")
    figure.tight_layout(rect=(0, 0.05 + 0.04 * len(samples), 1, 1))
    sources = "\n".join(f"Source: {one.source}" for one in samples.values())
    source_line(figure, f"Whiskers: 95 % intervals.\n{sources}")
    plt.show()


index_figure()


# %% [markdown]
# Income and rights together. The income line is that of each survey: in the extract INE's of 2006, household total against the line of the household. That MIDES combined the two spaces in this way is not confirmed; it is done as CONEVAL does in Mexico.

# %%
SPACES = {
    "poor_in_both": ("unmet right and below the line", DARK),
    "rights_only": ("unmet right only", GREEN),
    "income_only": ("below the line only", YELLOW),
    "neither": ("neither", GREY),
}


def spaces(one):
    """The four classes for everybody, with depth."""
    rows = []
    for category, (words, _) in SPACES.items():
        share = one.rights.get("category", category=category)
        row = {"class": words, "persons": pct(share.estimate), "interval of 95 %": interval(share)}
        deep = category in ("poor_in_both", "rights_only")
        depth = one.rights.get("depth", category=category) if deep else None
        rows.append(row | {"dimensions on average": f"{depth.estimate:.2f}" if deep else "0"})
    return table(pd.DataFrame(rows))


def spaces_figure(one):
    """The four classes, of everybody and by region."""
    return mpi.figures.quadrants(
        one.rights,
        "region",
        title=f"{one.title}: income and rights (reconstruction)",
        source=one.source,
    )


# %% [markdown]
# Extract of the ECH 2018:

# %% tags=["shared-data"]
on("ech", spaces)

# %% tags=["shared-data"]
on("ech", spaces_figure)

# %% [markdown]
# Synthetic survey:

# %%
on("synthetic", spaces)

# %%
on("synthetic", spaces_figure)

# %% [markdown]
# ## 9. In plain language
#
# For the reader who decides and does not compute. Every number is filled in by the cell.

# %%
REASONS = {
    "cutoff": "the cutoffs, a third of the score against 4 of 15",
    "weights": "the weights",
    "rules": "the thresholds of indicators that both have",
    f"indicators of {colombia.id} only": "indicators that only Colombia has",
    f"indicators of {uruguay.id} only": "indicators that only Uruguay has",
}


def widest_gap(one, spec, by):
    """The groups of a variable with the highest and the lowest H, and whether chance explains it.

    The widest of many gaps is wide by chance too, so its p-value is adjusted for all pairs (Holm).
    """
    kept, _ = group_rows(one.estimates)
    figures = {
        label: one.estimates.get("H", category=spec.id, **{by: group})
        for grouping, group, label, _ in kept
        if grouping == by
    }
    ordered = sorted(figures, key=lambda label: figures[label].estimate)
    pairs = {f"{a} - {b}": figures[a] - figures[b] for a, b in combinations(ordered[::-1], 2)}
    tested = one.estimates.contrast(pairs).adjust("holm").to_pandas().set_index("contrast")
    chance = tested.loc[f"{ordered[-1]} - {ordered[0]}", "p_adjusted"] >= 0.05
    top, bottom = ((label, figures[label].estimate) for label in (ordered[-1], ordered[0]))
    return top, bottom, chance


def on_groups(one, by, what):
    """Sentence on the widest gap between groups by both rules."""
    shown = [label for grouping, _, label, _ in group_rows(one.estimates)[0] if grouping == by]
    if len(shown) < 2:
        return f"**{what}** the sample allows no comparison; it shows {', '.join(shown)} only."
    words = []
    for country, spec in (("Colombia's", colombia), ("Uruguay's", uruguay)):
        (top, high), (bottom, low), chance = widest_gap(one, spec, by)
        clear = "which may be chance" if chance else "more than chance explains"
        words.append(
            f"by {country} rules {pct(high)} ({top}) against {pct(low)} ({bottom}), {clear}"
        )
    return f"**{what}** {'; '.join(words)}."


def on_the_gap(one):
    """How many are poor by each, whether they are the same people, and why."""
    get = one.estimates.get
    figures = {
        "Colombia's": get("H", category=colombia.id).estimate,
        "Uruguay's": get("H", category=uruguay.id).estimate,
    }
    more, less = sorted(figures, key=figures.get, reverse=True)
    gap = get("H_difference") if more == "Colombia's" else -get("H_difference")
    clear = "is more than" if gap.p_value < 0.05 else "may be what"
    both, only_c, only_u = (get("overlap", category=category).estimate for category in (*VERDICTS,))
    steps = {switch: 100 * get("H_attribution", category=switch).estimate for switch in REASONS}
    first, second = sorted(steps, key=lambda switch: -abs(steps[switch]))[:2]
    return f"""**How many are poor.** By {more} rules {pct(figures[more])} of the persons live in a poor household, by {less} {pct(figures[less])}. The same people, the same answers; the gap of {100 * gap.estimate:.1f} points ({100 * gap.ci_low:.1f} to {100 * gap.ci_high:.1f}) {clear} chance explains.

**Are they the same people?** {pct(both)} are poor under both, {pct(only_u)} only by Uruguay's rules and {pct(only_c)} only by Colombia's. Of all who are poor by either, {pct(both / (both + only_c + only_u), 0)} are poor by both. A programme that takes one list instead of the other reaches other families.

**Why.** The largest part of the gap comes from {REASONS[first]} ({signed(steps[first])} points on the way from Uruguay's figure to Colombia's), the next from {REASONS[second]} ({signed(steps[second])}). These are reasons in the definitions. They say nothing of living conditions in the two countries."""


def on_indicators(one):
    """Matched indicators that are furthest apart, and the two of unemployment."""
    get = one.estimates.get
    rates = {
        c: tuple(
            figure.estimate
            for figure in (
                get("hd", indicator=c, category=colombia.id),
                get("hd", indicator=u, category=uruguay.id),
                get("hd_both", indicator=c),
            )
        )
        for c, u in MATCHES.items()
    }
    names = {c: subject.lower() for subject, c, *_ in SUBJECTS}
    apart = max(rates, key=lambda c: abs(rates[c][0] - rates[c][1]))
    by_c, by_u, by_both = (pct(rate) for rate in rates["long_term_unemployment"])
    return f"""**The same word, another thing.** Of the subjects that both measure they are furthest apart in {names[apart]}: {pct(rates[apart][0])} live in a household that is deprived by Colombia's rule, {pct(rates[apart][1])} by Uruguay's. Rates hide more than that. Unemployment marks {by_c} by Colombia's rule, {by_u} by Uruguay's, and {by_both} by both: Colombia asks for a year of search, and counts households without anybody in the labour force; Uruguay asks for four weeks, and counts those who have given up."""


def on_rights(one):
    """The Deprivation Index and the two spaces."""
    in_both, in_rights = (
        one.rights.get("category", category=c).estimate for c in ("poor_in_both", "rights_only")
    )
    mean = one.rights.get("mean_dimensions").estimate
    seen = one.by_rights.estimates.get("overlap", category="both").estimate
    poor = one.by_rights.estimates.get("H", category=colombia.id).estimate
    return f"""**Rights.** Uruguay's rights-based reading of 2012, as reconstructed here, finds an unmet right in {mean:.2f} of four areas on average. {pct(in_both)} have an unmet right and an income below the line; {pct(in_rights)} have an unmet right and an income that is not below it: an income line alone does not see them. Of the poor by Colombia's rules, {pct(seen / poor, 0)} have an unmet right here."""


def caveats(one):
    """What cannot be concluded."""
    left_out = [f for f in one.estimates.findings if f.code == "INDICATOR_LEFT_OUT"]
    _, small = group_rows(one.estimates)
    h = one.estimates.get("H", category=uruguay.id)
    lines = [
        one.about,
        "Not which country is poorer. Two yardsticks were laid on one population, not one on two.",
        "Not that one measure is right. A high figure is a demanding definition, or a poor population.",
        "Not what a policy would change. The parts of the gap belong to definitions.",
    ]
    if left_out:
        lines.append(
            f"{len(left_out)} of Colombia's {len(colombia.indicators)} indicators cannot be computed "
            'from this survey. Their weight went to others, so "Colombia\'s rules" are not quite '
            "Colombia's here."
        )
    if small:
        lines.append(
            f"Nothing can be said of these groups, with too few persons: {', '.join(small)}."
        )
    lines += [
        f"{finding.count} of {finding.of} strata have a single PSU, so that standard errors rest on "
        "a choice."
        for finding in one.estimates.findings.of_code("LONELY_PSU")
    ]
    lines += [
        f"The figures rest on {h.n:,} persons. For H by Uruguay's rules they are worth a simple "
        f"random sample of about {h.n / h.deff:,.0f}. Differences that may be chance are not to be "
        "quoted.",
        "Uruguay's two measures are reconstructions: no figure of INE or MIDES is reproduced.",
    ]
    return "\n".join(["**What cannot be concluded**", "", *(f"- {line}" for line in lines)])


def reading(one):
    """The results of a survey in plain words."""
    women = "Poverty is a fact of the household here: women and men who live together are poor together."
    parts = [
        f"### {one.title}",
        on_the_gap(one),
        on_indicators(one),
        on_groups(one, "age_group", "Age:"),
        f"{on_groups(one, 'sex', 'Women and men:')} {women}",
        on_groups(one, "region", "Regions:"),
        on_groups(one, "ethnicity", "Ethnic groups:"),
        on_rights(one),
        caveats(one),
    ]
    text = "\n\n".join(parts)
    return Shown(text, markdown=text)


# %% tags=["shared-data"]
on("ech", reading)

# %%
on("synthetic", reading)

# %% [markdown]
# ## 10. Sources
#
# - DANE: Índice de Pobreza Multidimensional, rules in force 2018–2025; Angulo, Díaz and Pardo (2011), DNP, Archivos de Economía 382.
# - INE (Uruguay): Encuesta Continua de Hogares 2018, teaching extract with all variables; Índice de Pobreza Multidimensional, launched on 19 February 2025, as reported by la diaria, Búsqueda and Metropolitano.
# - MIDES (Uruguay): exercise of July to December 2012, by the summary of an OAS workshop of 2013.
# - Shares of the difference: Shorrocks (2013), *Journal of Economic Inequality* 11. Reliability: INE Chile (2020), quality standard for household surveys.
#
# The pages [Comparison](../docs/compare.md), [Norms](../docs/norms.md) and [Standard errors](../docs/inference.md) explain the methods. To change what is compared, edit `SUBJECTS` and run all cells.
