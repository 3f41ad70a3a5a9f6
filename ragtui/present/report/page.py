"""A report as one HTML file: opens from disk, asks no network, runs no script, reads in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#{first}">Skip to the {first}</a>
<header class="verdict {tone}">
<h1><span class="sign" aria-hidden="true">{sign}</span> {heading}</h1>
{lines}
</header>
<nav aria-label="Sections">
<ul>
{links}
</ul>
</nav>
<main id="main">
{sections}
</main>
<footer>
<p>{footer}</p>
</footer>
</body>
</html>
"""


def page(
    *,
    title: str,
    tone: str,
    sign: str,
    heading: str,
    lines: Sequence[str],
    sections: Sequence[tuple[str, str, str]],
    footer: str,
) -> str:
    """The whole page. Every text but the bodies of sections is escaped here.

    Args:
        title: of the browser's window.
        tone: class of the head in `page.css`, "exit-0" to "exit-5".
        sign, heading: first line of the page.
        lines: below it; the first is set as the headline.
        sections: anchor, title and body as HTML; those with an empty body are left out.
        footer: how the page came to be.
    """
    shown = [(key, name, body) for key, name, body in sections if body]
    said = [escape(line) for line in lines if line]
    return _PAGE.format(
        title=escape(title),
        style=files(__package__ or "").joinpath("page.css").read_text(encoding="utf-8"),
        first=shown[0][0] if shown else "main",
        tone=escape(tone),
        sign=escape(sign),
        heading=escape(heading),
        lines="\n".join(
            [f'<p class="headline">{line}</p>' for line in said[:1]] + [f"<p>{line}</p>" for line in said[1:]]
        ),
        links="\n".join(f'<li><a href="#{key}">{name}</a></li>' for key, name, _ in shown),
        sections="\n".join(
            f'<section id="{key}" aria-labelledby="{key}-h" tabindex="-1">\n'
            f'<h2 id="{key}-h">{name}</h2>\n{body}\n</section>'
            for key, name, body in shown
        ),
        footer=escape(footer),
    )


def listed(entries: Iterable[str]) -> str:
    """A list of entries that are HTML already; "" without any."""
    body = "".join(f"<li>{entry}</li>" for entry in entries)
    return f"<ul>{body}</ul>" if body else ""


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column names the row; it scrolls sideways by keyboard when the window is narrow."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
