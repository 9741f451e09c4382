"""Data Docs: one page a suite, by Great Expectations' own renderer, readable without a network."""

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The template takes its style sheets, scripts and pictures from other people's servers, and links to pages of a site
# that is not built. The pages are read where no network is: all of that goes, and a few lines of style take its place.
_REMOTE = re.compile(
    r"<script\b[^>]*>.*?</script>|<link\b[^>]*>|<img\b[^>]*>|<footer\b.*?</footer>|<nav\b.*?</nav>",
    re.DOTALL | re.IGNORECASE,
)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"""\shref="(?:https?:|\.\./)[^"]*"|https?://[^\s"'<>]+""")

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem }
td, th { border: 1px solid #ccc; padding: .3rem .6rem; text-align: left; vertical-align: top }
th { background: #f3f3f3 } .bad { color: #a40000 }
.badge { border: 1px solid #999; border-radius: .3rem; padding: 0 .3rem }
.fa-check-circle::before { content: "✓"; color: #1a7f37 } .fa-times::before { content: "✗"; color: #a40000 }
.col-lg-2, .modal, .hidden, a[data-toggle], [style*="display:none"] { display: none }
"""


# A full delivery repeats nearly everything; rows that are as they were keep the verdict that they had.
_COUNTED = (
    "行数：各来源最近一次交付中新增或变化的行；主库为全部行。 / Rows: of a source, those that were new or changed in "
    "the last delivery that was judged; of a master, all."
)


def render(results: Mapping[str, Mapping[str, Any]], folder: Path, title: str) -> list[Path]:
    """Write `<folder>/<suite>.html` for each validation result, and `<folder>/index.html` over them.

    results: by suite, `Judgement.result`, which holds counts and no value. title: what the run was, such as a date.
    Returns the pages written. What folder holds already of other suites stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for name, result in sorted(results.items()):
        page = folder / f"{name}.html"
        page.write_text(_page(_rendered(result), f"{name} · {title}"), encoding="utf-8")
        pages.append(page)
    index = folder / "index.html"
    index.write_text(_page(_index(results), title), encoding="utf-8")
    return [*pages, index]


def _rendered(result: Mapping[str, Any]) -> str:
    from great_expectations.core.expectation_validation_result import (  # noqa: PLC0415 (takes seconds to import)
        expectationSuiteValidationResultSchema,
    )
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer  # noqa: PLC0415
    from great_expectations.render.view import DefaultJinjaPageView  # noqa: PLC0415

    loaded = expectationSuiteValidationResultSchema.load(dict(result))
    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(loaded))
    return page


def _page(text: str, title: str) -> str:
    body = _BODY.search(text)
    inner = _REMOTE.sub("", body.group(1) if body else text)
    return (
        '<!DOCTYPE html>\n<html lang="zh">\n<head><meta charset="UTF-8">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><h1>{html.escape(title)}</h1>\n{_LINK.sub('', inner)}\n</body>\n</html>\n"
    )


def _index(results: Mapping[str, Mapping[str, Any]]) -> str:
    """What was broken first, for that is what one comes to see."""
    broken: list[str] = []
    held: list[str] = []
    for name, result in sorted(results.items()):
        for one in result["results"]:
            count = one["result"].get("unexpected_count", 0 if one["success"] else "failed")
            (broken if count else held).append(_row(name, one, count))
    return f"<p>{_COUNTED}</p>{_table('违反的规则 / Broken', broken)}{_table('未违反的规则 / Held', held)}"


def _row(name: str, one: Mapping[str, Any], count: object) -> str:
    meta, severity = one["expectation_config"]["meta"], one["expectation_config"]["severity"]
    mark = "" if one["success"] else ' class="bad"'
    return (
        f'<tr{mark}><td><a href="{html.escape(name)}.html">{html.escape(name)}</a></td>'
        f"<td>{html.escape(meta['rule'])}</td><td>{html.escape(meta['message'])}</td>"
        f"<td>{html.escape(str(severity))}</td><td>{count}</td></tr>"
    )


def _table(title: str, rows: list[str]) -> str:
    names = ("数据表 / suite", "规则 / rule", "含义 / meaning", "级别 / severity", "行数 / rows")
    head = "".join(f"<th>{name}</th>" for name in names)
    return f"<h2>{title} ({len(rows)})</h2><table><tr>{head}</tr>{''.join(rows)}</table>"
