"""Collects the plugin's answers that a page holds."""

import itertools
import json
import time
import urllib.parse
from collections.abc import Iterator, Sequence

from tensorboard.plugins import base_plugin
from werkzeug import test as werkzeug_test

from tb_actmax.page.log_contents import LoggedEvent
from tb_actmax.page.log_provider import LogProvider
from tb_actmax.plugin.plugin import ActivationMaxPlugin
from tb_actmax.plugin.routes.responses import compact_json, packed

MAX_COMPARING_SECONDS = 60.0

# A request: its route and its parameters.
Query = list[tuple[str, str]]


def request_name(route: str, query: Query) -> str:
    """Returns the name of a request: its route and its sorted parameters."""
    return _compact([route, *sorted(query)])


def _compact(value: object) -> str:
    """Returns JSON as a browser writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Answers:
    """The answers that a page holds, and those of `more`, by request."""

    def __init__(
        self,
        log: LogProvider,
        events: Sequence[LoggedEvent],
        more: Sequence[tuple[str, Query, bytes]],
    ):
        context = base_plugin.TBContext(data_provider=log)
        self._apps = ActivationMaxPlugin(context).get_plugin_apps()
        self._events = events
        self.bodies = {
            request_name(route, query): body for route, query, body in more
        }
        self._ask("index", [])
        for run in sorted({event.run for event in events}):
            self._ask("thumbnails", [("run", run)])
        for layer, steps in _layers(events).items():
            of_layer = _side("", *layer)
            self._ask("epochs", of_layer)
            self._ask_series(of_layer)
            for step in steps:
                at = ("step", str(step))
                self._ask("images", [*of_layer, at, ("extra", "1")])
                self._ask("classes", [*of_layer, at])
                cell = _compact([*layer, step])
                self._ask("overview", [("cell", cell), ("images", "0")])

    def _ask(self, route: str, query: Query) -> bytes:
        """Stores the answer to a request, and returns it."""
        client = werkzeug_test.Client(self._apps[f"/{route}"])
        encoded = urllib.parse.urlencode(query)
        response = client.get(f"/{route}", query_string=encoded)
        if response.status_code == 200:
            self.bodies[request_name(route, query)] = response.data
        body: bytes = response.data
        return body

    def _ask_series(self, of_layer: Query) -> None:
        """Requests all measures of a layer, which may take several answers."""
        left: list[int] = []
        while True:
            query = of_layer + [("step", str(step)) for step in left]
            left = json.loads(self._ask("series", query))["left"]
            if not left:
                return

    def compare(self, most_bytes: int) -> int:
        """Compares layers and their filters; returns how many it leaves out."""
        until = time.monotonic() + MAX_COMPARING_SECONDS
        left_out = 0
        for route, query in _comparisons(self._events):
            if most_bytes <= 0 or time.monotonic() > until:
                left_out += 1
            else:
                most_bytes -= len(self._ask(route, query))
        return left_out


def _layers(events: Sequence[LoggedEvent]) -> dict[tuple[str, str], list[int]]:
    """Returns the steps of each layer, ascending."""
    layers: dict[tuple[str, str], list[int]] = {}
    for event in sorted(events):
        layers.setdefault((event.run, event.tag), []).append(event.step)
    return layers


def _side(prefix: str, run: str, tag: str) -> Query:
    return [(f"{prefix}run", run), (f"{prefix}tag", tag)]


def _comparisons(events: Sequence[LoggedEvent]) -> Iterator[tuple[str, Query]]:
    """Yields requests for comparisons, the most important first.

    Each is yielded in one direction; a page inverts the answer if needed.
    """
    layers = _layers(events)
    pairs = [
        (first, second)
        for first, second in itertools.combinations(layers, 2)
        if first[1] == second[1]
    ]

    def match(
        first: tuple[str, str], step: int, second: tuple[str, str], other: int
    ) -> tuple[str, Query]:
        query = _side("", *first) + _side("other_", *second)
        query += [("step", str(step)), ("other_step", str(other))]
        return "match", query

    def relations(layer: tuple[str, str], step: int) -> tuple[str, Query]:
        return "relations", [*_side("", *layer), ("step", str(step))]

    for first, second in pairs:  # two runs at their ends
        yield match(first, layers[first][-1], second, layers[second][-1])
    for layer, steps in layers.items():  # a run's start and its end
        if len(steps) > 1:
            yield match(layer, steps[0], layer, steps[-1])
    for layer, steps in layers.items():  # the filters of one layer
        yield relations(layer, steps[-1])
    for first, second in pairs:
        query = _side("", *first) + _side("other_", *second)
        yield "alike", query
        common = sorted({*layers[first]} & {*layers[second]})
        ends = (layers[first][-1], layers[second][-1])
        for step in common:
            if (step, step) != ends:
                yield match(first, step, second, step)
    for layer, steps in layers.items():  # each epoch and the one before
        between = {*itertools.pairwise(steps)}
        between |= {(step, steps[-1]) for step in steps[:-1]}
        between |= {(steps[0], step) for step in steps[1:]}
        for earlier, later in sorted(between - {(steps[0], steps[-1])}):
            yield match(layer, earlier, layer, later)
        for step in reversed(steps[:-1]):
            yield relations(layer, step)


def pack(bodies: dict[str, bytes]) -> bytes:
    """Packs answers behind a JSON object with the position of each."""
    parts, offset = {}, 0
    for name, body in bodies.items():
        parts[name] = [offset, len(body)]
        offset += len(body)
    return packed(compact_json(parts), bodies.values())
