"""The steps of docs/kurulum.md: its blocks of commands, each under a mark that readers do not see.

<!-- step: STAGE NAME -->          a shell of root runs the block
<!-- asks: STAGE NAME -->          the same on a terminal, where its commands ask something
<!-- fill: STAGE FILE -->          lines NAME=value for that file; what ends with … only the administrator knows
<!-- again: STAGE NAME NAME … -->  no block: these steps of the installation stand here too
<!-- not run: why -->              a block that no installation on Debian runs
"""

import re
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.deploy.deployment import ROOT

GUIDE = ROOT / "docs/kurulum.md"
UNKNOWN = "…"
_MARK = re.compile(r"<!-- (step|asks|fill|again|not run): (.+) -->\n?")


@dataclass(frozen=True)
class Step:
    """One block. `kind` is step, asks or fill; `name` of a fill is the file, or `shell` for variables."""

    kind: str
    stage: str
    name: str
    text: str

    @property
    def lines(self) -> dict[str, str]:
        """Of a block to fill in: each variable and what the guide says of it."""
        found = (line.partition("#")[0].strip().partition("=") for line in self.text.splitlines())
        return {name: value for name, _, value in found if name}

    @property
    def asked(self) -> list[str]:
        """The variables that only the administrator knows."""
        return [name for name, value in self.lines.items() if value.endswith(UNKNOWN)]


def steps(stage: str) -> list[Step]:
    """Those of a stage, in order."""
    return [step for step in _all() if step.stage == stage]


def stages() -> list[str]:
    return list(dict.fromkeys(step.stage for step in _all()))


def unmarked() -> list[str]:
    """Blocks of commands that say neither which step they are nor why they are none."""
    tokens = _tokens()
    return [
        token.content
        for before, token in zip([None, *tokens], tokens, strict=False)
        if token.type in {"code_block", "fence"} and not (before and _MARK.fullmatch(before.content))
    ]


def _all() -> list[Step]:
    found: list[Step] = []
    tokens = _tokens()
    for place, token in enumerate(tokens):
        mark = _MARK.fullmatch(token.content) if token.type == "html_block" else None
        if mark is None or mark[1] == "not run":
            continue
        stage, *names = mark[2].split()
        if mark[1] == "again":
            found += [_again(found, stage, name) for name in names]
        else:
            found.append(Step(mark[1], stage, " ".join(names), tokens[place + 1].content))
    return found


def _again(found: list[Step], stage: str, name: str) -> Step:
    [step] = (step for step in found if (step.stage, step.name) == ("install", name))
    return replace(step, stage=stage)


def _tokens() -> list[Token]:
    parsed = MarkdownIt("commonmark").parse(GUIDE.read_text())
    return [token for token in parsed if token.content]
