"""Reports of real surveys: Colombia's departments and Mexico's states, in both languages.

Sources: DANE, Gran Encuesta Integrada de Hogares 2018, prepared at CEPAL; INEGI, ENIGH 2016.
"""

from __future__ import annotations

import re

import pytest

import mpi


def colombia(microdata):
    persons = microdata("colombia-geih-2018") / "persons.parquet"
    book = "colombia-geih-2018"
    survey = mpi.Survey(persons, codebook=book, lonely_psu="adjust", date="2018")
    return mpi.tabulate(survey, "cepal-sae-8", by=["department", "area"])


def mexico(microdata):
    folder = microdata("mexico-enigh-2016")
    tables = (folder / f"{name}.parquet" for name in ("persons", "households", "dwellings"))
    survey = mpi.Survey(*tables, codebook="mexico-enigh-2016", date="2016")
    by = ["state", "sex"]
    return mpi.tabulate(survey, "mexico-coneval-2008", by=by, absent="reweight-dimension")


@pytest.mark.parametrize(
    ("made", "groups", "of_groups"), [(colombia, "department", 24), (mexico, "state", 32)]
)
def test_every_group_has_its_figure_in_both_languages(microdata, tmp_path, made, groups, of_groups):
    profiles = made(microdata)
    found = profiles.estimate().select("H").to_pandas()
    of = found[found["by"] == groups].set_index("group")["estimate"]
    assert len(of) == of_groups
    for language, mark in (("en", "."), ("es", ",")):
        path = tmp_path / f"{language}.html"
        mpi.html_report(profiles, path, language=language)
        text = path.read_text(encoding="utf-8")
        assert len(text) < 5_000_000
        section = re.search(r'<section id="group-1".*?</table>', text, re.DOTALL)[0]
        rows = re.findall(r'<th scope="row">(.*?)</th><td class="n">(.*?)</td>', section)
        shown = {label: value for label, value in rows if label in of.index}
        assert shown == {label: f"{100 * v:.1f}".replace(".", mark) for label, v in of.items()}
        national = found[found["by"] == "national"]["estimate"].iloc[0]
        card = re.search(r'<p class="value">([\d.,]+)', text)[1]
        assert card == f"{100 * national:.1f}".replace(".", mark)
