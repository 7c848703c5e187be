"""Routes of the TensorBoard plugin; docs/http_api.md describes them."""

import mimetypes
import pathlib
from collections.abc import Callable
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from tensorboard.plugins import base_plugin
from werkzeug import wrappers

from tb_actmax.plugin import answers, match_answers
from tb_actmax.plugin.store import Store
from tb_actmax.records.event import PLUGIN_NAME

_STATIC = pathlib.Path(__file__).parent / "static"
_ENTRY = "/static/index.js"
_MOST_STEPS = 1000  # epochs of one request
_LARGEST_STEP = 1 << 62

# Werkzeug's own decorator, which is typed for functions but does for methods.
_route: Any = wrappers.Request.application


class ActivationMaxPlugin(base_plugin.TBPlugin):
    """The tab "Activation Max".

    Args:
        context: What TensorBoard gives its plugins.
    """

    plugin_name = PLUGIN_NAME

    def __init__(self, context: base_plugin.TBContext):
        self._store = Store(context.data_provider)

    def get_plugin_apps(self) -> dict[str, Callable[..., Any]]:
        """Routes under /data/plugin/actmax."""
        apps: dict[str, Callable[..., Any]] = {
            "/index": self._index,
            "/images": self._images,
            "/series": self._series,
            "/match": self._match,
            "/alike": self._alike,
        }
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
        """Name and code of the tab."""
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
                            "layer_index": layer.index,
                            "layer_filters": layer.filters,
                            "layer_type": layer.type,
                            "epochs": list(layer.epochs),
                        }
                        for layer in layers
                    ],
                }
                for run, layers in runs.items()
            ],
        }
        return http_util.Respond(request, answer, "application/json")

    @_route
    def _images(self, request: wrappers.Request) -> Any:
        run, tag = _one(request, "run"), _one(request, "tag")
        steps = [_step(text) for text in request.args.getlist("step")]
        if not 0 < len(steps) <= _MOST_STEPS:
            raise errors.InvalidArgumentError(
                f"One request asks for 1 to {_MOST_STEPS} steps."
            )
        body = answers.images_answer(
            self._store,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            run,
            tag,
            steps,
            set(request.args.getlist("key")),
            request.args.get("extra") == "1",
        )
        return http_util.Respond(request, body, "application/octet-stream")

    @_route
    def _series(self, request: wrappers.Request) -> Any:
        answer = answers.series_answer(
            self._store,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            _one(request, "run"),
            _one(request, "tag"),
        )
        return http_util.Respond(request, answer, "application/json")

    @_route
    def _match(self, request: wrappers.Request) -> Any:
        answer = match_answers.match_answer(
            self._store,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            (_one(request, "run"), _one(request, "tag")),
            (_one(request, "other_run"), _one(request, "other_tag")),
            (
                _step(_one(request, "step")),
                _step(_one(request, "other_step")),
            ),
        )
        return http_util.Respond(request, answer, "application/json")

    @_route
    def _alike(self, request: wrappers.Request) -> Any:
        answer = match_answers.alike_answer(
            self._store,
            plugin_util.context(request.environ),
            plugin_util.experiment_id(request.environ),
            (_one(request, "run"), _one(request, "tag")),
            (_one(request, "other_run"), _one(request, "other_tag")),
        )
        return http_util.Respond(request, answer, "application/json")

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


def _one(request: wrappers.Request, name: str) -> str:
    values = request.args.getlist(name)
    if len(values) != 1 or not values[0]:
        raise errors.InvalidArgumentError(f"The request needs one {name!r}.")
    return values[0]


def _step(text: str) -> int:
    try:
        step = int(text)
    except ValueError:
        step = -1
    if not text.isascii() or len(text) > 20 or not 0 <= step <= _LARGEST_STEP:
        raise errors.InvalidArgumentError("A step is a number of epochs.")
    return step
