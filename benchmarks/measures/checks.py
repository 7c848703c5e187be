"""Checks the measures beside the images, and what they cost.

    python -m benchmarks.measures.checks [--write]         # all
    python -m benchmarks.measures.checks planted cost      # some

Prints each figure beside its bound, and exits with 1 if one misses it.
"""

import argparse
import sys

from benchmarks import figures
from benchmarks.measures import cost, planted_network, trainings


class Report:
    """Prints figures, and keeps them and those that miss their bound."""

    def __init__(self):
        self.missed, self.rows = [], []

    def __call__(self, name, value, right, wanted):
        print(f"{name:58} {value:>10.4g}   {wanted}{'' if right else '  MISS'}")
        self.rows.append(
            {"figure": name, "value": f"{value:.4g}", "bound": wanted}
        )
        if not right:
            self.missed.append(name)


PARTS = {
    "planted": planted_network.known,
    "halves": trainings.halves,
    "settling": trainings.settling,
    "cost": cost.cost,
    "memory": cost.memory,
}


def main():
    """Prints all figures, or those of some parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    figures.add_option(parser)
    options = parser.parse_args()
    report = Report()
    for part in options.parts or PARTS:
        PARTS[part](report)
    if options.write:
        figures.write("checks", tables={"all": report.rows})
    sys.exit(f"Missed: {', '.join(report.missed)}" if report.missed else 0)


if __name__ == "__main__":
    main()
