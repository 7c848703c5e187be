"""Serves the routes of the TensorBoard plugin, see docs/http_api.md."""

import dataclasses
import functools
import mimetypes
import pathlib
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from tb_actmax.plugin import request_args
from tb_actmax.plugin.responses import respond, respond_json
from tb_actmax.plugin.routes.images import images_answer
from tb_actmax.plugin.routes.match import Comparer
from tb_actmax.plugin.routes.overview import MOST_IMAGES, Overviewer
from tb_actmax.plugin.routes.relations import Relater, classes_answer
from tb_actmax.plugin.routes.series import series_answer
from tb_actmax.plugin.routes.thumbnails import thumbnails_answer
from tb_actmax.plugin.store.cache import Coalescer
from tb_actmax.plugin.store.store import Store
from tb_actmax.records.event import PLUGIN_NAME, training_name

_STATIC = pathlib.Path(__file__).parent / "static"
_ENTRY = "/static/index.js"

# No answer is a page, and none may act like one.
_POLICY = ("Content-Security-Policy", "default-src 'none'")

_METHODS = ("GET", "HEAD")

NOT_BUILT = (
    "The dashboard of tb_actmax is not built: run `make frontend` in its "
    "checkout, or install the package with pip."
)

# A WSGI application, called with an environment and `start_response`.
Application: TypeAlias = Callable[..., Iterable[bytes]]


class _MethodError(errors.PublicError):
    http_code = 405

    def __init__(self) -> None:
        super().__init__(f"Only {' and '.join(_METHODS)} are answered.")
        self.headers.append(("Allow", ", ".join(_METHODS)))


def _route(handler: Callable[..., wrappers.Response]) -> Application:
    """Turns a function or method of a request into a WSGI application."""

    @functools.wraps(handler)
    def answer(*arguments: Any) -> wrappers.Response:
        request = arguments[-1]
        try:
            if request.method not in _METHODS:
                raise _MethodError
            response = handler(*arguments)
        except errors.PublicError as error:
            # TensorBoard would send the same answer, but without the policy.
            response = http_util.Respond(
                request,
                str(error),
                "text/plain",
                code=error.http_code,
                headers=error.headers,
            )
        response.headers[_POLICY[0]] = _POLICY[1]
        return response

    return wrappers.Request.application(answer)


class ActivationMaxPlugin(base_plugin.TBPlugin):
    """The tab "Activation Max".

    Args:
        context: The context that TensorBoard gives its plugins.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext):
        self._provider = context.data_provider
        self._store = Store(context.data_provider, context.multiplexer)
        self._coalescer = Coalescer()  # several people may open the same view
        self._comparer = Comparer(self._store)
        self._relater = Relater(self._store)
        self._overviewer = Overviewer(self._store)

    def get_plugin_apps(self) -> dict[str, Application]:
        """Returns the routes under /data/plugin/actmax."""
        apps: dict[str, Application] = {
            "/index": self._index,
            "/epochs": self._epochs,
            "/images": self._images,
            "/series": self._series,
            "/overview": self._overview,
            "/match": self._match,
            "/alike": self._alike,
            "/relations": self._relations,
            "/classes": self._classes,
            "/thumbnails": self._thumbnails,
        }
        # The files are listed once, so no part of a request is used as a path.
        files = sorted(p for p in _STATIC.rglob("*") if p.is_file())
        for path in files:
            name = path.relative_to(_STATIC).as_posix()
            apps[f"/static/{name}"] = _file(path)
        apps.setdefault(_ENTRY, self._not_built)
        return apps

    def is_active(self) -> bool:
        """Returns False; TensorBoard itself detects the plugin's events."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Returns the name and the code of the tab."""
        return base_plugin.FrontendMetadata(
            es_module_path=_ENTRY, tab_name="Activation Max"
        )

    @_route
    def _index(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        experiment = plugin_util.experiment_id(request.environ)
        runs = [
            {
                "run": run,
                "label": training_name(run),
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
            for run, layers in self._store.runs(ctx, experiment).items()
        ]
        return respond_json(request, {"version": 1, "runs": runs})

    @_route
    def _epochs(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        layer = self._store.layer(ctx, request_args.layer(request))
        events = layer.events.values()
        answer = {
            "epochs": [event.step for event in events],
            "wall_times": [event.wall_time for event in events],
            "errors": [fault._asdict() for fault in layer.faults],
        }
        return respond_json(request, answer)

    @_route
    def _images(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        layer = request_args.layer(request)
        steps = request_args.steps(request)
        if not steps:
            raise errors.InvalidArgumentError("The request names no step.")
        keys = frozenset(request.args.getlist("key"))
        extra = request.args.get("extra") == "1"
        body = self._coalescer.run(
            ("images", layer, tuple(steps), keys, extra),
            lambda: images_answer(self._store, ctx, layer, steps, keys, extra),
        )
        return respond(request, body, "application/octet-stream")

    @_route
    def _series(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        layer = request_args.layer(request)
        steps = request_args.steps(request)
        answer = self._coalescer.run(
            ("series", layer, tuple(steps)),
            lambda: series_answer(self._store, ctx, layer, steps),
        )
        return respond(request, answer, "application/json")

    @_route
    def _overview(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        at = request_args.cells(request)
        images = request_args.number(request, "images", MOST_IMAGES)
        body = self._coalescer.run(
            ("overview", tuple(at), images),
            lambda: self._overviewer.answer(ctx, at, images),
        )
        return respond(request, body, "application/octet-stream")

    @_route
    def _match(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        answer = self._comparer.match(
            ctx,
            request_args.layer_at_step(request),
            request_args.layer_at_step(request, "other_"),
        )
        return respond(request, answer, "application/json")

    @_route
    def _alike(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        answer = self._comparer.alike(
            ctx,
            request_args.layer(request),
            request_args.layer(request, "other_"),
        )
        return respond(request, answer, "application/json")

    @_route
    def _thumbnails(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        experiment = plugin_util.experiment_id(request.environ)
        run = request_args.one(request, "run")
        body = self._coalescer.run(
            ("thumbnails", experiment, run),
            lambda: thumbnails_answer(self._provider, ctx, experiment, run),
        )
        return respond(request, body, "application/octet-stream")

    @_route
    def _relations(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        layer, step = request_args.layer_at_step(request)
        answer = self._relater.relations(ctx, layer, step)
        return respond(request, answer, "application/json")

    @_route
    def _classes(self, request: wrappers.Request) -> wrappers.Response:
        ctx = plugin_util.context(request.environ)
        layer, step = request_args.layer_at_step(request)
        answer = classes_answer(self._store, ctx, layer, step)
        return respond(request, answer, "application/json")

    @_route
    def _not_built(self, request: wrappers.Request) -> wrappers.Response:
        raise errors.NotFoundError(NOT_BUILT)


def _file(path: pathlib.Path) -> Application:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        kind = "text/javascript"  # the system's registry may differ

    @_route
    def serve(request: wrappers.Request) -> wrappers.Response:
        return respond(request, content, kind)

    return serve
