"""The line between results whose columns have unusual names and the other lists that lie in a project."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sources_kit import listed

N = range(12)
SHARES = [0.31, 0.82, 0.5, 0.07, 0.93, 0.64, 0.5, 0.21, 0.77, 0.45, 0.6, 0.18]
GRADES = [4, 2, 5, 5, 3, 1, 4, 4, 2, 5, 3, 3]
REALS = [12.25, -3.5, 44.75, 61.5, 8.0, 17.25, 90.5, 33.0, -20.5, 71.25, 5.5, 28.0]


def table(**columns: list[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return text.getvalue()


def records(**columns: list[Any]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


IDS: list[Any] = [f"k{n}" for n in N]
PAIRS = [(f"k{n}", share) for n, share in zip(N, SHARES, strict=True)]
RESULTS = {
    "shares.csv": table(id=IDS, zing=SHARES),
    "grades.csv": table(id=IDS, charme=GRADES),
    "two.tsv": table(uid=IDS, oomph=SHARES, pluck=GRADES).replace(",", "\t"),
    "lines.jsonl": "\n".join(map(json.dumps, records(id=IDS, zing=SHARES))),
    "list.json": json.dumps({"made": "by hand", "rows": records(id=IDS, zing=GRADES)}),
    "object.json": json.dumps({name: {"zing": share, "oomph": 1 - share} for name, share in PAIRS}),
    "lists.json": json.dumps({"ids": IDS, "zing": SHARES}),
    "list.yaml": "\n".join(f"- id: {name}\n  zing: {share}" for name, share in PAIRS),
    "reals.csv": table(id=IDS, loftiness=REALS),
    "asked.csv": table(prompt_id=IDS, loftiness=[100 * real for real in REALS]),
    "words.csv": table(id=IDS, go=["yes", "no", "no"] * 4),
    "labels.csv": table(qid=IDS, mien=["stern", "merry", "mild", "merry"] * 3),
    "written.csv": table(id=IDS, remark=["4/5", "3/5", "2/5"] * 4),
    "repeats.csv": table(id=IDS[:4] * 3, seed=sorted([1, 2, 3] * 4), glow=GRADES),
    "beside_texts.csv": table(id=IDS, said=[f"that is {n} of them" for n in N], zing=SHARES),
    "notes.md": "# Night\n\n| id | zing |\n|---|---|\n" + "".join(f"| k{n} | {SHARES[n]} |\n" for n in N),
    "page.html": "<table><tr><th>id<th>zing" + "".join(f"<tr><td>k{n}<td>{SHARES[n]}" for n in N) + "</table>",
}  # fmt: skip
OTHERS = {
    "goods.csv": table(sku=IDS, price=REALS),
    "shelf.csv": table(id=IDS, label=[f"thing {n}" for n in N], price=SHARES, stock=GRADES),
    "places.csv": table(id=IDS, lat=REALS, lon=SHARES),
    "wages.csv": table(employee_id=IDS, salary=[40_000 + 7 * n * n for n in N]),
    "vectors.csv": table(id=IDS, **{f"dim_{place}": SHARES for place in range(24)}),
    "vectors.jsonl": "\n".join(map(json.dumps, records(id=IDS, embedding=[SHARES] * 12))),
    "training.csv": table(step=list(N), loss=SHARES, lr=[0.001] * 12),
    "training.jsonl": "\n".join(map(json.dumps, records(epoch=list(N), loss=SHARES, grad_norm=SHARES))),
    "days.csv": table(date=[f"2026-02-{n + 1:02}" for n in N], rain=SHARES),
    "counted.csv": table(word=IDS, count=GRADES),
    "numbers.json": json.dumps({f"word{n}": n for n in N}),
    "books.csv": table(id=IDS, title=IDS, pages=[90 + n * n for n in N], year=[1990 + n for n in N]),
    "people.csv": table(id=IDS, role=["admin", "guest", "owner"] * 4, here=["yes", "no", "no"] * 4),
    "petals.csv": table(id=IDS, petal_width=SHARES, species=["a", "b", "c"] * 4),
    "links.csv": table(source=IDS, target=IDS[::-1], weight=SHARES),
    "npm-lock.json": json.dumps(
        {"packages": {f"node_modules/p{n}": {"version": f"1.{n}.0", "integrity": "sha", "dev": True} for n in N}}
    ),
    "some.lock.json": json.dumps(
        {"dependencies": {f"p{n}": {"version": "1.0", "integrity": "s", "dev": n % 2 == 0} for n in N}}
    ),
    "features.csv": table(id=IDS, **{f"f{place}": SHARES for place in range(24)}),
    "sizes.csv": table(id=IDS, height_cm=[170 + n for n in N], weight_kg=[60 + n % 5 for n in N]),
    "plugins.json": json.dumps([{"id": name, "version": "1.0", "enabled": True} for name in IDS]),
    "config.json": json.dumps({"layers": [{"id": name, "dropout": share} for name, share in PAIRS]}),
    "texts.jsonl": "\n".join(map(json.dumps, records(id=IDS, text=["so " * 40] * 12, tokens=[40 + n * n for n in N]))),
    "options.md": "| name | default | meaning |\n|---|---|---|\n" + "".join(f"| o{n} | {n} | sets {n} |\n" for n in N),
}  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_what_has_the_form_of_results_is_named_whatever_it_is_called(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(RESULTS[name])
    headers, problems = listed(tmp_path)
    assert not headers
    assert [(Path(problem.where).name, "may hold scores (" in problem.message) for problem in problems] == [
        (name, True)
    ]
    assert problems[0].hint


@pytest.mark.parametrize("name", OTHERS)
def test_other_lists_are_passed_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(OTHERS[name])
    headers, problems = listed(tmp_path)
    assert (headers, [problem.message for problem in problems]) == ([], ["holds no runs"])


@pytest.mark.parametrize("name", [name for name in RESULTS if name not in ("labels.csv",)])
def test_what_is_named_opens_by_its_path(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(RESULTS[name])
    headers, _ = listed(tmp_path / name)
    assert [bool(header.metrics) for header in headers] == [True]
