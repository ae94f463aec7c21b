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
    from mpi.analysis.compare import Comparison, compare
    from mpi.analysis.dominance import Dominance, dominance
    from mpi.analysis.robustness import Robustness, robustness
    from mpi.api import check, measure, tabulate
    from mpi.contrasts import Contrast, Contrasts
    from mpi.errors import EstimationError, MpiError, SpecificationError, SurveyError
    from mpi.estimates import Estimate, Estimates
    from mpi.findings import Finding, Findings
    from mpi.profiles import Profiles, load_profiles
    from mpi.scoring import Scored, score
    from mpi.spec.files import specification
    from mpi.spec.lint import lint
    from mpi.spec.model import Specification
    from mpi.survey.codebook import Codebook, codebook
    from mpi.survey.design import Replicates, Stage
    from mpi.survey.survey import Survey

# where each public name lives; loaded when it is first used, so that `import mpi` is fast
_HOMES = {
    "Codebook": "mpi.survey.codebook",
    "Comparison": "mpi.analysis.compare",
    "Contrast": "mpi.contrasts",
    "Contrasts": "mpi.contrasts",
    "Dominance": "mpi.analysis.dominance",
    "Estimate": "mpi.estimates",
    "Estimates": "mpi.estimates",
    "EstimationError": "mpi.errors",
    "Finding": "mpi.findings",
    "Findings": "mpi.findings",
    "MpiError": "mpi.errors",
    "Profiles": "mpi.profiles",
    "Replicates": "mpi.survey.design",
    "Robustness": "mpi.analysis.robustness",
    "Scored": "mpi.scoring",
    "Specification": "mpi.spec.model",
    "SpecificationError": "mpi.errors",
    "Stage": "mpi.survey.design",
    "Survey": "mpi.survey.survey",
    "SurveyError": "mpi.errors",
    "check": "mpi.api",
    "codebook": "mpi.survey.codebook",
    "compare": "mpi.analysis.compare",
    "dominance": "mpi.analysis.dominance",
    "lint": "mpi.spec.lint",
    "load_profiles": "mpi.profiles",
    "measure": "mpi.api",
    "robustness": "mpi.analysis.robustness",
    "score": "mpi.scoring",
    "specification": "mpi.spec.files",
    "tabulate": "mpi.api",
}

__all__ = [
    "Codebook",
    "Comparison",
    "Contrast",
    "Contrasts",
    "Dominance",
    "Estimate",
    "Estimates",
    "EstimationError",
    "Finding",
    "Findings",
    "MpiError",
    "Profiles",
    "Replicates",
    "Robustness",
    "Scored",
    "Specification",
    "SpecificationError",
    "Stage",
    "Survey",
    "SurveyError",
    "check",
    "codebook",
    "compare",
    "datasets",
    "dominance",
    "lint",
    "load_profiles",
    "measure",
    "robustness",
    "score",
    "specification",
    "tabulate",
]


def __getattr__(name: str) -> object:
    if name == "datasets":
        return import_module("mpi.datasets")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'mpi' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
