"""The figures that benchmarks measured, and the pages that quote them.

    python -m benchmarks.figures

A benchmark that runs with `--write` stores its figures in docs/figures.json,
with the date, the machine and the command. This command copies them into
README.md and docs/*.md, at two kinds of marks:

    0.94<!-- callback.cold_seconds -->   a number, with as many decimals as
                                         the page has now
    <!-- table: ascent.digits -->        a table, up to
    <!-- end -->
"""

import datetime
import json
import os
import platform
import re
import shlex
import sys

import __main__
from benchmarks import ROOT

FILE = ROOT / "docs" / "figures.json"
_NUMBER = re.compile(r"(-?[\d,]*\.?\d+)<!-- ([\w.]+) -->")
_TABLE = re.compile(r"(<!-- table: ([\w.]+) -->\n).*?(<!-- end -->)", re.S)


def pages():
    """Returns the paths of all pages that may quote figures."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def load():
    """Returns all sections: {benchmark: {date, machine, command, ...}}."""
    return json.loads(FILE.read_text())


def add_option(parser):
    """Adds `--write` to a benchmark's options."""
    parser.add_argument(
        "--write", action="store_true", help="store in docs/figures.json"
    )


def write(section, figures=None, tables=None):
    """Stores what a benchmark measured; keeps what it did not measure now.

    Args:
        section: Name of the benchmark.
        figures: Numbers by name, in the unit in which pages quote them. They
            may be grouped: {"fast": {"seconds": 1.2}}.
        tables: {name: rows}; each row is a {column: text} with the same
            columns. The first column identifies a row.
    """
    sections = load()
    before = sections.get(section, {})
    words = [word for word in sys.argv[1:] if word != "--write"]
    stored = dict(before.get("tables", {}))
    for name, rows in (tables or {}).items():
        (key, *_) = rows[0]
        merged = {row[key]: row for row in [*stored.get(name, ()), *rows]}
        # What was stored before may lack a column.
        stored[name] = [
            {column: row.get(column, "") for column in rows[0]}
            for row in merged.values()
        ]
    sections[section] = {
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "command": shlex.join(["python", "-m", __main__.__spec__.name, *words]),
        "figures": before.get("figures", {}) | _rounded(figures or {}),
        "tables": stored,
    }
    save(sections)


def _rounded(value):
    """Rounds all numbers to four digits."""
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def save(sections):
    """Writes the file."""
    text = json.dumps(dict(sorted(sections.items())), indent=1)
    FILE.write_text(text + "\n")


def machine():
    """Returns a description of this machine: processors and memory."""
    model = platform.machine()
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    if found:
        model = found[1]
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {model}, {gib:.0f} GiB"


def fill(text, sections):
    """Returns a page with all its figures taken from the sections."""

    def number(match):
        shown, key = match.groups()
        section, *path = key.split(".")
        value = sections[section]["figures"]
        for part in path:
            value = value[part]
        decimals = len(shown.partition(".")[2])
        return f"{value:,.{decimals}f}<!-- {key} -->"

    def table(match):
        begin, key, end = match.groups()
        section, name = key.split(".")
        return f"{begin}\n{_markdown(sections[section]['tables'][name])}\n{end}"

    return _TABLE.sub(table, _NUMBER.sub(number, text))


def _markdown(rows):
    lines = [list(rows[0]), ["---"] * len(rows[0])]
    lines += [row.values() for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    found = load()
    for page in pages():
        page.write_text(fill(page.read_text(), found))
