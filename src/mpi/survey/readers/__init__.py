"""One door for tables of microdata: paths and frames become a `Source` that gives Arrow columns."""

from mpi.survey.readers.source import Source, open_source

__all__ = ["Source", "open_source"]
