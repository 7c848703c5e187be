"""The weights with which images were made."""

import numpy as np
import tensorflow as tf

from tb_actmax.training.digests import Digests, Made


def handle(values):
    variable = tf.Variable(values)
    return variable, variable.handle


def test_a_digest_is_that_of_all_bits():
    variable, one = handle(np.zeros((3, 2), np.float32))
    zero = Digests().of([one])
    assert Digests().of([one]) == zero
    variable.assign(np.full((3, 2), -0.0, np.float32))
    assert Digests().of([one]) != zero
    assert Digests().of(None) is None
    _, other = handle(np.zeros((2, 3), np.float32))
    assert Digests().of([other]) != zero


def test_variables_of_any_type_have_a_digest():
    for values in (1.0, [True], np.float16([2]), np.zeros((0, 2), np.int64)):
        _, one = handle(values)
        assert Digests().of([one]) == Digests().of([one])


def test_a_variable_is_read_once_at_a_moment():
    variable, one = handle(1.0)
    digests = Digests()
    first = digests.of([one])
    variable.assign(2.0)
    assert digests.of([one]) == first


def test_images_made_in_parts_are_complete_together():
    made = Made("abc")
    assert made.due(b"1") == set("abc")
    made.note(b"1", 3, ["a"])
    assert made.due(b"1") == set("bc")
    assert made.since(b"1") is None
    made.note(b"1", 4, ["b", "c"])
    assert made.since(b"1") == 4
    assert made.due(b"2") == set("abc")


def test_earlier_weights_are_known_again_for_a_while():
    made = Made("a")
    for step in range(100):
        made.note(bytes([step]), step, ["a"])
    assert made.since(bytes([99])) == 99
    assert made.since(bytes([80])) == 80
    assert made.since(bytes([1])) is None


def test_unknown_weights_are_due():
    made = Made("a")
    made.note(None, 0, ["a"])
    assert made.due(None) == set("a")
    assert made.since(None) is None
