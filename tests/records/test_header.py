"""The header's types agree with its documentation and the dashboard's types."""

import pathlib
import re
import typing

import pytest

from tb_actmax.records import header, typescript

_ROOT = pathlib.Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "event_format.md").read_text()


def test_the_dashboards_types_are_up_to_date():
    written = (_ROOT / typescript.TARGET).read_text()
    assert written == typescript.typescript(), (
        "run: python -m tb_actmax.records.typescript"
    )


@pytest.mark.parametrize(
    "class_",
    [header.EventHeader, header.FilterEntry],
    ids=lambda class_: class_.__name__,
)
def test_each_key_has_a_row_in_the_documentation(class_):
    rows = re.findall(r"^\| (`.*?) \|", _PAGE, re.MULTILINE)
    described = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert typing.get_type_hints(class_).keys() <= described


@pytest.mark.parametrize(
    "class_",
    [
        header.SettingsHeader,
        header.ExemplarsHeader,
        header.SignatureHeader,
        header.FilterExemplars,
        header.InputsHeader,
        header.FilterInputs,
        header.ThumbnailsHeader,
    ],
    ids=lambda class_: class_.__name__,
)
def test_each_key_of_a_part_is_in_the_documentation(class_):
    for key in typing.get_type_hints(class_):
        assert re.search(rf'[`"]{key}[`"]', _PAGE), key
