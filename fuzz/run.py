"""Fuzzes one target with atheris.

    python fuzz/run.py event -runs=1000000
    python fuzz/run.py routes -runs=100000 -seed=1
    python fuzz/run.py file crash-...        (repeats one input)

libFuzzer takes the arguments after the target. `make fuzz` installs atheris.
"""

import functools
import pathlib
import sys
import tempfile

import atheris

# Only the code under test is instrumented.
with atheris.instrument_imports(include=["tb_actmax"]):
    import scenarios
    from properties import Routes

    import tb_actmax.plugin.plugin  # noqa: F401  the loader does it later

_RAW = 256  # bytes at the end of an input that are used unchanged


def _target(name):
    if name == "routes":
        return functools.partial(scenarios.try_routes, Routes())
    if name == "file":
        directory = pathlib.Path(tempfile.mkdtemp())
        return functools.partial(scenarios.try_file, directory)
    return getattr(scenarios, f"try_{name}")


def main():
    """Runs libFuzzer."""
    target = _target(sys.argv[1])

    def one_input(data):
        provider = atheris.FuzzedDataProvider(data)
        raw = provider.ConsumeBytes(provider.ConsumeIntInRange(0, _RAW))
        target(provider.ConsumeIntInRange, raw)

    # atheris takes choices from the end of an input: short ones have none.
    arguments = [sys.argv[0], "-max_len=1024", "-len_control=0"]
    arguments += ["-timeout=20", "-rss_limit_mb=4096"]
    atheris.Setup(arguments + sys.argv[2:], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
