"""The site is complete and makes no requests to other hosts."""

import pathlib
import re

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

import tb_actmax

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(place)))
    return place


def test_each_page_is_in_the_menu_once():
    menu = load_config(str(ROOT / "mkdocs.yml")).nav
    listed = [
        next(iter(entry.values())) if isinstance(entry, dict) else entry
        for section in menu
        for entry in next(iter(section.values()))
    ]
    pages = [page.name for page in (ROOT / "docs").glob("*.md")]
    assert sorted(listed) == sorted(pages)


def test_the_site_loads_nothing_from_other_hosts(site):
    pages = list(site.rglob("*.html"))
    assert (site / "index.html") in pages
    for page in pages:
        tags = re.findall(
            r"<(?:script|link|img|iframe)\b[^>]*>", page.read_text()
        )
        outside = [tag for tag in tags if re.search(r'="(https?:)?//', tag)]
        assert not outside, f"{page.name}: {outside}"
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(\W?(https?:)?//", sheet.read_text())


def test_the_reference_has_every_public_name(site):
    reference = (site / "api.html").read_text()
    for name in tb_actmax.__all__:
        assert re.search(rf'id="tb_actmax[\w.]*\.{name}"', reference), name
