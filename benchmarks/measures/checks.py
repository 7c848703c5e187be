"""Measures that what is logged beside the images is right, and what it costs.

    python -m benchmarks.measures.checks                # all of it
    python -m benchmarks.measures.checks planted cost   # some

Prints each figure beside what it should be, and fails where it is not.
"""

import argparse
import sys

from benchmarks.measures import cost, planted_network, trainings


class Figures:
    """Prints figures and remembers those that miss."""

    def __init__(self):
        self.missed = []

    def __call__(self, name, value, right, wanted):
        print(f"{name:58} {value:>10.4g}   {wanted}{'' if right else '  MISS'}")
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
    """Prints all figures, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    figures = Figures()
    for part in parser.parse_args().parts or PARTS:
        PARTS[part](figures)
    sys.exit(f"Missed: {', '.join(figures.missed)}" if figures.missed else 0)


if __name__ == "__main__":
    main()
