"""The choice of filters under a budget, in simulated trainings."""

import pytest

from tb_actmax.training.budget import ALLOWANCE, Budget
from tb_actmax.training.costs import Correction, LayerCost, UpdateCost, Work
from tb_actmax.training.prices import Prices

STEP = 0.001  # seconds per step of a filter


class Layer:
    """A layer whose updates take other times than estimated."""

    def __init__(self, traced=0.4, fixed=0.05, step=STEP, estimate=1.0):
        self.traced, self.fixed, self.step = traced, fixed, step
        work = Work(fixed * estimate, 0.0, step * estimate)
        self.cost = LayerCost(work, traced * estimate, 1.0)
        self.known, self.shown = set(), []

    def update(self, some):
        steps = sum(8 if one in self.known else 32 for one in some)
        built = 0.0 if self.known else self.traced
        self.known |= set(some)
        self.shown.append(len(some))
        seconds = built + self.fixed + steps * self.step
        return UpdateCost(len(some), steps, built, seconds)


def make_budget(share, costs, fewer=False, together=()):
    """Returns a budget for layers of 32 steps, later 8."""
    prices = Prices(costs, dict.fromkeys(costs, 32), 8, together)
    return Budget(share, prices, fewer)


def train(
    share, epoch_seconds, layers, epochs=40, filters=32, change=lambda f: 0.5
):
    """Simulates a training.

    Returns the seconds spent, those of the training, and all plans.
    """
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(share, costs)
    every = {path: list(range(filters)) for path in layers}
    training, spent, plans = 0.0, 0.0, []
    for _ in range(epochs):
        plan = {}
        budget.look_ahead(every, training, spent)
        for path in budget.begin(every, budget.earned(training), spent):
            chosen = budget.choose(path, budget.earned(training), spent)
            if chosen is None:
                break
            if some := chosen[path]:
                plan[path] = some
                cost = layers[path].update(some)
                budget.note(path, cost, {f: change(f) for f in some})
                spent += cost.seconds
        plans.append(plan)
        training += epoch_seconds
    return spent, training, plans


def two(**more):
    return {"conv1": Layer(**more), "conv2": Layer(**more)}


@pytest.mark.parametrize("epoch_seconds", [0.1, 5.0, 60.0])
@pytest.mark.parametrize("estimate", [0.3, 1.0, 5.0])
def test_the_share_is_kept(epoch_seconds, estimate):
    layers = two(estimate=estimate)
    spent, training, _ = train(0.05, epoch_seconds, layers, epochs=60)
    assert 0 < spent <= 1.1 * (ALLOWANCE + 0.05 * training)


def test_a_small_network_is_shown_whole_from_the_start():
    _, _, plans = train(0.05, 60.0, two())
    assert all(
        [len(some) for some in plan.values()] == [32, 32] for plan in plans
    )


def test_layers_that_all_fit_in_are_shown_whole():
    """One of them takes a fifth of the allowance."""
    layers = {"cheap": Layer(), "dear": Layer(fixed=0.7)}
    _, _, plans = train(0.05, 60.0, layers, epochs=1)
    assert [len(some) for some in plans[0].values()] == [32, 32]


def test_without_a_budget_everything_is_shown():
    _, _, plans = train(None, 0.0, two(step=100.0))
    assert all(
        [len(some) for some in plan.values()] == [32, 32] for plan in plans
    )


def test_a_large_network_shows_its_first_layers_at_once():
    layers = {
        f"conv{depth}": Layer(traced=depth, step=0.002 * depth)
        for depth in range(1, 7)
    }
    _, _, plans = train(0.05, 20.0, layers, epochs=80)
    assert list(plans[0])[:2] == ["conv1", "conv2"]
    assert "conv6" not in plans[0]
    assert layers["conv6"].shown, "the deepest is shown as time is earned"


def shared(due, left, traced=2.0, step=STEP, share=0.05, last=False):
    """Returns the choice for three new layers that can share an ascent."""
    layers = {name: Layer(traced=traced, step=step) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(share, costs, together=["abc"])
    if last:
        budget.allow_the_end()
    every = {path: list(range(filters)) for path, filters in due.items()}
    budget.begin(every, left, 0.0)
    return budget.choose(next(iter(every)), left, 0.0)


def test_layers_share_an_ascent_that_costs_less():
    assert shared({"a": 1, "b": 1, "c": 1}, 10.0) == {
        "a": [0],
        "b": [0],
        "c": [0],
    }
    assert list(shared({"a": 1, "c": 1}, 10.0)) == ["a", "c"]
    assert list(shared({"a": 1}, 10.0)) == ["a"]


def test_layers_wait_for_others_if_this_saves_much():
    """Three together take 3.2 s, one alone 2.7 s."""
    due = {"a": 1, "b": 1, "c": 1}
    assert all(shared(due, 3.3).values())
    assert not any(shared(due, 2.8).values())
    last = shared(due, 2.8, last=True)
    assert [len(some) for some in last.values()] == [1, 0, 0]
    assert not any(shared(due, 2.6, last=True).values())
    cheap = shared(due, 3.3, traced=0.2, step=0.05)
    assert [len(some) for some in cheap.values()] == [1, 0, 0]


def test_layers_that_share_an_ascent_leave_time_for_each_other():
    found = shared({"a": 20, "b": 20, "c": 20}, 6.0, step=0.005)
    assert all(found.values())
    images = sum(map(len, found.values()))
    # Estimates for one of them are not corrected by what another took.
    assert 2.0 + 3 * 0.15 + images * 32 * 0.005 < 0.75 * 6.0


def test_layers_that_cannot_share_an_ascent_are_chosen_one_by_one():
    layers = {name: Layer(traced=2.0) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(0.05, costs, together=["abc"])
    every = {path: [0] for path in "abc"}
    budget.begin(every, 10.0, 0.0)
    chosen = budget.choose("a", 10.0, 0.0)
    assert list(chosen) == [*"abc"]
    together = budget.prices.of_one("b")
    budget.separate(chosen)
    assert budget.prices.of_one("b") > together + 1.0
    assert budget.choose("a", 10.0, 0.0) == {"a": [0]}
    assert budget.choose("b", 10.0, 3.0) == {"b": [0]}


def test_later_ascents_of_a_shared_step_need_no_trace():
    layers = {name: Layer(traced=2.0, step=0.01) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    costs["c"] = Layer(traced=2.0, step=0.03).cost
    prices = make_budget(0.05, costs, together=["abc"]).prices
    prices.begin(dict.fromkeys("abc", 1))
    for path in "abc":
        cost = UpdateCost(1, 32, 0.7, 0.7 + 0.1 + 32 * 0.03, shared=True)
        prices.note(path, cost, [0])
    # A step runs up to the deepest layer, whose images are wanted or not.
    for path in "abc":
        assert prices.of_one(path) == pytest.approx(0.1 + 8 * 0.03, rel=0.2)


def test_without_a_budget_layers_share_an_ascent():
    assert list(shared({"a": 4, "b": 4, "c": 4}, 0.0, share=None)) == [*"abc"]


def test_no_filter_is_starved():
    _, _, plans = train(0.05, 2.0, two(), epochs=120)
    late = plans[40:]
    shown = {
        (la, f) for plan in late for la, some in plan.items() for f in some
    }
    assert len(shown) == 64


def test_expensive_layers_get_their_turn():
    """Each of their updates costs the budget of many epochs."""
    layers = {"cheap": Layer(fixed=0.01), "expensive": Layer(fixed=1.0)}
    spent, training, _ = train(0.05, 2.0, layers, epochs=300, filters=4)
    assert spent <= ALLOWANCE + 0.05 * training
    assert sum(layers["expensive"].shown) >= 40
    assert sum(layers["cheap"].shown) >= 40


def test_an_unaffordable_layer_does_not_block_the_others():
    layers = {"cheap": Layer(), "unaffordable": Layer(traced=4000.0)}
    train(0.05, 20.0, layers, epochs=40, filters=4)
    assert sum(layers["cheap"].shown) == 160
    assert not layers["unaffordable"].shown


def test_layers_with_images_go_on_while_others_are_saved_for():
    layers = {"cheap": Layer(), "dear": Layer(traced=30.0)}
    train(0.05, 20.0, layers, epochs=80, filters=4)
    assert sum(layers["cheap"].shown) > 160
    assert layers["dear"].shown


def test_nothing_is_saved_after_the_last_update():
    """Time that an expensive layer cannot use goes to the others."""
    layers = {"cheap": Layer(step=0.02), "dear": Layer(traced=60.0)}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(0.05, costs)
    every = {path: list(range(16)) for path in costs}
    spent = 0.0

    def update():
        nonlocal spent
        earned = budget.earned(20.0)
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
    budget.allow_the_end()
    assert len(update()) > first
    assert spent <= 2 * ALLOWANCE


def end(layers, known, training):
    """Simulates the last update of a training, in which some have images.

    Returns the layers shown in it, and the seconds spent in total.
    """
    costs = {path: layer.cost for path, layer in layers.items()}
    budget, spent = make_budget(0.05, costs), 0.0
    for path in known:
        budget.begin({path: [0]}, 10.0, 0.0)
        cost = layers[path].update([0])
        budget.note(path, cost, {0: 0.5})
        spent += cost.seconds
    budget.allow_the_end()
    every, found = {path: [0] for path in layers}, []
    for path in budget.begin(every, budget.earned(training), spent):
        chosen = budget.choose(path, budget.earned(training), spent)
        for one in [one for one, some in chosen.items() if some]:
            found.append(one)
            cost = layers[one].update([0])
            budget.note(one, cost, {0: 0.5})
            spent += cost.seconds
    return found, spent


def test_a_half_of_the_allowance_is_kept_for_the_end():
    """Layers with images are then to show the trained network."""
    layers = {f"conv{place}": Layer(traced=1.0) for place in range(8)}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(0.05, costs)
    every = {path: [0] for path in layers}
    spent = 0.0
    for path in budget.begin(every, budget.earned(0.0), spent):
        if budget.choose(path, budget.earned(0.0), spent)[path]:
            cost = layers[path].update([0])
            budget.note(path, cost, {0: 0.5})
            spent += cost.seconds
    assert 0.3 * ALLOWANCE < spent < 0.6 * ALLOWANCE
    assert budget.earned(1000.0) > 0.9 * (ALLOWANCE + 0.05 * 1000)


def test_nothing_is_left_out_where_all_images_fit_in():
    """Only what refreshes one image of each layer is then kept."""
    layers = {name: Layer(traced=0.1, step=0.0005) for name in "abcdef"}
    _, _, plans = train(0.05, 60.0, layers, epochs=2)
    assert all(len(some) == 32 for some in plans[0].values())
    assert list(plans[0]) == list(layers)


def test_the_first_images_may_take_more_than_half_of_the_allowance():
    layer = Layer(traced=5.2)
    budget = make_budget(0.05, {"conv": layer.cost})
    budget.begin({"conv": [0]}, budget.earned(0.0), 0.0)
    assert budget.choose("conv", budget.earned(0.0), 0.0) == {"conv": [0]}


def test_layers_with_images_are_refreshed_even_if_all_time_is_spent():
    layers = {name: Layer(traced=0.1) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget, spent = make_budget(0.05, costs), 2 * ALLOWANCE
    for path in layers:
        budget.begin({path: [0]}, 10.0, 0.0)
        budget.note(path, layers[path].update([0]), {0: 0.5})
    budget.allow_the_end(spent)
    for path in budget.begin({path: [0] for path in layers}, 0.0, 0.0):
        chosen = budget.choose(path, budget.earned(0.0), spent)
        assert chosen == {path: [0]}
        spent += layers[path].update([0]).seconds
    assert spent < 2 * ALLOWANCE + 1


def test_at_the_end_layers_with_images_come_first():
    layers = {"new": Layer(traced=0.1), "old": Layer(traced=2.0)}
    found, _ = end(layers, ["old"], 20.0)
    assert found == ["old", "new"]


def test_the_allowance_is_given_again_if_few_layers_were_shown():
    names = ["one", "two", "three", "four"]
    dear = {name: Layer(traced=4.5) for name in names}
    found, spent = end(dear, ["one", "two"], 20.0)
    assert found == ["one", "two", "three"], "more than half are shown"
    assert ALLOWANCE + 1 < spent < 20.0
    shown = {name: Layer(traced=4.5) for name in names[:3]}
    found, spent = end(shown, ["one", "two"], 20.0)
    assert found == ["one", "two"], "most of them are shown"
    assert spent <= ALLOWANCE + 1


def test_a_long_training_is_given_no_second_allowance():
    layers = {f"conv{place}": Layer(traced=8.0) for place in range(9)}
    _, spent = end(layers, ["conv0"], 400.0)
    assert spent <= ALLOWANCE + 0.05 * 400


def test_the_last_update_has_time_for_all_layers():
    """A new layer leaves time for final images of those that have some."""
    layers = {name: Layer(step=0.03) for name in ("first", "second", "third")}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(0.05, costs)
    for path in ("first", "second"):
        budget.begin({path: range(4)}, 10.0, 0.0)
        cost = layers[path].update(range(4))
        budget.note(path, cost, dict.fromkeys(range(4), 0.5))
    budget.allow_the_end()
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
    budget = make_budget(0.05, {"conv": layer.cost})
    budget.begin({"conv": [0]}, 10.0, 0.0)
    budget.note("conv", layer.update([0]), {0: 0.5})
    budget.allow_the_end()
    every, earned = {"conv": [1, 0, 2]}, budget.earned(20.0)
    budget.begin(every, earned, earned - left)
    assert budget.choose("conv", earned, earned - left) == {"conv": [0]}


def last_update(seconds, step=0.1, fewer=True):
    """Returns the steps of the first images of three layers, in order."""
    layers = {name: Layer(step=step) for name in ("one", "two", "three")}
    costs = {path: layer.cost for path, layer in layers.items()}
    budget = make_budget(0.05, costs, fewer=fewer)
    budget.allow_the_end()
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
    budget = make_budget(0.05, costs, fewer=True)
    budget.begin({"conv1": [0], "conv2": [0]}, ALLOWANCE, 0.0)
    assert budget.prices.cold_steps("conv1") == 32


def test_estimates_are_corrected_for_a_slower_machine():
    correction = Correction()
    before = correction(1.0)
    correction.note(1.0, 2.0)
    correction.note(3.0, 6.0)
    assert before < correction(1.0)
    assert correction(6.0) == pytest.approx(12.0, rel=0.1)


def test_time_that_does_not_grow_with_the_work_does_not_count_as_slowness():
    """Three small layers take four times the estimate, by a constant."""
    correction = Correction()
    for estimate in (0.13, 0.15, 0.2):
        correction.note(estimate, estimate + 0.4)
    assert 2.2 < correction(2.0) < 3.2


def test_a_layer_that_is_faster_than_estimated_does_not_lower_the_rest_much():
    correction = Correction()
    correction.note(2.0, 0.5)
    assert correction(1.0) >= 1.1


def test_filters_that_change_are_shown_more_often():
    _, _, plans = train(
        0.05,
        3.0,
        two(step=0.01),
        epochs=160,
        change=lambda f: 0.9 if f < 8 else 0.0,
    )
    counts = dict.fromkeys(range(32), 0)
    for plan in plans[60:]:
        for some in plan.values():
            for index in some:
                counts[index] += 1
    restless = sum(counts[f] for f in range(8)) / 8
    settled = sum(counts[f] for f in range(8, 32)) / 24
    assert restless > 1.5 * settled


def test_the_summary_counts_left_out_images():
    layer = Layer(traced=1000.0)
    budget = make_budget(0.05, {"conv1": layer.cost})
    assert budget.left_out() == ""
    budget.begin({"conv1": list(range(8))}, budget.earned(0.0), 0.0)
    assert "8 of 8 images were left out" in budget.left_out()
