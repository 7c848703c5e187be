"""Each answer of `tb-actmax doctor`."""

import importlib
import importlib.metadata
import importlib.util

import pytest

from tb_actmax.cli import doctor
from tb_actmax.cli import main as cli

TAB = "TensorBoard's tab: "
TRAINING = "The callback, maximize and render: "


@pytest.fixture
def ask(monkeypatch, capsys):
    """Runs doctor where some packages have other versions, or none."""

    def run(**versions):
        real = importlib.metadata.version

        def version(name):
            known = versions.get(name.replace("-", "_"), real)
            if known is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return known if isinstance(known, str) else real(name)

        monkeypatch.setattr(importlib.metadata, "version", version)
        status = cli.main(["doctor"])
        return status, capsys.readouterr().out

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return run


def test_all_is_well_here(ask):
    status, said = ask()
    assert status == 0
    assert TAB + "works." in said and TRAINING + "works." in said


def test_what_the_tab_needs_is_missing_or_too_old(ask):
    status, said = ask(scipy=None, pillow="9.0.1")
    assert status == 1
    assert "scipy is not installed" in said
    assert "scipy is missing: pip install 'scipy>=1.11" in said
    assert "pillow 9.0.1 is too old: pip install 'pillow>=10.1'" in said
    assert TAB + "does not work:" in said


def test_no_tensorboard(ask):
    status, said = ask(tensorboard=None)
    assert status == 1
    assert "tensorboard is missing: pip install 'tensorboard>=2.18'" in said


def test_an_old_tensorboard_without_pkg_resources(ask, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "pkg_resources" else real(name),
    )
    status, said = ask(tensorboard="2.20.0", setuptools="82.0.1")
    assert status == 1
    assert "setuptools 82.0.1 does not bring" in said
    assert "pip install 'setuptools<82'" in said
    assert ask(tensorboard="2.21.0")[0] == 0


def test_a_tensorboard_that_cannot_be_imported(ask, monkeypatch):
    real = importlib.import_module

    def broken(name, *rest):
        if name == "tensorboard.plugins.base_plugin":
            raise RuntimeError("Descriptors cannot be created directly")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", broken)
    status, said = ask()
    assert status == 1
    assert "cannot be imported: Descriptors cannot be created" in said


def test_a_plugin_that_is_not_registered(ask, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ())
    status, said = ask()
    assert status == 1 and "the plugin is not registered" in said


def test_a_dashboard_that_is_not_built(ask, monkeypatch, tmp_path):
    place = tmp_path / "tb_actmax" / "commands" / "doctor.py"
    monkeypatch.setattr(doctor, "__file__", str(place))
    status, said = ask()
    assert status == 1 and "the dashboard is not built" in said


@pytest.mark.parametrize(
    "versions, words",
    [
        (
            {"tensorflow": None, "tensorflow_cpu": None},
            "pip install 'tb-actmax[tensorflow]'",
        ),
        ({"keras": None}, "pip install keras"),
        ({"keras": "2.15.0"}, "Keras 2.15.0 is too old"),
        (
            {"tensorflow": None, "tensorflow_cpu": "2.17.1"},
            "TensorFlow 2.17.1 is too old",
        ),
    ],
)
def test_without_what_trains_the_tab_works_all_the_same(ask, versions, words):
    status, said = ask(**versions)
    assert status == 0
    assert TAB + "works." in said
    assert TRAINING + "does not work:" in said and words in said


def test_another_backend_of_keras(ask, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    status, said = ask()
    assert status == 0
    assert "set KERAS_BACKEND=tensorflow" in said
