"""What the options of a command say, checked; and results told as they ask."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi.display import visible
from mpi.errors import EstimationError, Problem, Problems, SurveyError
from mpi.exact import fraction

if TYPE_CHECKING:
    from mpi.results import Result
    from mpi.spec.model import Specification
    from mpi.survey.survey import Survey

_WORKBOOK = ".xlsx"
_WRITTEN = {"parameters": "set", "se": "no-se"}


def specification(options: argparse.Namespace) -> Specification:
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


def survey(options: argparse.Namespace) -> Survey:
    """The survey that the files and columns make."""
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


def by(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Groupings: commas separate them, a star crosses variables."""
    groupings = [part for word in words for part in _parts(word)]
    return [tuple(name.strip() for name in grouping.split("*")) for grouping in groupings]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def matches(words: Sequence[str]) -> dict[str, str]:
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


def choices(options: argparse.Namespace) -> dict[str, Any]:
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


def engine_options(options: argparse.Namespace) -> dict[str, object]:
    """What the engine is told beside its name."""
    if options.master is None:
        return {}
    if options.engine != "spark":
        found = "--master says where Spark runs, and Spark is not the engine"
        raise SurveyError("estimate", [Problem("", found, remedy="Add --engine spark.")])
    return {"master": options.master}


def check_data(options: argparse.Namespace) -> None:
    """Refuse a command without a file of microdata."""
    if not options.data and not options.households:
        found = "no file of microdata is given"
        raise EstimationError("microdata", [Problem("", found, "Give DATA or --households.")])


def check_flags(options: argparse.Namespace) -> None:
    """Refuse a scheme that is not there before any work is done for it."""
    from mpi import publication  # noqa: PLC0415

    if options.flag is not None:
        publication.find(options.flag)
    elif options.suppress:
        found = "nothing says what is withheld"
        raise EstimationError("--suppress", [Problem("", found, remedy="Give --flag too.")])


def check_out(options: argparse.Namespace) -> None:
    """Refuse a place for results that is none, before any work is done."""
    from mpi import output  # noqa: PLC0415

    if options.out is not None:
        output.check(options.out, also=(_WORKBOOK,))
        workbook = options.out.suffix.lower() == _WORKBOOK
        check_workbook(options, options.out if workbook else None)
    check_kept(options)


def check_workbook(options: argparse.Namespace, path: Path | None) -> None:
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


def check_kept(options: argparse.Namespace) -> None:
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


def refuse_given(
    options: argparse.Namespace, unused: Mapping[str, object], found: str, remedy: str
) -> None:
    """Refuse options that have no meaning here; all of them at once."""
    problems = Problems(options.spec, EstimationError)
    for name, usual in unused.items():
        if getattr(options, name) != usual:
            written = _WRITTEN.get(name, name).replace("_", "-")
            problems.add(f"--{written}", found, remedy=remedy)
    problems.raise_if_any()


def tell(
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
