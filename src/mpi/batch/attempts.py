"""A task tried: what is done, or one sentence on why it failed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mpi.batch.work import Done, Task, carry_out
from mpi.errors import MpiError


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a unit failed, as a sentence."""

    sentence: str


def attempt(task: Task) -> Done | Failed:
    """What became of a task; a failure is a sentence without a cell of microdata."""
    try:
        return carry_out(task)
    except MpiError as error:
        return Failed(str(error))
    except MemoryError:
        return Failed("memory ran out. Give it more, or split the wave into parts that add up.")
    except OSError as error:
        place = f"{Path(str(error.filename)).name}: " if error.filename else ""
        return Failed(f"{place}{error.strerror or type(error).__name__}.")
    except Exception as error:  # noqa: BLE001 -- one wave that fails does not stop the others
        return Failed(_unexpected(error))


def _unexpected(error: Exception) -> str:
    """Kind and place of an error that nobody foresaw; its text could hold microdata."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        where = f" in {Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}"
    return (
        f"an unexpected {type(error).__name__}{where}. Please report it as a fault of the library."
    )
