"""The choice of filters under a budget, in simulated trainings."""

import pytest

from tb_actmax.training.budget import Budget
from tb_actmax.training.costs import UpdateCost

STEP = 0.001  # seconds per step of a filter
FIXED = 0.05  # seconds per update of a layer


def train(share, epoch_seconds, epochs=40, filters=32, change=lambda f: 0.5):
    """Simulates a training.

    Returns the seconds spent, those of the training, and all plans.
    """
    layers = {"conv1": range(filters), "conv2": range(filters)}
    budget = Budget(share, layers, steps=32, warm_steps=8)
    known, training, spent, plans = set(), 0.0, 0.0, []
    for _ in range(epochs):
        plan = budget.plan(training, spent)
        plans.append(plan)
        for layer, some in plan.items():
            steps = sum(8 if (layer, f) in known else 32 for f in some)
            first = 0.4 if layer not in {la for la, _ in known} else 0.0
            ascent = steps * STEP
            cost = UpdateCost(steps, first, ascent, first + ascent + FIXED)
            budget.note(layer, cost, {f: change(f) for f in some})
            spent += first + ascent + FIXED
            known |= {(layer, f) for f in some}
        training += epoch_seconds
    return spent, training, plans


@pytest.mark.parametrize("epoch_seconds", [1.0, 5.0, 60.0])
def test_the_share_is_kept(epoch_seconds):
    spent, training, _ = train(0.05, epoch_seconds)
    assert 0 < spent <= 0.05 * 1.2 * training


def test_a_large_budget_shows_everything():
    _, _, plans = train(0.05, 600.0)
    assert plans[0] == {}  # no time is earned before the first epoch
    # One filter measures the cost, then a few of each layer, then all.
    sizes = [[len(filters) for filters in plan.values()] for plan in plans[1:]]
    assert sizes[0] == [1]
    assert sizes[1] == [8, 8]
    assert sizes[2:] == [[32, 32]] * len(sizes[2:])


def test_no_filter_is_starved():
    _, _, plans = train(0.05, 8.0, epochs=60)
    shown = [
        (la, f) for plan in plans for la, some in plan.items() for f in some
    ]
    assert {count for count in map(shown.count, set(shown))}.isdisjoint({0})
    assert len(set(shown)) == 64


def test_expensive_layers_get_their_turn():
    """Although each of their updates costs the budget of many epochs."""
    layers = {"cheap": range(4), "expensive": range(4)}
    budget = Budget(0.05, layers, steps=32, warm_steps=8)
    fixed = {"cheap": 0.01, "expensive": 1.0}
    training = spent = 0.0
    shown = dict.fromkeys(layers, 0)
    for _ in range(100):
        for layer, some in budget.plan(training, spent).items():
            seconds = fixed[layer] + 0.001 * len(some)
            steps = 8 * len(some)
            changes = dict.fromkeys(some, 0.5)
            budget.note(layer, UpdateCost(steps, 0.0, 0.001, seconds), changes)
            spent += seconds
            shown[layer] += len(some)
        training += 2.0
    assert spent <= 0.05 * training
    assert shown["expensive"] >= 12
    assert shown["cheap"] >= 40


def test_an_unaffordable_layer_does_not_block_the_others():
    layers = {"cheap": range(4), "unknown": range(4)}
    budget = Budget(0.05, layers, steps=32, warm_steps=8)
    training, spent, shown = 10.0, 0.0, []
    for _ in range(40):
        for layer, some in budget.plan(training, spent).items():
            # The second layer may take as long to trace as the first.
            first = 0.0 if shown else 400.0
            changes = dict.fromkeys(some, 0.5)
            steps = 8 * len(some)
            cost = UpdateCost(steps, first, 0.001, first + 0.01)
            budget.note(layer, cost, changes)
            spent += 0.01
            shown += [layer] * len(some)
        training += 20.0
    assert shown.count("cheap") > 100
    assert "unknown" not in shown


def test_filters_that_change_are_shown_more_often():
    _, _, plans = train(
        0.05, 3.0, epochs=80, change=lambda f: 0.9 if f < 8 else 0.0
    )
    counts = dict.fromkeys(range(32), 0)
    for plan in plans[20:]:
        for some in plan.values():
            for index in some:
                counts[index] += 1
    restless = sum(counts[f] for f in range(8)) / 8
    settled = sum(counts[f] for f in range(8, 32)) / 24
    assert restless > 1.5 * settled


def test_the_summary_counts_left_out_images():
    budget = Budget(0.05, {"conv1": range(8)}, steps=32, warm_steps=8)
    assert budget.left_out() == ""
    budget.plan(training=0.0, spent=0.0)
    assert "8 of 8 images were left out" in budget.left_out()
