"""Multidimensional poverty from household survey microdata.

Exact Alkire-Foster measures with configurable dimensions, weights and rights-based thresholds.
This is not the Message Passing Interface.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mpi import datasets
    from mpi.analysis.association import Association, association
    from mpi.analysis.change import Changes, change
    from mpi.analysis.compare import Comparison, compare
    from mpi.analysis.decompose import Decomposition, decompose
    from mpi.analysis.dominance import Dominance, dominance
    from mpi.analysis.horizontal import Horizontal, horizontal
    from mpi.analysis.households import household_consistency
    from mpi.analysis.imputation import Combined, combine_imputations
    from mpi.analysis.inequality import disparity, inequality
    from mpi.analysis.missing import MissingAnswers, missing_answers
    from mpi.analysis.overlap import Overlap, overlap
    from mpi.analysis.panel import Panel, panel
    from mpi.analysis.publishable import Publishable, publishable
    from mpi.analysis.robustness import Robustness, robustness
    from mpi.analysis.target_files import TargetFile, target_file
    from mpi.analysis.targets import Targets, targets
    from mpi.analysis.weights import DataWeights, data_weights
    from mpi.api import check, measure, tabulate
    from mpi.batch.runs import Run, run
    from mpi.contrasts import Contrast, Contrasts
    from mpi.errors import (
        EstimationError,
        MpiError,
        PlanError,
        SpecificationError,
        SurveyError,
        TargetsError,
    )
    from mpi.estimate import Estimate
    from mpi.estimates import Estimates
    from mpi.findings import Finding, Findings
    from mpi.pooling import pool
    from mpi.profiles import Profiles, load_profiles
    from mpi.progress import progress_bar
    from mpi.published import PublishedProfiles
    from mpi.report import figures
    from mpi.report.html.page import html_report
    from mpi.report.mpitb import MpitbFrame, to_mpitb
    from mpi.report.publication_tables import publication_tables
    from mpi.report.tables import Table, Tables
    from mpi.report.workbook.book import workbook
    from mpi.scoring import Scored, score
    from mpi.spec.files import specification
    from mpi.spec.lint import lint
    from mpi.spec.model import Specification
    from mpi.survey.codebook import Codebook, codebook
    from mpi.survey.design import Replicates, Stage
    from mpi.survey.survey import Survey

# where each public name lives; loaded when it is first used, so that `import mpi` is fast
_HOMES = {
    "Association": "mpi.analysis.association",
    "Changes": "mpi.analysis.change",
    "Codebook": "mpi.survey.codebook",
    "Combined": "mpi.analysis.imputation",
    "Comparison": "mpi.analysis.compare",
    "Contrast": "mpi.contrasts",
    "Contrasts": "mpi.contrasts",
    "DataWeights": "mpi.analysis.weights",
    "Decomposition": "mpi.analysis.decompose",
    "Dominance": "mpi.analysis.dominance",
    "Estimate": "mpi.estimate",
    "Estimates": "mpi.estimates",
    "EstimationError": "mpi.errors",
    "Finding": "mpi.findings",
    "Findings": "mpi.findings",
    "Horizontal": "mpi.analysis.horizontal",
    "MissingAnswers": "mpi.analysis.missing",
    "MpiError": "mpi.errors",
    "MpitbFrame": "mpi.report.mpitb",
    "Overlap": "mpi.analysis.overlap",
    "Panel": "mpi.analysis.panel",
    "PlanError": "mpi.errors",
    "Profiles": "mpi.profiles",
    "Publishable": "mpi.analysis.publishable",
    "PublishedProfiles": "mpi.published",
    "Replicates": "mpi.survey.design",
    "Robustness": "mpi.analysis.robustness",
    "Run": "mpi.batch.runs",
    "Scored": "mpi.scoring",
    "Specification": "mpi.spec.model",
    "SpecificationError": "mpi.errors",
    "Stage": "mpi.survey.design",
    "Survey": "mpi.survey.survey",
    "SurveyError": "mpi.errors",
    "Table": "mpi.report.tables",
    "Tables": "mpi.report.tables",
    "TargetFile": "mpi.analysis.target_files",
    "Targets": "mpi.analysis.targets",
    "TargetsError": "mpi.errors",
    "association": "mpi.analysis.association",
    "change": "mpi.analysis.change",
    "check": "mpi.api",
    "codebook": "mpi.survey.codebook",
    "combine_imputations": "mpi.analysis.imputation",
    "compare": "mpi.analysis.compare",
    "data_weights": "mpi.analysis.weights",
    "decompose": "mpi.analysis.decompose",
    "disparity": "mpi.analysis.inequality",
    "dominance": "mpi.analysis.dominance",
    "horizontal": "mpi.analysis.horizontal",
    "household_consistency": "mpi.analysis.households",
    "html_report": "mpi.report.html.page",
    "inequality": "mpi.analysis.inequality",
    "lint": "mpi.spec.lint",
    "load_profiles": "mpi.profiles",
    "measure": "mpi.api",
    "missing_answers": "mpi.analysis.missing",
    "overlap": "mpi.analysis.overlap",
    "panel": "mpi.analysis.panel",
    "pool": "mpi.pooling",
    "progress_bar": "mpi.progress",
    "publication_tables": "mpi.report.publication_tables",
    "publishable": "mpi.analysis.publishable",
    "robustness": "mpi.analysis.robustness",
    "run": "mpi.batch.runs",
    "score": "mpi.scoring",
    "specification": "mpi.spec.files",
    "tabulate": "mpi.api",
    "target_file": "mpi.analysis.target_files",
    "targets": "mpi.analysis.targets",
    "to_mpitb": "mpi.report.mpitb",
    "workbook": "mpi.report.workbook.book",
}

# public modules, which are loaded so too
_MODULES = {"datasets": "mpi.datasets", "figures": "mpi.report.figures"}

__all__ = [
    "Association",
    "Changes",
    "Codebook",
    "Combined",
    "Comparison",
    "Contrast",
    "Contrasts",
    "DataWeights",
    "Decomposition",
    "Dominance",
    "Estimate",
    "Estimates",
    "EstimationError",
    "Finding",
    "Findings",
    "Horizontal",
    "MissingAnswers",
    "MpiError",
    "MpitbFrame",
    "Overlap",
    "Panel",
    "PlanError",
    "Profiles",
    "Publishable",
    "PublishedProfiles",
    "Replicates",
    "Robustness",
    "Run",
    "Scored",
    "Specification",
    "SpecificationError",
    "Stage",
    "Survey",
    "SurveyError",
    "Table",
    "Tables",
    "TargetFile",
    "Targets",
    "TargetsError",
    "association",
    "change",
    "check",
    "codebook",
    "combine_imputations",
    "compare",
    "data_weights",
    "datasets",
    "decompose",
    "disparity",
    "dominance",
    "figures",
    "horizontal",
    "household_consistency",
    "html_report",
    "inequality",
    "lint",
    "load_profiles",
    "measure",
    "missing_answers",
    "overlap",
    "panel",
    "pool",
    "progress_bar",
    "publication_tables",
    "publishable",
    "robustness",
    "run",
    "score",
    "specification",
    "tabulate",
    "target_file",
    "targets",
    "to_mpitb",
    "workbook",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(_MODULES[name])
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'mpi' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
