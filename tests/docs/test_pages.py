"""Every block of code in the documentation runs."""

import pathlib
import re

import pytest
from support import shell_blocks
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
]

# Languages of blocks that are not run.
DATA = {"json", "text", "console", "mermaid"}
MAGICS = ("%load_ext tensorboard", "%tensorboard --logdir", "%pip install")


def notebook(example):
    """Runs a cell without its magics, which must be known."""
    code = []
    for line in example.parsed.splitlines():
        magic = line.startswith(("%", "!"))
        assert not magic or line.startswith(MAGICS), line
        code.append("" if magic else line)
    exec("\n".join(code), example.namespace)


PARSERS = [
    PythonCodeBlockParser(),
    CodeBlockParser("ipython", notebook),
    CodeBlockParser("shell", shell_blocks.run),
]


def blocks(page):
    """Returns the languages of a page's blocks; "" without one."""
    fences = re.findall(r"^ *(`{3,})(.*)$", page.read_text(), re.M)
    return [rest.strip().split(" ")[0] for _, rest in fences[::2]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_runs(page, given):
    document = Sybil(PARSERS, path=str(page.parent)).parse(page)
    document.namespace.update(given)
    ran = 0
    for example in document.examples():
        example.evaluate()
        ran += 1
    languages = blocks(page)
    runnable = [one for one in languages if one not in DATA]
    assert set(runnable) <= {"python", "ipython", "shell"}
    assert ran >= len(runnable)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_existing_files(page):
    """Links in the files exist; `make docs` checks those of the site."""
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    for link in links:
        if not link.startswith(("http", "#")):
            target = page.parent / link.partition("#")[0]
            assert target.exists(), f"{page.name}: {link}"
