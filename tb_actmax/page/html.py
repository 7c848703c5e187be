"""Writes the dashboard and its answers as one file of HTML."""

import base64
import gzip
import hashlib
import html
import pathlib
import re

from tb_actmax.plugin import plugin

_BUNDLE = pathlib.Path(plugin.__file__).parent / "static" / "index.js"
_LICENCES = "LICENSES.txt"

# Only the dashboard's own code runs, and nothing is fetched.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{hash}'; "
    "style-src 'unsafe-inline'; img-src data: blob:"
)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="tb_actmax">
<title>{title}</title>
</head>
<body>
<noscript>This page draws its images with JavaScript.</noscript>
<!--
{licences}
-->
<script type="application/octet-stream" id="actmax-answers">{answers}</script>
<script type="module">{code}</script>
</body>
</html>
"""


def page_of(packed: bytes, title: str) -> str:
    """Returns the page of answers that `answers.pack` returns.

    No content of a log can end an element or run: answers are compressed and
    encoded in base64, and the policy allows one script only.
    """
    code = _code()
    digest = hashlib.sha256(code.encode()).digest()
    policy = _POLICY.format(hash=base64.b64encode(digest).decode())
    licences = (_BUNDLE.parent / _LICENCES).read_text(encoding="utf-8")
    return _PAGE.format(
        policy=policy,
        title=html.escape(title),
        licences=licences.replace("--", "- -"),
        # Without a timestamp, so that the same log gives the same page.
        answers=base64.b64encode(gzip.compress(packed, mtime=0)).decode(),
        code=code,
    )


def _code() -> str:
    """Returns the dashboard's code, escaped for an element of a page."""
    if not _BUNDLE.is_file():
        raise FileNotFoundError(plugin.NOT_BUILT)
    code = _BUNDLE.read_text(encoding="utf-8")
    # These would end the element, or begin another, even in a string.
    return re.sub(r"<(?=/script|!--|script)", r"\\x3c", code, flags=re.I)
