"""Print the command line of the README that passes the tests, exactly as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

text = Path("README.md").read_text(encoding="utf-8")
lines = [block.strip() for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)]
found = [line for line in lines if "pytest" in line]
if len(found) != 1 or "\n" in found[0]:
    raise SystemExit("README.md has to have one command line that runs the tests")
print(found[0])
