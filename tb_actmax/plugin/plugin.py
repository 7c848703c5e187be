"""Serves the routes of the TensorBoard plugin, see docs/http_api.md."""

import dataclasses
import mimetypes
import pathlib
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeAlias

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from tb_actmax.plugin import request_args
from tb_actmax.plugin.routes.images import images_answer
from tb_actmax.plugin.routes.match import Comparer
from tb_actmax.plugin.routes.overview import MOST_IMAGES, Overviewer
from tb_actmax.plugin.routes.relations import Relater, classes_answer
from tb_actmax.plugin.routes.responses import compact_json
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


def _application(
    handler: Callable[[wrappers.Request], wrappers.Response],
) -> Application:
    def answer(request: wrappers.Request) -> wrappers.Response:
        try:
            if request.method not in _METHODS:
                raise _MethodError
            response = handler(request)
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


def _route(
    find: Callable[[wrappers.Request, RequestContext], str | bytes],
) -> Application:
    """Serves JSON, or JSON with images; see `packed`."""

    def respond(request: wrappers.Request) -> wrappers.Response:
        answer = find(request, plugin_util.context(request.environ))
        packed = isinstance(answer, bytes)
        kind = "application/octet-stream" if packed else "application/json"
        response: wrappers.Response = http_util.Respond(request, answer, kind)
        return response

    return _application(respond)


class ActivationMaxPlugin(base_plugin.TBPlugin):
    """The tab "Activation Max"."""

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
        apps = {
            "/index": _route(self._index),
            "/epochs": _route(self._epochs),
            "/images": _route(self._images),
            "/series": _route(self._series),
            "/overview": _route(self._overview),
            "/match": _route(self._match),
            "/alike": _route(self._alike),
            "/relations": _route(self._relations),
            "/classes": _route(self._classes),
            "/thumbnails": _route(self._thumbnails),
        }
        # The files are listed once, so no part of a request is used as a path.
        files = sorted(p for p in _STATIC.rglob("*") if p.is_file())
        for path in files:
            name = path.relative_to(_STATIC).as_posix()
            apps[f"/static/{name}"] = _file(path)
        apps.setdefault(_ENTRY, _application(_not_built))
        return apps

    def is_active(self) -> bool:
        """Returns False; TensorBoard itself detects the plugin's events."""
        return False

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Returns the name and the code of the tab."""
        return base_plugin.FrontendMetadata(
            es_module_path=_ENTRY, tab_name="Activation Max"
        )

    def _index(self, request: wrappers.Request, ctx: RequestContext) -> str:
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
        return compact_json({"version": 1, "runs": runs})

    def _epochs(self, request: wrappers.Request, ctx: RequestContext) -> str:
        layer = self._store.layer(ctx, request_args.layer(request))
        events = layer.events.values()
        answer = {
            "epochs": [event.step for event in events],
            "wall_times": [event.wall_time for event in events],
            "errors": [fault._asdict() for fault in layer.faults],
        }
        return compact_json(answer)

    def _images(self, request: wrappers.Request, ctx: RequestContext) -> bytes:
        layer = request_args.layer(request)
        steps = request_args.steps(request)
        if not steps:
            raise errors.InvalidArgumentError("The request names no step.")
        keys = frozenset(request.args.getlist("key"))
        extra = request.args.get("extra") == "1"
        return self._coalescer.run(
            ("images", layer, tuple(steps), keys, extra),
            lambda: images_answer(self._store, ctx, layer, steps, keys, extra),
        )

    def _series(self, request: wrappers.Request, ctx: RequestContext) -> str:
        layer = request_args.layer(request)
        steps = request_args.steps(request)
        return self._coalescer.run(
            ("series", layer, tuple(steps)),
            lambda: series_answer(self._store, ctx, layer, steps),
        )

    def _overview(
        self, request: wrappers.Request, ctx: RequestContext
    ) -> bytes:
        at = request_args.cells(request)
        images = request_args.number(request, "images", MOST_IMAGES)
        return self._coalescer.run(
            ("overview", tuple(at), images),
            lambda: self._overviewer.answer(ctx, at, images),
        )

    def _match(self, request: wrappers.Request, ctx: RequestContext) -> str:
        return self._comparer.match(
            ctx,
            request_args.layer_at_step(request),
            request_args.layer_at_step(request, "other_"),
        )

    def _alike(self, request: wrappers.Request, ctx: RequestContext) -> str:
        return self._comparer.alike(
            ctx,
            request_args.layer(request),
            request_args.layer(request, "other_"),
        )

    def _thumbnails(
        self, request: wrappers.Request, ctx: RequestContext
    ) -> bytes:
        experiment = plugin_util.experiment_id(request.environ)
        run = request_args.one(request, "run")
        return self._coalescer.run(
            ("thumbnails", experiment, run),
            lambda: thumbnails_answer(self._provider, ctx, experiment, run),
        )

    def _relations(self, request: wrappers.Request, ctx: RequestContext) -> str:
        return self._relater.relations(
            ctx, *request_args.layer_at_step(request)
        )

    def _classes(self, request: wrappers.Request, ctx: RequestContext) -> str:
        return classes_answer(
            self._store, ctx, *request_args.layer_at_step(request)
        )


def _not_built(request: wrappers.Request) -> NoReturn:
    raise errors.NotFoundError(NOT_BUILT)


def _file(path: pathlib.Path) -> Application:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        kind = "text/javascript"  # the system's registry may differ
    return _application(
        lambda request: http_util.Respond(request, content, kind)
    )
