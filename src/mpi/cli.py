"""The command line: ``mpi demo``, ``mpi estimate`` and the others."""

from __future__ import annotations

import argparse
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpi.display import visible
from mpi.errors import EstimationError, MpiError, Problem, Problems, SurveyError

if TYPE_CHECKING:
    from mpi.spec.model import Specification
    from mpi.survey.survey import Survey

OK, BAD_INPUT, INTERRUPTED = 0, 2, 130
_EPILOG = """examples:
  mpi demo
  mpi show colombia-dane
  mpi estimate colombia-dane personas.csv --households hogares.csv --dwellings viviendas.csv \\
      --codebook colombia-ecv-2025 --k 1/3,1/2 --by area --out results.csv
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, or 2 for bad input.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words of the command line; those of the process if left out.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
        sys.stdout.flush()
    except MpiError as error:
        print(f"mpi: {error}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of a pipe has gone, as in `mpi specs | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print("mpi: interrupted; nothing was written", file=sys.stderr)
        return INTERRUPTED
    except (OSError, MemoryError) as error:
        print(visible(f"mpi: {error or 'out of memory'}"), file=sys.stderr)
        return BAD_INPUT
    return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mpi",
        description="Multidimensional poverty from household survey microdata.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    demo = command("demo", _demo, "estimate Colombia's index on a synthetic survey")
    demo.add_argument("--households", type=int, default=20_000, help="size of the survey")
    demo.add_argument("--seed", type=int, default=2025, help="seed of the random numbers")
    command("specs", _specs, "list the bundled specifications")
    command("codebooks", _codebooks, "list the bundled codebooks")
    show = command("show", _show, "show a specification or a codebook")
    show.add_argument("spec", metavar="SPEC", help="bundled id or .toml file")
    show.add_argument("--toml", action="store_true", help="as a specification file")
    command("schema", _schema, "print the JSON Schema of specification files, for editors")
    check = command("check", _check, "check a specification, and whether data fit it")
    _add_data(check)
    check.add_argument(
        "--strict", action="store_true", help="a threshold without basis is an error"
    )
    estimate = command("estimate", _estimate, "estimate a specification's measures from microdata")
    _add_data(estimate)
    _add_request(estimate)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("spec", metavar="SPEC", help="bundled id or .toml file")
    parser.add_argument("data", metavar="DATA", nargs="?", help="file of persons")
    parser.add_argument("--households", metavar="FILE", help="file of households")
    parser.add_argument("--dwellings", metavar="FILE", help="file of dwellings")
    parser.add_argument("--codebook", metavar="ID", help="bundled id or .toml file")
    for role in ("household-id", "person-id", "dwelling-id"):
        parser.add_argument(f"--{role}", metavar="COLUMNS", type=_names, help="key columns")
    for role in ("weight", "strata", "psu"):
        parser.add_argument(f"--{role}", metavar="COLUMN", help=f"column with the {role}")
    parser.add_argument("--fpc", metavar="COLUMN", help="PSUs in the population, or fraction drawn")
    parser.add_argument(
        "--size",
        metavar="COLUMN",
        default="household_size",
        help="household size, where rows are households; 1 if each row counts once",
    )
    parser.add_argument("--where", metavar="RULE", help="part of the sample that is analysed")
    parser.add_argument("--date", metavar="DATE", help="date of the survey, such as 2018")
    parser.add_argument(
        "--law-as-of",
        metavar="DATE",
        help="date whose norms are applied, if not that of the survey",
    )
    parser.add_argument(
        "--absent",
        metavar="POLICY",
        default="fail",
        help="indicators that the survey cannot give: fail, reweight-dimension, reweight",
    )
    parser.add_argument(
        "--set",
        metavar="NAME=NUMBER",
        dest="parameters",
        action="append",
        default=[],
        help="value of a parameter of the specification; may be repeated",
    )


def _add_request(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--by",
        metavar="VARIABLES",
        action="append",
        default=[],
        help="variables to decompose by: region,area; region*sex crosses them",
    )
    parser.add_argument("--k", metavar="CUTOFFS", type=_names, help="cutoffs such as 1/3,1/2")
    parser.add_argument(
        "--missing",
        metavar="POLICY",
        help="drop, reweight, reweight-dimension, nondeprived, bounds",
    )
    parser.add_argument("--count", metavar="UNIT", default="persons", help="persons or households")
    parser.add_argument(
        "--lonely-psu", metavar="OPTION", default="fail", help="fail, certainty, adjust, ..."
    )
    parser.add_argument("--df", metavar="RULE", default="stata", help="stata, design, domain")
    parser.add_argument(
        "--interval", metavar="METHOD", default="logit", help="logit, wald, asin, wilson, beta"
    )
    parser.add_argument("--level", type=float, default=0.95, help="coverage of intervals")
    parser.add_argument(
        "--replicates", metavar="METHOD", help="jk1, jkn, brr, fay, rao-wu, canty-davison, preston"
    )
    parser.add_argument("--number", type=int, default=200, help="replicates of a bootstrap")
    parser.add_argument("--seed", type=int, default=1, help="seed of a bootstrap")
    parser.add_argument("--flag", metavar="SCHEME", help="rules for publication: eclac-2020, ...")
    parser.add_argument(
        "--suppress", action="store_true", help="leave out what the rules for publication withhold"
    )
    parser.add_argument("--no-se", dest="se", action="store_false", help="point estimates only")
    parser.add_argument("--findings", action="store_true", help="print every finding in full")
    parser.add_argument("--out", metavar="FILE", type=Path, help=".csv, .parquet, .arrow, .json")
    parser.add_argument("--profiles", metavar="FILE", type=Path, help="save the profile tables")


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _version() -> str:
    from mpi import __version__  # noqa: PLC0415 -- the package loads what it needs when asked

    return f"alkire-foster {__version__}"


def _demo(options: argparse.Namespace) -> None:
    import mpi  # noqa: PLC0415 -- heavy imports happen where they are used
    from mpi.summary import summary  # noqa: PLC0415

    print(
        f"A synthetic survey of {options.households:,} households (seed {options.seed}), made to "
        "resemble Colombia in 2025: no real person is in it.\n"
    )
    survey = mpi.datasets.synthetic_survey(options.households, seed=options.seed)
    spec = mpi.specification("colombia-dane")
    print(f"{survey}\n{spec.label()}: {len(spec.indicators)} indicators, cutoff {spec.cutoff}.\n")
    estimates = mpi.tabulate(survey, spec, by=["area", "region"]).estimate(["1/3", "1/2"])
    print(summary(estimates))
    print(
        "\nThe rules of 'colombia-dane' were applied to every person and household, the "
        "deprivations\ncounted with exact weights, and the figures computed from the profile table."
        "\nNext: mpi show colombia-dane; mpi estimate --help"
    )


def _specs(options: argparse.Namespace) -> None:  # noqa: ARG001
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


def _codebooks(options: argparse.Namespace) -> None:  # noqa: ARG001
    from mpi.display import text_table  # noqa: PLC0415
    from mpi.spec.files import bundled  # noqa: PLC0415
    from mpi.survey.codebook import codebook  # noqa: PLC0415

    books = [codebook(name) for name in bundled("survey")]
    rows = [(book.id, len(book.variable), book.label()) for book in books]
    print(text_table(("id", "variables", "title"), rows))


def _show(options: argparse.Namespace) -> None:
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


def _schema(options: argparse.Namespace) -> None:  # noqa: ARG001
    from mpi.spec.files import json_schema  # noqa: PLC0415

    print(json_schema(), end="")


def _check(options: argparse.Namespace) -> None:
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


def _estimate(options: argparse.Namespace) -> None:
    from mpi import output  # noqa: PLC0415
    from mpi.api import tabulate  # noqa: PLC0415
    from mpi.progress import bar  # noqa: PLC0415
    from mpi.request import make_request  # noqa: PLC0415
    from mpi.summary import summary  # noqa: PLC0415
    from mpi.uncertainty import Choices  # noqa: PLC0415

    if options.out is not None:
        output.check(options.out)
    if options.profiles is not None:
        output.check_place(options.profiles)
    _check_kept(options)
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
    if not options.data and not options.households:
        found = "no file of microdata is given"
        raise EstimationError("estimate", [Problem("", found, "Give DATA or --households.")])
    with bar() as progress:
        profiles = tabulate(
            _survey(options),
            spec,
            by=_by(options.by),
            absent=options.absent,
            se=options.se,
            progress=progress,
        )
        estimates = profiles.estimate(
            options.k, missing=options.missing, count=options.count, se=options.se, **choices
        )
    if options.flag is not None:
        estimates = estimates.flag(options.flag, suppress=options.suppress)
    if options.profiles is not None:
        profiles.save(options.profiles)
    if options.out is None:
        print(summary(estimates))
    else:
        estimates.save(options.out)
        print(visible(f"{len(estimates):,} estimates written to {options.out}"))
        for line in estimates.findings.summary():
            print(f"! {line}")
    for finding in estimates.findings if options.findings else ():
        print(finding)


def _choices(options: argparse.Namespace) -> dict[str, Any]:
    """How uncertainty is computed, as arguments of `Profiles.estimate`."""
    from mpi.survey.design import Replicates  # noqa: PLC0415

    replicates = None
    if options.replicates is not None:
        replicates = Replicates(options.replicates, number=options.number, seed=options.seed)
    return {
        "df": options.df,
        "interval": options.interval,
        "level": options.level,
        "replicates": replicates,
    }


def _check_flags(options: argparse.Namespace) -> None:
    """Refuse a scheme that is not there before any work is done for it."""
    from mpi import publication  # noqa: PLC0415

    if options.flag is not None:
        publication.find(options.flag)
    elif options.suppress:
        found = "nothing says what is withheld"
        raise EstimationError("--suppress", [Problem("", found, remedy="Give --flag too.")])


def _check_kept(options: argparse.Namespace) -> None:
    """Refuse to write over a file that is read, or over the other one that is written."""
    read = [options.spec, options.codebook, options.data, options.households, options.dwellings]
    taken = {os.path.realpath(path) for path in read if path is not None}
    problems = Problems("estimate", EstimationError)
    for role in ("out", "profiles"):
        path = getattr(options, role)
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
    groupings = [part for word in words for part in _names(word)]
    return [tuple(name.strip() for name in grouping.split("*")) for grouping in groupings]
