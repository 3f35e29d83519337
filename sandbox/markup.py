"""HTML that cannot be forgotten to be escaped, and the frame of every page."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Text that is HTML already."""


def html(template: str, **values: object) -> Html:
    """The template with its {names} filled in; every value is escaped unless it is Html."""
    safe = {name: value if isinstance(value, Html) else escape(str(value)) for name, value in values.items()}
    return Html(template.format_map(safe))


def join(parts: Iterable[Html]) -> Html:
    """The parts one after another."""
    return Html("".join(parts))


_STYLE = Html(
    "body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:75rem;padding:1rem;color:#1c2430;"
    "background:#f6f7f9}h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.6rem 0 .4rem}a{color:#0b57b0}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;background:#fff}"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border:1px solid #dfe3e8}"
    "th{background:#eef1f4;font-weight:600}td{overflow-wrap:anywhere}"
    "pre{white-space:pre-wrap;margin:0;font:inherit}.empty{color:#566}"
    "form,.box{background:#fff;border:1px solid #dfe3e8;border-radius:8px;padding:1rem;max-width:24rem}"
    "label{display:block;margin:.6rem 0 .2rem}input:not([type=checkbox]){font:inherit;padding:.4rem;"
    "width:100%;box-sizing:border-box}button{font:inherit;margin-top:1rem;padding:.5rem 1.2rem;border:0;"
    "border-radius:6px;background:#0b57b0;color:#fff}.error{color:#a40000;font-weight:600}"
    "iframe{width:100%;height:36rem;border:1px solid #dfe3e8;background:#fff}"
)
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">{refresh}<title>{title}</title>'
    "<style>{style}</style></head><body><h1>{title}</h1>{body}</body></html>"
)


def page(title: str, body: Html, refresh_seconds: int | None = None) -> Html:
    """A whole page, reloaded by itself when asked so."""
    refresh = Html("")
    if refresh_seconds is not None:
        refresh = html('<meta http-equiv="refresh" content="{seconds}">', seconds=refresh_seconds)
    return html(_PAGE, refresh=refresh, title=title, style=_STYLE, body=body)
