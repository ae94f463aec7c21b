"""Commands that show what there is: demo, specifications, codebooks, checks, a report."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path

from mpi import reporting
from mpi.commands import options as given
from mpi.display import visible
from mpi.errors import SurveyError


def demo(options: argparse.Namespace) -> None:
    """Estimate Colombia's index on a synthetic survey."""
    import mpi  # noqa: PLC0415 -- heavy imports happen where they are used
    from mpi.summary import summary  # noqa: PLC0415

    given.check_workbook(options, options.xlsx)
    reporting.check(options.report, options.language)
    given.check_kept(options)
    print(
        f"A synthetic survey of {options.households:,} households (seed {options.seed}), made to "
        "resemble Colombia in 2025: no real person is in it.\n"
    )
    survey = mpi.datasets.synthetic_survey(options.households, seed=options.seed)
    spec = mpi.specification("colombia-dane")
    print(f"{survey}\n{spec.label()}: {len(spec.indicators)} indicators, cutoff {spec.cutoff}.\n")
    profiles = mpi.tabulate(survey, spec, by=["area", "region"])
    estimates = profiles.estimate(["1/3", "1/2"])
    print(summary(estimates))
    print(
        "\nThe rules of 'colombia-dane' were applied to every person and household, the "
        "deprivations\ncounted with exact weights, and the figures computed from the profile table."
        "\nNext: mpi show colombia-dane; mpi estimate --help"
    )
    if options.xlsx is not None:
        mpi.workbook(estimates, options.xlsx, language=options.language)
        print(visible(f"{len(estimates):,} estimates written to {options.xlsx}"))
    if options.report is not None:
        source = reporting.SYNTHETIC[options.language]
        mpi.html_report(profiles, options.report, language=options.language, source=source, k="1/2")
        print(visible(f"report written to {options.report}"))


def report(options: argparse.Namespace) -> None:
    """Write a report of saved profile tables."""
    given.check_kept(options)
    reporting.report(options)
    print(visible(f"report written to {options.out}"))


def specs(options: argparse.Namespace) -> None:  # noqa: ARG001
    """List the bundled specifications."""
    from mpi.display import text_table  # noqa: PLC0415
    from mpi.spec.files import bundled, specification  # noqa: PLC0415

    specs = [specification(name) for name in bundled("spec")]
    rows = [
        (s.id, len(s.indicators), s.cutoff, s.unit, _standing(s.status, s.lacks), s.label())
        for s in specs
    ]
    print(text_table(("id", "indicators", "cutoff", "unit", "status", "title"), rows))


def _standing(status: str | None, lacks: Sequence[str]) -> str:
    """Status of a specification; incomplete if figures cannot be computed from it."""
    return "incomplete" if lacks else status or ""


def codebooks(options: argparse.Namespace) -> None:  # noqa: ARG001
    """List the bundled codebooks."""
    from mpi.display import text_table  # noqa: PLC0415
    from mpi.spec.files import bundled  # noqa: PLC0415
    from mpi.survey.codebook import codebook  # noqa: PLC0415

    books = [codebook(name) for name in bundled("survey")]
    rows = [(book.id, len(book.variable), book.label()) for book in books]
    print(text_table(("id", "variables", "title"), rows))


def show(options: argparse.Namespace) -> None:
    """Show a specification or a codebook."""
    from mpi.spec.files import bundled, library, read_text, specification  # noqa: PLC0415
    from mpi.survey.codebook import codebook  # noqa: PLC0415

    if options.spec in bundled("survey") or _describes_codebook(options.spec):
        book = codebook(options.spec)
        if options.toml:
            print(read_text(options.spec, library("survey"), kind="codebook", error=SurveyError)[0])
            return
        print(visible("\n".join([str(book), book.description, *book.overview()])))
        return
    spec = specification(options.spec)
    if options.toml:
        print(spec.to_toml(), end="")
        return
    print(spec)
    for text in (spec.description, *spec.sources):
        if text:
            print(visible(f"\n{text}"))


def _describes_codebook(path: str) -> bool:
    """Whether a file has variables, which a specification has not."""
    try:
        return "variable" in tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False  # reading it as a specification says what is wrong


def schema(options: argparse.Namespace) -> None:  # noqa: ARG001
    """Print the JSON Schema of specification files."""
    from mpi.spec.files import json_schema  # noqa: PLC0415

    print(json_schema(), end="")


def check(options: argparse.Namespace) -> None:
    """Check a specification, and whether data fit it."""
    from mpi import api  # noqa: PLC0415
    from mpi.spec.files import bundled  # noqa: PLC0415
    from mpi.survey.codebook import codebook  # noqa: PLC0415

    if options.spec in bundled("survey") or _describes_codebook(options.spec):
        print(visible(f"{codebook(options.spec)}: the file is right."))
        return
    spec = given.specification(options)
    survey = given.survey(options) if options.data or options.households else None
    data = survey if survey is not None and options.codebook else options.codebook
    findings = list(api.check(spec, data, strict=options.strict))
    print(f"{spec.id}: the file is right.")
    lacking = any(finding.code == "VARIABLE_NOT_GIVEN" for finding in findings)
    if survey is not None and (not lacking or options.absent != "fail"):
        profiles = api.tabulate(survey, spec, absent=options.absent)
        findings += [finding for finding in profiles.findings if finding not in findings]
        complete = profiles.estimate(missing="drop", se=False).get("H").n
        print(f"{profiles.n:,} persons are counted, {complete:,} of them with every indicator.")
    elif survey is not None:
        print("Not computed: variables are not given; --absent leaves their indicators out.")
    for finding in findings:
        print(f"  {finding}")
