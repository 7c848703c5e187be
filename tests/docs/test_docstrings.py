"""Every example in a docstring runs."""

import pathlib

import pytest
from sybil import Sybil
from sybil.document import PythonDocStringDocument
from sybil.parsers.markdown import PythonCodeBlockParser

import tb_actmax

PACKAGE = pathlib.Path(tb_actmax.__file__).parent
MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if "```" in path.read_text() or ">>>" in path.read_text()
]


class Docstrings(PythonDocStringDocument):
    """Docstrings of a module; examples import it as users do."""

    def import_document(self, example):
        """Imports nothing."""


def test_the_public_names_have_examples():
    names = {
        path.parent.name if path.stem == "__init__" else path.stem
        for path in MODULES
    }
    assert {"callback", "maximize", "match", "objectives"} <= names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_every_example_runs(path, given):
    if path.stem == "match":  # takes the logs of two trainings
        for name in ("first", "second"):
            own = tb_actmax.ActivationMaximization(
                f"logs/{name}", layers=["conv2"], probe=given["x_train"]
            )
            given["build_model"](seed=len(name)).fit(
                given["x_train"], given["y_train"], verbose=0, callbacks=[own]
            )
    parsers = [PythonCodeBlockParser()]
    document = Sybil(
        parsers,
        path=str(path.parent),
        document_types={".py": Docstrings},
    ).parse(path)
    document.namespace.update(given, tb_actmax=tb_actmax)
    examples = list(document.examples())
    for example in examples:
        example.evaluate()
    assert len(examples) == path.read_text().count("```python")
    assert ">>>" not in path.read_text()
