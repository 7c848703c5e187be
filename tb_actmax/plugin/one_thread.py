"""Has one thread answer all requests, one after the other."""

import concurrent.futures
from collections.abc import Callable
from typing import Any

# As WSGI has them: of an environment and a callback.
Application = Callable[[Any, Any], Any]


class OneThread:
    """A thread for applications that wait for nothing but the processor.

    Python runs one thread at a time, so that several would answer no sooner.
    But the C library keeps for each what that freed, and TensorBoard has one
    for each connection: eight megabytes after a look through large layers.
    """

    def __init__(self) -> None:
        self._thread = concurrent.futures.ThreadPoolExecutor(
            1, thread_name_prefix="actmax-answers"
        )

    def __call__(self, application: Application) -> Application:
        """The same application, in this thread."""

        def answer(environ: Any, start_response: Any) -> Any:
            return self._thread.submit(
                application, environ, start_response
            ).result()

        return answer
