"""The problems that `tb-actmax doctor` finds, and the repairs it suggests."""

import importlib
import importlib.metadata
import importlib.util

import pytest

from tb_actmax.cli import doctor
from tb_actmax.cli.main import main

TAB = "TensorBoard's tab: "
TRAINING = "The callback, maximize and render: "


@pytest.fixture
def doctor_on(monkeypatch, capsys):
    """Runs the command as if packages had other versions, or none."""

    def run(**versions):
        real = importlib.metadata.version

        def version(name):
            known = versions.get(name.replace("-", "_"), real)
            if known is None:
                raise importlib.metadata.PackageNotFoundError(name)
            return known if isinstance(known, str) else real(name)

        monkeypatch.setattr(importlib.metadata, "version", version)
        status = main(["doctor"])
        return status, capsys.readouterr().out

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    return run


def test_everything_works_here(doctor_on):
    status, said = doctor_on()
    assert status == 0
    assert TAB + "works." in said and TRAINING + "works." in said


def test_missing_and_old_requirements_of_the_tab(doctor_on):
    status, said = doctor_on(scipy=None, pillow="9.0.1")
    assert status == 1
    assert "scipy is not installed" in said
    assert "scipy is missing: pip install 'scipy>=1.11" in said
    assert "pillow 9.0.1 is too old: pip install 'pillow>=10.1'" in said
    assert TAB + "does not work:" in said


def test_missing_tensorboard(doctor_on):
    status, said = doctor_on(tensorboard=None)
    assert status == 1
    assert "tensorboard is missing: pip install 'tensorboard>=2.18'" in said


def test_old_tensorboard_without_pkg_resources(doctor_on, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "pkg_resources" else real(name),
    )
    status, said = doctor_on(tensorboard="2.20.0", setuptools="82.0.1")
    assert status == 1
    assert "setuptools 82.0.1 does not contain" in said
    assert "pip install 'setuptools<82'" in said
    assert doctor_on(tensorboard="2.21.0")[0] == 0


def test_tensorboard_that_fails_to_import(doctor_on, monkeypatch):
    real = importlib.import_module

    def broken(name, *rest):
        if name == "tensorboard.plugins.base_plugin":
            raise RuntimeError("Descriptors cannot be created directly")
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", broken)
    status, said = doctor_on()
    assert status == 1
    assert "cannot be imported: Descriptors cannot be created" in said


def test_plugin_that_is_not_registered(doctor_on, monkeypatch):
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: ())
    status, said = doctor_on()
    assert status == 1 and "the plugin is not registered" in said


def test_dashboard_that_is_not_built(doctor_on, monkeypatch, tmp_path):
    place = tmp_path / "tb_actmax" / "cli" / "doctor.py"
    monkeypatch.setattr(doctor, "__file__", str(place))
    status, said = doctor_on()
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
def test_the_tab_works_without_tensorflow_and_keras(doctor_on, versions, words):
    status, said = doctor_on(**versions)
    assert status == 0
    assert TAB + "works." in said
    assert TRAINING + "does not work:" in said and words in said


def test_keras_with_another_backend(doctor_on, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    status, said = doctor_on()
    assert status == 0
    assert "set KERAS_BACKEND=tensorflow" in said
