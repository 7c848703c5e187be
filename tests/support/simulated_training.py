"""Trainings whose updates take simulated seconds."""

from tb_actmax.measures.shared_responses import Share
from tb_actmax.training.allowance import Allowance
from tb_actmax.training.budget import Budget
from tb_actmax.training.costs import LayerCost, UpdateCost, Work
from tb_actmax.training.prices import Prices

STEP = 0.001  # seconds per step of a filter


class Layer:
    """A layer whose updates take other times than estimated."""

    def __init__(self, traced=0.4, fixed=0.05, step=STEP, estimate=1.0):
        self.traced, self.fixed, self.step = traced, fixed, step
        self.work = Work(fixed * estimate, 0.0, step * estimate)
        self.cost = LayerCost(self.work, traced * estimate, 1.0)
        self.known, self.shown = set(), []

    def update(self, some):
        steps = sum(8 if one in self.known else 32 for one in some)
        built = 0.0 if self.known else self.traced
        self.known |= set(some)
        self.shown.append(len(some))
        seconds = built + self.fixed + steps * self.step
        share = Share(self.fixed, 0.0, self.work.probe)
        return UpdateCost(len(some), steps, built, seconds, share)


def make_budget(share, costs, fewer=False, together=()):
    """Returns an allowance and a budget for layers of 32 steps, later 8."""
    prices = Prices(costs, dict.fromkeys(costs, 32), 8, together)
    allowance = Allowance(share, prices)
    return allowance, Budget(allowance, prices, fewer)


def train(
    share, epoch_seconds, layers, epochs=40, filters=32, change=lambda f: 0.5
):
    """Simulates a training.

    Returns the seconds spent, those of the training, and all plans.
    """
    costs = {path: layer.cost for path, layer in layers.items()}
    allowance, budget = make_budget(share, costs)
    every = {path: list(range(filters)) for path in layers}
    training, spent, plans = 0.0, 0.0, []
    for _ in range(epochs):
        plan = {}
        allowance.look_ahead(every, training, spent)
        for path in budget.begin(every, allowance.earned(training), spent):
            chosen = budget.choose(path, allowance.earned(training), spent)
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
