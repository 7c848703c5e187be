"""Answers the route `thumbnails`: the probe of a run in one image."""

from tensorboard import errors
from tensorboard.context import RequestContext
from tensorboard.data import provider

from tb_actmax.plugin.routes.responses import compact_json, packed
from tb_actmax.records.event import EventError
from tb_actmax.records.header import ThumbnailsHeader
from tb_actmax.records.thumbnails import (
    THUMBNAILS_PLUGIN,
    THUMBNAILS_TAG,
    decode_thumbnails_record,
)

_MAX_BYTES = 16 << 20


def thumbnails_answer(
    data_provider: provider.DataProvider,
    ctx: RequestContext,
    experiment: str,
    run: str,
) -> bytes:
    """Returns the thumbnails of a run, without an image if none can be read."""
    header: ThumbnailsHeader | None = None
    error, image = None, b""
    try:
        blobs = _read(data_provider, ctx, experiment, run)
        if blobs:
            header, image = decode_thumbnails_record(blobs)
    except (EventError, errors.PublicError) as raised:
        header, image, error = None, b"", f"{raised!s:.200}"
    return packed(compact_json({"header": header, "error": error}), [image])


def _read(
    data_provider: provider.DataProvider,
    ctx: RequestContext,
    experiment: str,
    run: str,
) -> list[bytes]:
    """Reads the blobs of the newest record; empty if there is none."""
    try:
        found = data_provider.read_blob_sequences(
            ctx,
            experiment_id=experiment,
            plugin_name=THUMBNAILS_PLUGIN,
            downsample=1,
            run_tag_filter=provider.RunTagFilter(
                runs=[run], tags=[THUMBNAILS_TAG]
            ),
        )
        data = found.get(run, {}).get(THUMBNAILS_TAG)
        if not data:
            return []
        references = data[-1].values
        if len(references) != 2:
            raise EventError("The thumbnails are not a header and an image.")
        blobs = [
            data_provider.read_blob(ctx, blob_key=reference.blob_key)
            for reference in references
        ]
    except (EventError, errors.PublicError):
        raise
    except Exception as error:  # of TensorBoard, over a malformed event
        name = type(error).__name__
        raise EventError(f"TensorBoard cannot read it: {name}.") from None
    if not all(isinstance(blob, bytes) for blob in blobs):
        raise EventError("The thumbnails are not strings.")
    if sum(map(len, blobs)) > _MAX_BYTES:
        raise EventError("The thumbnails are too large.")
    return list(blobs)
