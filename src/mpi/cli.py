"""The command line: ``mpi demo``, ``mpi estimate`` and the others."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mpi import commands
from mpi.display import visible
from mpi.errors import MpiError

OK, BAD_INPUT, INTERRUPTED = 0, 2, 130  # 1 where waves of a run failed
_FORMATS = ".csv, .parquet, .arrow, .json, .dta, .xlsx"
_EPILOG = """examples:
  mpi demo
  mpi show colombia-dane
  mpi estimate colombia-dane personas.csv --households hogares.csv --dwellings viviendas.csv \\
      --codebook colombia-ecv-2025 --k 1/3,1/2 --by area --out results.csv
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0, or 2 for bad input, or 1 if waves of a run failed.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words of the command line; those of the process if left out.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int | None = options.run(options)
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
    return code or OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mpi",
        description="Multidimensional poverty from household survey microdata.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    added = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        one = added.add_parser(name, help=text, description=text)
        one.set_defaults(run=run)
        return one

    _add_demo(command("demo", commands.demo, "estimate Colombia's index on a synthetic survey"))
    command("specs", commands.specs, "list the bundled specifications")
    command("codebooks", commands.codebooks, "list the bundled codebooks")
    show = command("show", commands.show, "show a specification or a codebook")
    _add_spec(show)
    show.add_argument("--toml", action="store_true", help="as a specification file")
    command("schema", commands.schema, "print the JSON Schema of specification files, for editors")
    check = command("check", commands.check, "check a specification, and whether data fit it")
    _add_spec(check)
    _add_data(check)
    check.add_argument(
        "--strict", action="store_true", help="a threshold without basis is an error"
    )
    estimate = command(
        "estimate", commands.estimate, "estimate a specification's measures from microdata"
    )
    _add_spec(estimate, "; or alone a .profiles.parquet file")
    _add_data(estimate)
    _add_engine(estimate)
    _add_request(estimate)
    _add_compare(
        command("compare", commands.compare, "compare two specifications on the same people")
    )
    _add_targets(
        command("targets", commands.targets, "compare figures with targets: traffic lights")
    )
    _add_report(command("report", commands.report, "write a report of saved profile tables"))
    _add_run(command("run", commands.run, "compute what is stale of many surveys, as a plan says"))
    return parser


def _add_spec(parser: argparse.ArgumentParser, more: str = "") -> None:
    parser.add_argument("spec", metavar="SPEC", help=f"bundled id or .toml file{more}")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    """The size of the survey, and what is written."""
    parser.add_argument("--households", type=int, default=20_000, help="size of the survey")
    parser.add_argument("--seed", type=int, default=2025, help="seed of the random numbers")
    parser.add_argument("--report", metavar="FILE", type=Path, help="write a report, as .html")
    parser.add_argument("--xlsx", metavar="FILE", type=Path, help="write the results as a workbook")
    _add_language(parser)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    """Two specifications, and how they meet."""
    _add_spec(parser)
    parser.add_argument("other", metavar="OTHER", help="the specification it is compared with")
    _add_data(parser)
    _add_common(parser)
    parser.add_argument(
        "--match",
        metavar="A=B",
        dest="matches",
        action="append",
        default=[],
        help="indicator of the first that is one of the second; may be repeated",
    )
    parser.add_argument("--missing", metavar="POLICY", default="drop", help="drop or nondeprived")


def _add_targets(parser: argparse.ArgumentParser) -> None:
    """Goals, and the figures that are held against them."""
    parser.add_argument("targets", metavar="TARGETS", help=".toml file of baselines and goals")
    parser.add_argument("series", metavar="SERIES", help="file of results, or official series")
    parser.add_argument("--year", metavar="YEAR", type=float, help="year of the figures")
    parser.add_argument(
        "--percent", metavar="MEASURES", type=_names, default=(), help="measures in percent: H,A"
    )
    _add_findings(parser)
    parser.add_argument("--out", metavar="FILE", type=Path, help=_FORMATS)
    _add_language(parser)


def _add_run(parser: argparse.ArgumentParser) -> None:
    """A plan, and how it is carried out."""
    parser.add_argument("plan", metavar="PLAN", help=".toml file of specifications and waves")
    parser.add_argument("--dry-run", action="store_true", help="say what would run and why")
    parser.add_argument("--jobs", metavar="N", type=int, help="processes at most")
    parser.add_argument("--memory", metavar="AMOUNT", help="what they may need together: '6 GB'")
    _add_findings(parser)


def _add_findings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--findings", action="store_true", help="print every finding in full")


def _add_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--language", metavar="LANGUAGE", default="en", help="of files: en, es")


def _add_report(parser: argparse.ArgumentParser) -> None:
    """What is reported, and how."""
    text = "file of profile tables, .profiles.parquet; several are waves, in order of time"
    parser.add_argument("results", metavar="RESULT", nargs="+", type=Path, help=text)
    parser.add_argument("--out", metavar="FILE", type=Path, required=True, help="page, .html")
    _add_language(parser)
    parser.add_argument("--title", metavar="TEXT", default="", help="title of the page")
    parser.add_argument("--source", metavar="TEXT", default="", help="where the data come from")
    parser.add_argument(
        "--name",
        metavar="VARIABLE=TITLE",
        dest="names",
        action="append",
        default=[],
        help="title of a grouping variable; may be repeated",
    )
    parser.add_argument("--k", metavar="CUTOFFS", type=_names, help="further cutoffs: 1/5,1/2")
    parser.add_argument(
        "--missing", metavar="POLICY", help="drop, reweight, reweight-dimension, nondeprived"
    )
    parser.add_argument("--lonely-psu", metavar="OPTION", help="fail, certainty, adjust, ...")
    parser.add_argument("--geometry", metavar="FILE", type=Path, help="areas, for maps")
    parser.add_argument("--geometry-key", metavar="COLUMN", help="codes or labels of the groups")
    parser.add_argument("--geometry-by", metavar="VARIABLE", help="grouping that the areas are")
    parser.add_argument("--flag", metavar="SCHEME", help="rules for publication: eclac-2020, ...")
    parser.add_argument(
        "--suppress", action="store_true", help="leave out what the rules for publication withhold"
    )
    parser.add_argument(
        "--samples", metavar="KIND", help="of waves: independent, overlapping (shared PSUs)"
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Files of microdata, and what they are."""
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


def _add_engine(parser: argparse.ArgumentParser) -> None:
    """What reads the rows."""
    parser.add_argument(
        "--engine", metavar="NAME", help="what reads the rows: memory, duckdb, polars, spark"
    )
    parser.add_argument("--master", metavar="URL", help="where Spark runs, such as local[2]")


def _add_common(parser: argparse.ArgumentParser) -> None:
    """Groups, the unit that is counted, standard errors, and where results go."""
    parser.add_argument(
        "--by",
        metavar="VARIABLES",
        action="append",
        default=[],
        help="variables to decompose by: region,area; region*sex crosses them",
    )
    parser.add_argument("--count", metavar="UNIT", default="persons", help="persons or households")
    parser.add_argument(
        "--lonely-psu", metavar="OPTION", default="fail", help="fail, certainty, adjust, ..."
    )
    parser.add_argument("--df", metavar="RULE", help="stata, design, domain")
    parser.add_argument("--interval", metavar="METHOD", help="logit, wald, asin, wilson, beta")
    parser.add_argument("--level", metavar="SHARE", help="coverage of intervals, such as 0.95")
    parser.add_argument(
        "--replicates", metavar="METHOD", help="jk1, jkn, brr, fay, rao-wu, canty-davison, preston"
    )
    parser.add_argument("--number", metavar="N", type=int, help="replicates of a bootstrap")
    parser.add_argument("--seed", metavar="N", type=int, help="seed of a bootstrap")
    parser.add_argument("--no-se", dest="se", action="store_false", help="point estimates only")
    _add_findings(parser)
    parser.add_argument("--out", metavar="FILE", type=Path, help=_FORMATS)
    _add_language(parser)


def _add_request(parser: argparse.ArgumentParser) -> None:
    """What is estimated."""
    _add_common(parser)
    parser.add_argument("--k", metavar="CUTOFFS", type=_names, help="cutoffs such as 1/3,1/2")
    parser.add_argument(
        "--missing",
        metavar="POLICY",
        help="drop, reweight, reweight-dimension, nondeprived, bounds",
    )
    parser.add_argument("--flag", metavar="SCHEME", help="rules for publication: eclac-2020, ...")
    parser.add_argument(
        "--suppress", action="store_true", help="leave out what the rules for publication withhold"
    )
    parser.add_argument("--profiles", metavar="FILE", type=Path, help="save the profile tables")


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _version() -> str:
    from mpi import __version__  # noqa: PLC0415 -- the package loads what it needs when asked

    return f"alkire-foster {__version__}"
