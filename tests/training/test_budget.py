"""The choice of filters under a budget, in simulated trainings."""

import pytest
from support.simulated_training import STEP, Layer, make_budget, train, two

from tb_actmax.training.allowance import ALLOWANCE
from tb_actmax.training.costs import UpdateCost


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
    allowance, budget = make_budget(share, costs, together=["abc"])
    if last:
        allowance.allow_the_end()
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
    assert shared(due, 2.8, last=True) == {"a": [0]}, "others come next"
    assert not any(shared(due, 2.6, last=True).values())
    cheap = shared(due, 3.3, traced=0.2, step=0.05)
    assert [len(some) for some in cheap.values()] == [1, 0, 0]


def test_layers_that_do_not_fit_into_a_last_ascent_are_tried_afterwards():
    """The estimates for three of them were too high by far."""
    layers = {name: Layer(traced=0.3, estimate=6.0) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs, together=["abc"])
    allowance.allow_the_end()
    every = {path: [0] for path in layers}
    left, spent, shown = list(budget.begin(every, 3.3, 0.0)), 0.0, []
    while left:
        chosen = budget.choose(left[0], 3.3, spent)
        shown.append([path for path, some in chosen.items() if some])
        for path in shown[-1]:
            cost = layers[path].update([0])
            budget.note(path, cost, {0: 0.5})
            spent += cost.seconds
        left = [path for path in left if path not in chosen]
    assert len(shown) == 2
    assert [path for some in shown for path in some] == ["a", "b", "c"]


def test_layers_that_share_an_ascent_leave_time_for_each_other():
    found = shared({"a": 20, "b": 20, "c": 20}, 6.0, step=0.005)
    assert all(found.values())
    images = sum(map(len, found.values()))
    # Estimates for one of them are not corrected by what another took.
    assert 2.0 + 3 * 0.15 + images * 32 * 0.005 < 0.75 * 6.0


def test_layers_that_cannot_share_an_ascent_are_chosen_one_by_one():
    layers = {name: Layer(traced=2.0) for name in "abc"}
    costs = {path: layer.cost for path, layer in layers.items()}
    _, budget = make_budget(0.05, costs, together=["abc"])
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
    _, budget = make_budget(0.05, costs, together=["abc"])
    prices = budget.prices
    prices.begin(dict.fromkeys("abc", 1))
    for path in "abc":
        cost = UpdateCost(1, 32, 0.7, 0.7 + 0.1 + 32 * 0.03, shared=True)
        prices.note(path, cost, [0])
    # A step runs up to the deepest layer, whose images are wanted or not.
    for path in "abc":
        assert prices.of_one(path) == pytest.approx(0.1 + 8 * 0.03, rel=0.2)


def test_layers_are_measured_in_the_pass_of_the_first_that_is_shown():
    """Each takes 1 s on its own; one pass measures both."""
    layers = {name: Layer(traced=0.0, fixed=1.0) for name in ("one", "two")}
    costs = {path: layer.cost for path, layer in layers.items()}
    _, budget = make_budget(0.05, costs)
    due = {path: [0] for path in layers}
    assert all(budget.begin(due, 10.0, 0.0).values())
    before = budget.prices.of_one("two")
    budget.note("one", layers["one"].update([0]), {0: 0.5})
    assert budget.prices.of_one("two") < before / 2
    budget.begin(due, 10.0, 0.0)
    assert budget.prices.of_one("two") == pytest.approx(before, rel=0.3)


def test_the_plan_knows_what_is_kept_once_a_layer_is_shown():
    """What is planned, but not shown, would be measured in vain."""
    layers = {f"conv{place}": Layer(traced=1.5) for place in range(8)}
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(0.05, costs)
    due, spent = {path: [0] for path in layers}, 0.0
    then = allowance.earned(0.0, shown=True)
    planned = budget.begin(due, allowance.earned(0.0), spent, then)
    shown = set()
    for path in planned:
        if budget.choose(path, allowance.earned(0.0), spent)[path]:
            shown.add(path)
            cost = layers[path].update([0])
            budget.note(path, cost, {0: 0.5})
            spent += cost.seconds
    assert 1 < sum(map(bool, planned.values())) < len(layers)
    assert shown >= {path for path, some in planned.items() if some}


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


def test_nothing_is_left_out_where_all_images_fit_in():
    """Only what refreshes one image of each layer is then kept."""
    layers = {name: Layer(traced=0.1, step=0.0005) for name in "abcdef"}
    _, _, plans = train(0.05, 60.0, layers, epochs=2)
    assert all(len(some) == 32 for some in plans[0].values())
    assert list(plans[0]) == list(layers)


def test_the_first_images_may_take_more_than_half_of_the_allowance():
    layer = Layer(traced=5.2)
    allowance, budget = make_budget(0.05, {"conv": layer.cost})
    budget.begin({"conv": [0]}, allowance.earned(0.0), 0.0)
    assert budget.choose("conv", allowance.earned(0.0), 0.0) == {"conv": [0]}


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
    allowance, budget = make_budget(0.05, {"conv1": layer.cost})
    assert budget.left_out() == ""
    budget.begin({"conv1": list(range(8))}, allowance.earned(0.0), 0.0)
    assert "8 of 8 images were left out" in budget.left_out()
