"""The fuzz targets, run by hypothesis for a few seconds.

`make fuzz` runs them for as long as you like. Inputs that it found are cases
in tests/records and tests/plugin/test_hostile_logs.py.
"""

import pathlib
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = pathlib.Path(__file__).parents[2] / "fuzz"


@pytest.fixture(scope="module", autouse=True)
def targets():
    """Makes the modules of the fuzz folder importable."""
    sys.path.insert(0, str(FUZZ))
    yield
    sys.path.remove(str(FUZZ))


def often(count):
    """Returns settings for `count` examples, the same ones in each run."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def choose(data):
    """Returns a function that draws integers within bounds."""
    return lambda low, high: data.draw(st.integers(low, high))


@often(300)
@given(data=st.data(), raw=st.binary(max_size=200))
def test_an_event_is_decoded_or_an_event_error(data, raw):
    import scenarios

    scenarios.try_event(choose(data), raw)


@often(150)
@given(data=st.data(), raw=st.binary(max_size=60))
def test_an_image_is_decoded_or_a_value_error(data, raw):
    import scenarios

    scenarios.try_image(choose(data), raw)


@often(100)
@given(data=st.data(), raw=st.binary(max_size=200))
def test_a_route_answers_or_refuses(data, raw):
    import properties
    import scenarios

    scenarios.try_routes(properties.Routes(), choose(data), raw)


def test_a_file_is_read_up_to_its_damage(tmp_path):
    import scenarios

    @often(60)
    @given(data=st.data(), raw=st.binary(max_size=200))
    def read(data, raw):
        scenarios.try_file(tmp_path, choose(data), raw)

    read()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@often(200)
@given(value=json_values)
def test_cleaned_values_are_valid_json(value):
    import json

    from tb_actmax.records.header_json import EventError, clean

    try:
        text = json.dumps(clean(value), allow_nan=False, ensure_ascii=False)
    except EventError:
        return
    assert json.loads(text.encode()) == clean(clean(value))
