"""The time that is kept for the end of a training, and its use."""

import pytest
from support.simulated_training import Layer, make_budget, two

from tb_actmax.training.allowance import ALLOWANCE


def test_nothing_is_saved_after_the_last_update():
    """Time that an expensive layer cannot use goes to the others."""
    layers = {"cheap": Layer(step=0.02), "dear": Layer(traced=60.0)}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    every = {path: list(range(16)) for path in costs}
    spent = 0.0

    def update():
        nonlocal spent
        earned = allowance.earned(20.0)
        budget.begin(every, earned, spent)
        chosen = budget.choose("cheap", earned, spent) or {}
        if some := chosen.get("cheap"):
            cost = layers["cheap"].update(some)
            budget.note("cheap", cost, dict.fromkeys(some, 0.5))
            spent += cost.seconds
        return some

    first = len(update())
    assert 0 < first < 16
    assert not update()
    allowance.allow_the_end()
    assert len(update()) > first
    assert spent <= 2 * ALLOWANCE


def end(layers, known, training):
    """Simulates the last update of a training, in which some have images.

    Returns the layers shown in it, and the seconds spent in total.
    """
    costs = {path: layer.cost for path, layer in layers.items()}
    (allowance, budget), spent = make_budget(0.05, costs), 0.0
    for path in known:
        budget.begin({path: [0]}, 10.0, 0.0)
        cost = layers[path].update([0])
        budget.note(path, cost, {0: 0.5})
        spent += cost.seconds
    allowance.allow_the_end()
    every, found = {path: [0] for path in layers}, []
    for path in budget.begin(every, allowance.earned(training), spent):
        chosen = budget.choose(path, allowance.earned(training), spent)
        for one in [one for one, some in chosen.items() if some]:
            found.append(one)
            cost = layers[one].update([0])
            budget.note(one, cost, {0: 0.5})
            spent += cost.seconds
    return found, spent


def test_a_part_of_the_allowance_is_kept_for_the_end():
    """Layers with images are then to show the trained network."""
    layers = {f"conv{place}": Layer(traced=1.0) for place in range(8)}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    every = {path: [0] for path in layers}
    spent = 0.0
    for path in budget.begin(every, allowance.earned(0.0), spent):
        if budget.choose(path, allowance.earned(0.0), spent)[path]:
            cost = layers[path].update([0])
            budget.note(path, cost, {0: 0.5})
            spent += cost.seconds
    assert 0.2 * ALLOWANCE < spent < 0.5 * ALLOWANCE
    # New layers then share a pass and an ascent.
    assert allowance.earned(150.0) < 0.5 * ALLOWANCE + 0.05 * 150
    assert allowance.earned(1000.0) > 0.9 * (ALLOWANCE + 0.05 * 1000)


@pytest.mark.parametrize("rest", [20.0, 2000.0])
def test_new_layers_wait_for_an_end_that_is_near(rest):
    """Shown now and again at the end, they would take longer."""
    layers = {f"conv{place}": Layer(traced=1, fixed=2) for place in range(8)}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    every = {path: [0] for path in layers}
    shown, spent = [], 0.0
    for training, then in ((0.0, float("inf")), (300.0, rest)):
        allowance.save(then)
        allowance.look_ahead(every, training, spent)
        shown.append([])
        for path in budget.begin(every, allowance.earned(training), spent):
            chosen = budget.choose(path, allowance.earned(training), spent)
            if chosen is None:
                break
            if chosen[path]:
                shown[-1].append(path)
                cost = layers[path].update([0])
                budget.note(path, cost, {0: 0.5})
                spent += cost.seconds
    assert 0 < len(shown[0]) < 8
    assert bool(shown[1]) == (rest > 1000)


def test_layers_with_images_are_refreshed_even_if_all_time_is_spent():
    """This time is not for other images."""
    layers = {name: Layer(traced=0.1) for name in ("one", "two", "new")}
    costs = {path: layer.cost for path, layer in layers.items()}
    (allowance, budget), spent = make_budget(0.05, costs), 2 * ALLOWANCE
    for path in ("one", "two"):
        budget.begin({path: [0]}, 10.0, 0.0)
        budget.note(path, layers[path].update([0]), {0: 0.5})
    allowance.allow_the_end(spent)
    shown = {}
    for path in budget.begin({p: [1, 0] for p in layers}, 0.0, 0.0):
        shown |= budget.choose(path, allowance.earned(0.0), spent)
        spent += layers[path].update([0]).seconds if shown[path] else 0
    assert shown == {"one": [0], "two": [0], "new": []}
    assert spent < 2 * ALLOWANCE + 1


def test_at_the_end_layers_with_images_come_first():
    layers = {"new": Layer(traced=0.1), "old": Layer(traced=2.0)}
    found, _ = end(layers, ["old"], 20.0)
    assert found == ["old", "new"]


def test_a_short_training_has_one_allowance():
    dear = {name: Layer(traced=6.0) for name in ("one", "two", "three")}
    found, spent = end(dear, ["one", "two"], 20.0)
    assert found == ["one", "two"], "no time is left for others"
    assert spent <= ALLOWANCE + 0.05 * 20.0


def test_new_filters_leave_time_for_layers_without_images():
    layers = {"old": Layer(step=0.03), "new": Layer(traced=2.5, step=0.03)}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    every = {"old": list(range(8)), "new": [0]}
    budget.begin({"old": [0]}, 10.0, 0.0)
    budget.note("old", layers["old"].update([0]), {0: 0.5})
    allowance.allow_the_end()
    # 0.3 s to refresh, 1 s for another filter, 4 s for the other layer.
    for seconds, filters in ((6.5, 1), (11.0, 7)):
        budget.begin(every, seconds, 0.0)
        chosen = budget.choose("old", seconds, 0.0)["old"]
        assert len(chosen) == filters
        budget.choose("new", seconds, 0.0)


def test_a_long_training_is_given_no_second_allowance():
    layers = {f"conv{place}": Layer(traced=8.0) for place in range(9)}
    _, spent = end(layers, ["conv0"], 400.0)
    assert spent <= ALLOWANCE + 0.05 * 400


def test_the_last_update_has_time_for_all_layers():
    """A new layer leaves time for final images of those that have some."""
    layers = {name: Layer(step=0.03) for name in ("first", "second", "third")}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    for path in ("first", "second"):
        budget.begin({path: range(4)}, 10.0, 0.0)
        cost = layers[path].update(range(4))
        budget.note(path, cost, dict.fromkeys(range(4), 0.5))
    allowance.allow_the_end()
    earned, spent, shown = 20.0, 10.0, {}
    every = {path: list(range(16)) for path in layers}
    for path in budget.begin(every, earned, spent):
        some = budget.choose(path, earned, spent)[path]
        shown[path] = len(some)
        cost = layers[path].update(some)
        budget.note(path, cost, dict.fromkeys(some, 0.5))
        spent += cost.seconds
    assert list(shown) == ["first", "second", "third"]
    assert all(shown.values())
    assert spent <= earned


@pytest.mark.parametrize("left", [1.0, 2.0])
def test_the_last_update_refreshes_images_before_it_makes_others(left):
    """Those of the trained network can then be compared with earlier ones."""
    layer = Layer(step=0.05)  # 1.6 s for a new image, 0.4 s for a later one
    allowance, budget = make_budget(0.05, {"conv": layer.cost})
    budget.begin({"conv": [0]}, 10.0, 0.0)
    budget.note("conv", layer.update([0]), {0: 0.5})
    allowance.allow_the_end()
    every, earned = {"conv": [1, 0, 2]}, allowance.earned(20.0)
    budget.begin(every, earned, earned - left)
    assert budget.choose("conv", earned, earned - left) == {"conv": [0]}


def last_update(seconds, step=0.1, fewer=True):
    """Returns the steps of the first images of three layers, in order."""
    layers = {name: Layer(step=step) for name in ("one", "two", "three")}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs, fewer=fewer)
    allowance.allow_the_end()
    every = {path: [0] for path in costs}
    spent, found = 0.0, []
    for path in budget.begin(every, spent + seconds, spent):
        if budget.choose(path, spent + seconds, spent)[path]:
            found.append(budget.prices.cold_steps(path))
            seconds -= 0.45 + found[-1] * step
            spent += 0.45 + found[-1] * step
    return found


def test_the_last_update_takes_fewer_steps_rather_than_leave_layers_out():
    # An image takes 3.7 s, with a quarter more for what is not known.
    assert last_update(25.0) == [32, 32, 32]
    few = last_update(9.0)
    assert len(few) == 3
    assert 16 <= few[0] < 32
    assert last_update(9.0, fewer=False) == [32, 32]
    assert last_update(4.0) == [16]


def test_no_other_update_takes_fewer_steps():
    layers = two(step=0.2)
    costs = {path: layer.cost for path, layer in layers.items()}
    _, budget = make_budget(0.05, costs, fewer=True)
    budget.begin({"conv1": [0], "conv2": [0]}, ALLOWANCE, 0.0)
    assert budget.prices.cold_steps("conv1") == 32


def test_layers_that_may_fit_in_are_measured_with_the_others():
    """A pass over the sample would be repeated for each of them."""
    layers = {
        name: Layer(traced=2.0, fixed=fixed)
        for name, fixed in (("a", 0.5), ("b", 0.5), ("c", 0.01), ("d", 3.0))
    }
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    allowance.allow_the_end()
    due = {path: [0] for path in layers}
    price = budget.prices.of_one("a")
    for left in (2 * price, 1.7 * price):
        planned = budget.begin(due, left, 0.0)
        assert sum(map(bool, planned.values())) < 3
        assert sorted(budget.likely) == ["a", "b", "c"]


def test_another_pass_over_the_sample_begins_with_the_input():
    layers = {name: Layer(traced=0.1, fixed=2.0) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    _, budget = make_budget(0.05, costs)
    budget.prices.begin(dict.fromkeys("abc", 1))
    one = budget.prices.of_one("c")
    budget.prices.note("a", layers["a"].update([0]), [0])
    budget.prices.passes.measured("ab")
    assert budget.prices.of_one("b") < one - 1.5
    assert budget.prices.of_one("c") > one + 3.0
