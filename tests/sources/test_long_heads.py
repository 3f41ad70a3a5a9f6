"""Files longer than the head by which a format is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from ragtui.model import RunHeader
from ragtui.sources import open_source
from ragtui.sources.peek import HEAD


@pytest.mark.parametrize("into", range(-30, 240, 15))
def test_evaluators_whose_second_list_begins_where_the_head_of_the_file_ends(into: int, tmp_path: Path) -> None:
    def results(count: int, contexts: str = "c") -> list[dict[str, Any]]:
        return [
            {"query": f"{n}?", "contexts": [contexts], "response": "A", "passing": None, "feedback": "so", "score": 1.0,
             "pairwise_source": None, "invalid_result": False, "invalid_reason": None}
            for n in range(count)
        ]  # fmt: skip

    before = len(json.dumps({"faithfulness": results(1), "relevancy": results(1)}).partition('"relevancy": [')[0])
    document = {"faithfulness": results(1, "c" * (HEAD - before - into)), "relevancy": results(1)}
    path = tmp_path / "batch.json"
    path.write_text(json.dumps(document))
    (header,) = (entry for entry in open_source(path).headers() if isinstance(entry, RunHeader))
    assert header.format == "llama-index"
