"""Routes of the TensorBoard plugin; docs/http_api.md describes them."""

import dataclasses
import functools
import mimetypes
import pathlib
from collections.abc import Callable
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from tb_actmax.plugin import request_args as query
from tb_actmax.plugin.json_response import json_answer
from tb_actmax.plugin.one_thread import OneThread
from tb_actmax.plugin.prefetch import Ahead
from tb_actmax.plugin.routes import images as image_answers
from tb_actmax.plugin.routes import match as match_answers
from tb_actmax.plugin.routes import series as series_answers
from tb_actmax.plugin.store.cache import Flights
from tb_actmax.plugin.store.events import Events
from tb_actmax.plugin.store.store import Store
from tb_actmax.records.event import PLUGIN_NAME

_STATIC = pathlib.Path(__file__).parent / "static"
_ENTRY = "/static/index.js"

# Nothing that is answered is a page, and none may act as one.
_POLICY = ("Content-Security-Policy", "default-src 'none'")


def _route(handler: Callable[..., Any]) -> Any:
    """Makes a WSGI application of a method or function that answers."""

    @functools.wraps(handler)
    def answer(*arguments: Any) -> Any:
        try:
            response = handler(*arguments)
        except errors.PublicError as error:
            # As TensorBoard does it, which leaves out the policy.
            response = http_util.Respond(
                arguments[-1],
                str(error),
                "text/plain",
                code=error.http_code,
                headers=error.headers,
            )
        response.headers[_POLICY[0]] = _POLICY[1]
        return response

    # Typed for functions, but it does for methods.
    application: Any = wrappers.Request.application
    return application(answer)


class ActivationMaxPlugin(base_plugin.TBPlugin):
    """The tab "Activation Max".

    Args:
        context: What TensorBoard gives its plugins.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext):
        self._store = Store(context.data_provider, context.multiplexer)
        self._events = Events(self._store)
        self._ahead = Ahead(self._store, self._events)
        self._flights = Flights()

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """Routes under /data/plugin/actmax."""
        apps: dict[str, Callable[..., Any]] = {
            "/index": self._index,
            "/epochs": self._epochs,
            "/images": self._images,
            "/series": self._series,
            "/match": self._match,
            "/alike": self._alike,
        }
        if self._store.in_process:
            one = OneThread()
            apps = {path: one(app) for path, app in apps.items()}
        # Only what is there at the start is served: no path of a request
        # ever reaches the file system.
        files = sorted(p for p in _STATIC.rglob("*") if p.is_file())
        for path in files:
            apps[f"/static/{path.relative_to(_STATIC).as_posix()}"] = _file(
                path
            )
        apps.setdefault(_ENTRY, self._not_built)
        return apps

    def is_active(self) -> bool:
        """Nothing known here: TensorBoard looks for events of our own."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Name and code of the tab.

        TensorBoard asks for them when somebody opens a page of it, and not at
        its start.
        """
        self._ahead.begin()
        return base_plugin.FrontendMetadata(
            es_module_path=_ENTRY, tab_name="Activation Max"
        )

    @_route
    def _index(self, request: wrappers.Request) -> Any:
        ctx = plugin_util.context(request.environ)
        experiment = plugin_util.experiment_id(request.environ)
        runs = self._store.runs(ctx, experiment)
        answer = {
            "version": 1,
            "runs": [
                {
                    "run": run,
                    "label": _label(run),
                    "layers": [
                        {
                            "tag": layer.tag,
                            **dataclasses.asdict(layer.metadata),
                            "last": layer.last,
                            "stamp": layer.stamp,
                            "fault": layer.fault,
                        }
                        for layer in layers
                    ],
                }
                for run, layers in runs.items()
            ],
        }
        return json_answer(request, answer)

    @_route
    def _epochs(self, request: wrappers.Request) -> Any:
        ctx = plugin_util.context(request.environ)
        name = query.layer(request)
        found = self._store.epochs(ctx, *name)
        faults = self._store.faults(ctx, *name)
        answer = {
            "epochs": list(found),
            "wall_times": list(found.values()),
            "errors": [{"step": step, "error": why} for step, why in faults],
        }
        return json_answer(request, answer)

    @_route
    def _images(self, request: wrappers.Request) -> Any:
        name, steps = query.layer(request), query.steps(request)
        if not steps:
            raise errors.InvalidArgumentError("The request names no step.")
        ctx = plugin_util.context(request.environ)
        keys = frozenset(request.args.getlist("key"))
        extra = request.args.get("extra") == "1"
        # Several people may look at the same.
        body = self._flights.once(
            ("images", name, tuple(steps), keys, extra),
            lambda: image_answers.images_answer(
                self._store, self._events, ctx, name, steps, keys, extra
            ),
        )
        return http_util.Respond(request, body, "application/octet-stream")

    @_route
    def _series(self, request: wrappers.Request) -> Any:
        name, steps = query.layer(request), query.steps(request)
        ctx = plugin_util.context(request.environ)
        answer = self._flights.once(
            ("series", name, tuple(steps)),
            lambda: series_answers.series_answer(
                self._store, self._events, ctx, name, steps
            ),
        )
        return http_util.Respond(request, answer, "application/json")

    @_route
    def _match(self, request: wrappers.Request) -> Any:
        answer = match_answers.match_answer(
            self._store,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            (query.one(request, "run"), query.one(request, "tag")),
            (
                query.one(request, "other_run"),
                query.one(request, "other_tag"),
            ),
            (
                query.step(query.one(request, "step")),
                query.step(query.one(request, "other_step")),
            ),
        )
        return json_answer(request, answer)

    @_route
    def _alike(self, request: wrappers.Request) -> Any:
        answer = match_answers.alike_answer(
            self._store,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            (query.one(request, "run"), query.one(request, "tag")),
            (
                query.one(request, "other_run"),
                query.one(request, "other_tag"),
            ),
        )
        return json_answer(request, answer)

    @_route
    def _not_built(self, request: wrappers.Request) -> Any:
        raise errors.NotFoundError(
            "The dashboard of tb_actmax is not built: run `make frontend` in "
            "its checkout, or install the package with pip."
        )


def _file(path: pathlib.Path) -> Callable[..., Any]:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        kind = "text/javascript"  # whatever the machine's registry says

    @_route
    def serve(request: wrappers.Request) -> Any:
        return http_util.Respond(request, content, kind)

    routed: Callable[..., Any] = serve
    return routed


def _label(run: str) -> str:
    """The name of the training: the run without our own part."""
    if run == PLUGIN_NAME:
        return "."
    return run.removesuffix(f"/{PLUGIN_NAME}")
