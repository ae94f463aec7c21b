"""Print the lowest versions that pyproject.toml allows, as exact requirements for pip."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
for requirement in dict.fromkeys(wanted):
    match = re.fullmatch(r"([A-Za-z0-9._-]+)>=([0-9.]+)", requirement)
    if match is None:
        raise SystemExit(f"{requirement!r} states no lowest version; write name>=version")
    print(f"{match[1]}=={match[2]}")
