"""The commands of the command line; the only place that prints, beside its errors."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi import reporting
from mpi.display import visible
from mpi.errors import EstimationError, Problem, Problems, SurveyError
from mpi.exact import fraction

if TYPE_CHECKING:
    from mpi.results import Result
    from mpi.spec.model import Specification
    from mpi.survey.survey import Survey

_WORKBOOK = ".xlsx"


def demo(options: argparse.Namespace) -> None:
    """Estimate Colombia's index on a synthetic survey."""
    import mpi  # noqa: PLC0415 -- heavy imports happen where they are used
    from mpi.summary import summary  # noqa: PLC0415

    _check_workbook(options, options.xlsx)
    reporting.check(options.report, options.language)
    _check_kept(options)
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
    _check_kept(options)
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
    spec = _specification(options)
    survey = _survey(options) if options.data or options.households else None
    given = survey if survey is not None and options.codebook else options.codebook
    findings = list(api.check(spec, given, strict=options.strict))
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


def _specification(options: argparse.Namespace) -> Specification:
    """The specification, with the parameters that are set."""
    from mpi.spec.files import specification  # noqa: PLC0415

    spec = specification(options.spec)
    values, problems = {}, []
    for text in options.parameters:
        name, equals, number = text.partition("=")
        try:
            values[name.strip()] = float(number) if "." in number else int(number)
        except ValueError:
            found = f"{text!r} sets no parameter" if equals else f"{text!r} has no value"
            problems.append(Problem("--set", found, "Write NAME=NUMBER, such as class8_age=14."))
    if problems:
        raise EstimationError(spec.id, problems)
    return spec.with_parameters(**values) if values else spec


def estimate(options: argparse.Namespace) -> None:
    """Estimate the measures of a specification."""
    from mpi import output  # noqa: PLC0415
    from mpi.api import tabulate  # noqa: PLC0415
    from mpi.choices import Choices  # noqa: PLC0415
    from mpi.progress import progress_bar  # noqa: PLC0415
    from mpi.request import make_request  # noqa: PLC0415
    from mpi.summary import summary  # noqa: PLC0415

    if options.data is None and options.spec.endswith(".parquet"):
        _estimate_profiles(options)
        return
    if options.profiles is not None:
        output.check_place(options.profiles)
    _check_out(options)
    spec = _specification(options)
    _check_flags(options)
    choices = _choices(options)
    make_request(
        spec,
        options.k,
        missing=options.missing,
        count=options.count,
        choices=Choices(lonely_psu=options.lonely_psu, **choices),
    )
    _check_data(options)
    with progress_bar() as progress:
        profiles = tabulate(
            _survey(options),
            spec,
            by=_by(options.by),
            absent=options.absent,
            se=options.se,
            engine=options.engine,
            engine_options=_engine_options(options),
            progress=progress,
        )
        estimates = profiles.estimate(
            options.k, missing=options.missing, count=options.count, se=options.se, **choices
        )
    if options.flag is not None:
        estimates = estimates.flag(options.flag, suppress=options.suppress)
    if options.profiles is not None:
        profiles.save(options.profiles)
    _tell(options, estimates, summary(estimates) if options.out is None else "")


def _engine_options(options: argparse.Namespace) -> dict[str, object]:
    """What the engine is told beside its name."""
    if options.master is None:
        return {}
    if options.engine != "spark":
        found = "--master says where Spark runs, and Spark is not the engine"
        raise SurveyError("estimate", [Problem("", found, remedy="Add --engine spark.")])
    return {"master": options.master}


# options of `mpi estimate` that say something about microdata, with what they are if left out
_OF_MICRODATA: dict[str, object] = {
    **dict.fromkeys(("households", "dwellings", "codebook", "household_id", "person_id")),
    **dict.fromkeys(("dwelling_id", "weight", "strata", "psu", "fpc", "where", "date")),
    "law_as_of": None,
    "profiles": None,
    "size": "household_size",
    "absent": "fail",
    "parameters": [],
    "engine": None,
    "master": None,
}
# options that are decided when profile tables are published
_DECIDED: dict[str, object] = {
    **dict.fromkeys(("df", "interval", "level", "replicates", "number", "seed", "missing", "flag")),
    "count": "persons",
    "lonely_psu": "fail",
    "se": True,
    "suppress": False,
}
_WRITTEN = {"parameters": "set", "se": "no-se"}


def _estimate_profiles(options: argparse.Namespace) -> None:
    """Estimate from a file of profile tables, without microdata."""
    from mpi.profiles import Profiles, load_profiles  # noqa: PLC0415
    from mpi.summary import summary  # noqa: PLC0415

    _check_out(options)
    found = "is about microdata, and a file of profile tables is given"
    _refuse_given(options, _OF_MICRODATA, found, "Leave it out, or give SPEC and DATA.")
    profiles = load_profiles(options.spec)
    if options.by:
        profiles = profiles.only(_by(options.by))
    if isinstance(profiles, Profiles):
        _check_flags(options)
        choices = _choices(options)
        if options.lonely_psu != "fail":  # else what was chosen when they were tabulated
            choices["lonely_psu"] = options.lonely_psu
        se = options.se and profiles.sampled is not None
        estimates = profiles.estimate(
            options.k, missing=options.missing, count=options.count, se=se, **choices
        )
        if options.flag is not None:
            estimates = estimates.flag(options.flag, suppress=options.suppress)
    else:
        found = "was decided when the tables were published"
        _refuse_given(options, _DECIDED, found, "Leave it out.")
        estimates = profiles.estimate(options.k)
    _tell(options, estimates, summary(estimates) if options.out is None else "")


def _refuse_given(
    options: argparse.Namespace, unused: Mapping[str, object], found: str, remedy: str
) -> None:
    """Refuse options that have no meaning here; all of them at once."""
    problems = Problems(options.spec, EstimationError)
    for name, usual in unused.items():
        if getattr(options, name) != usual:
            written = _WRITTEN.get(name, name).replace("_", "-")
            problems.add(f"--{written}", found, remedy=remedy)
    problems.raise_if_any()


def compare(options: argparse.Namespace) -> None:
    """Compare two specifications on the same people."""
    from mpi.analysis.compare import compare as compared  # noqa: PLC0415
    from mpi.progress import progress_bar  # noqa: PLC0415
    from mpi.spec.files import specification  # noqa: PLC0415

    _check_out(options)
    choices = _choices(options)
    first, second = _specification(options), specification(options.other)
    matches = _matches(options.matches)
    _check_data(options)
    with progress_bar() as progress:
        progress("reading and comparing", 0, 1)
        found = compared(
            _survey(options),
            first,
            second,
            by=_by(options.by),
            matches=matches,
            missing=options.missing,
            absent=options.absent,
            count=options.count,
            se=options.se,
            **choices,
        )
        progress("reading and comparing", 1, 1)
    _tell(options, found.estimates, f"{found!r}" if options.out is None else "")


def targets(options: argparse.Namespace) -> None:
    """Compare figures with targets."""
    from mpi.analysis.targets import targets as assessed  # noqa: PLC0415

    _check_out(options)
    found = assessed(options.series, options.targets, year=options.year, percent=options.percent)
    _tell(options, found, f"{found!r}" if options.out is None else "", what="targets")


def run(options: argparse.Namespace) -> int:
    """Carry out a plan; 1 if a wave failed."""
    from mpi.batch.runs import run as carried_out  # noqa: PLC0415
    from mpi.display import text_table  # noqa: PLC0415
    from mpi.progress import progress_bar  # noqa: PLC0415

    try:
        with progress_bar() as progress:
            found = carried_out(
                options.plan,
                dry_run=options.dry_run,
                jobs=options.jobs,
                memory=options.memory,
                progress=progress,
            )
    except KeyboardInterrupt:
        told = (
            "interrupted; waves that were finished are kept, and the next run goes on with the rest"
        )
        print(f"mpi: {told}", file=sys.stderr)
        return 130
    rows = found.to_arrow().select(["wave", "specification", "outcome", "why"]).to_pylist()
    shown = [
        [row["wave"], row["specification"], row["outcome"], row["why"] or ""]
        for row in rows
        if row["outcome"] != "failed"
    ]
    if shown:
        print(text_table(("wave", "specification", "outcome", "why"), shown))
    print(visible(f"{found.counts()}; results in {os.path.relpath(found.folder)}"))
    others = type(found.findings)(f for f in found.findings if f.code != "WAVE_FAILED")
    for line in others if options.findings else others.summary():
        print(f"! {line}")
    sys.stdout.flush()
    for sentence in found.failures:
        print(visible(f"mpi: {sentence}"), file=sys.stderr)
    return 1 if found.failures else 0


def _tell(
    options: argparse.Namespace, result: Result, text: str, *, what: str = "estimates"
) -> None:
    """Print a summary, or write the rows to a file and say so; then every finding if asked."""
    if options.out is None:
        print(text)
    else:
        if options.out.suffix.lower() == _WORKBOOK:
            from mpi.report.workbook.book import workbook  # noqa: PLC0415 -- heavy, an extra

            workbook(result, options.out, language=options.language)
        else:
            result.save(options.out)
        print(visible(f"{len(result):,} {what} written to {options.out}"))
        for line in result.findings.summary():
            print(f"! {line}")
    for finding in result.findings if options.findings else ():
        print(finding)


def _matches(words: Sequence[str]) -> dict[str, str]:
    """Indicators of the first that are those of the second, written ``a=b``."""
    problems = Problems("compare", EstimationError)
    found = {}
    for word in words:
        a, equal, b = (part.strip() for part in word.partition("="))
        if not (a and equal and b):
            problems.add(
                "--match", f"{word!r} is no pair", remedy="Write --match excreta=sanitation."
            )
        found[a] = b
    problems.raise_if_any()
    return found


def _check_data(options: argparse.Namespace) -> None:
    if not options.data and not options.households:
        found = "no file of microdata is given"
        raise EstimationError("microdata", [Problem("", found, "Give DATA or --households.")])


def _choices(options: argparse.Namespace) -> dict[str, Any]:
    """How uncertainty is computed, as arguments of `Profiles.estimate`; what is left out is not."""
    from mpi.survey.design import Replicates  # noqa: PLC0415

    problems = Problems("options", EstimationError)
    given = {n: getattr(options, n) for n in ("df", "interval", "level", "replicates")}
    chosen = {name: value for name, value in given.items() if value is not None}
    bootstrap = {n: getattr(options, n) for n in ("number", "seed")}
    bootstrap = {name: value for name, value in bootstrap.items() if value is not None}
    if not options.se:
        for name in (*chosen, *bootstrap):
            found = "there are no standard errors with --no-se"
            problems.add(f"--{name}", found, remedy="Leave out one of the two.")
    if bootstrap and options.replicates is None:
        found = "is of a bootstrap, and none is asked for"
        problems.add(" and ".join(f"--{n}" for n in bootstrap), found, remedy="Give --replicates.")
    if "level" in chosen:
        try:
            chosen["level"] = float(fraction(chosen["level"]))
        except ValueError as error:
            problems.add("--level", str(error))
    problems.raise_if_any()
    if "replicates" in chosen:
        chosen["replicates"] = Replicates(chosen["replicates"], **bootstrap)
    return chosen


def _check_flags(options: argparse.Namespace) -> None:
    """Refuse a scheme that is not there before any work is done for it."""
    from mpi import publication  # noqa: PLC0415

    if options.flag is not None:
        publication.find(options.flag)
    elif options.suppress:
        found = "nothing says what is withheld"
        raise EstimationError("--suppress", [Problem("", found, remedy="Give --flag too.")])


def _check_out(options: argparse.Namespace) -> None:
    """Refuse a place for results that is none, before any work is done."""
    from mpi import output  # noqa: PLC0415

    if options.out is not None:
        output.check(options.out, also=(_WORKBOOK,))
        workbook = options.out.suffix.lower() == _WORKBOOK
        _check_workbook(options, options.out if workbook else None)
    _check_kept(options)


def _check_workbook(options: argparse.Namespace, path: Path | None) -> None:
    """Refuse a workbook that cannot be made, before any work is done."""
    from mpi import output  # noqa: PLC0415
    from mpi.report.words import check_language  # noqa: PLC0415

    if path is None:
        return
    check_language(options.language)
    if path.suffix.lower() != _WORKBOOK:
        found = f"{path.suffix or 'no extension'} is no workbook"
        raise EstimationError(path.name, [Problem("", found, f"Use {_WORKBOOK}.")])
    output.check_place(path)
    if find_spec("xlsxwriter") is None or find_spec("great_tables") is None:
        found = "workbooks need packages that are not installed"
        remedy = "pip install 'alkire-foster[report]'"
        raise EstimationError(path.name, [Problem("", found, remedy=remedy)])


def _check_kept(options: argparse.Namespace) -> None:
    """Refuse to write over a file that is read, or over the other one that is written."""
    inputs = (
        *("spec", "other", "codebook", "data", "households", "dwellings", "series", "targets"),
        "geometry",
    )
    read = [getattr(options, name, None) for name in inputs] + getattr(options, "results", [])
    taken = {os.path.realpath(path) for path in read if isinstance(path, (str, os.PathLike))}
    problems = Problems("files", EstimationError)
    for role in ("out", "profiles", "xlsx", "report"):
        path = getattr(options, role, None)
        if path is not None and os.path.realpath(path) in taken:
            found = f"{path} is read or written in the same run"
            problems.add(f"--{role}", found, remedy="Write to another file.")
        taken |= {os.path.realpath(path)} if path is not None else set()
    problems.raise_if_any()


def _survey(options: argparse.Namespace) -> Survey:
    from mpi.survey.survey import Survey  # noqa: PLC0415

    return Survey(
        options.data,
        options.households,
        options.dwellings,
        codebook=options.codebook,
        household_id=options.household_id,
        person_id=options.person_id,
        dwelling_id=options.dwelling_id,
        weight=options.weight,
        strata=options.strata,
        psu=options.psu,
        fpc=options.fpc,
        where=options.where,
        date=options.date,
        law_as_of=options.law_as_of,
        lonely_psu=getattr(options, "lonely_psu", "fail"),
        size=int(options.size) if options.size.isdecimal() else options.size,
    )


def _by(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Groupings: commas separate them, a star crosses variables."""
    groupings = [part for word in words for part in _words(word)]
    return [tuple(name.strip() for name in grouping.split("*")) for grouping in groupings]


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
