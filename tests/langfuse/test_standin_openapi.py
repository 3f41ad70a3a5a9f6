"""The stand-in's rows hold what the server's OpenAPI description requires, and nothing it does not know."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results

LANGFUSE = Path(__file__).parents[2].parent / "shared" / "langfuse"
DOCUMENTS = {"v4-old": "openapi-v4.16.yml", "v4-dual": "openapi-v4.16.yml", "v3-late": "openapi-v3.224.3.yml"}
EVERYTHING = "fields=core,dataset,io,metadata,itemMetadata,experimentMetadata,scores"
START = "fromStartTime=2020-01-01T00:00:00Z"
NEW = {
    "/v2/datasets": "Dataset",
    "/dataset-items?datasetName=qa": "DatasetItem",
    "/v3/scores?fields=details,subject,annotation": "BaseScoreV3",
    "/projects": "Project",
}
V4 = {
    f"/experiments?{START}&fields=core,metadata,scores": "Experiment",
    f"/experiment-items?{START}&{EVERYTHING}": "ExperimentItem",
    "/v2/observations?fields=core,basic,io,metadata,model,usage,metrics": "ObservationV2",
}
OLD = {
    "/datasets/qa/runs": "DatasetRun",
    "/dataset-run-items?datasetId=ID&runName=run": "DatasetRunItem",
    "/v2/scores": "BaseScore",
    "/observations": "ObservationsView",
}
UNDOCUMENTED = {
    "value", "stringValue", "dataType", "trace", "modelParameters", "projectId", "executionTraceId", "promptTokens",
    "completionTokens", "totalTokens",
}  # fmt: skip
"""Values and types belong to the schema of each score type; the rest is in real answers, see test_standin_shapes."""


class Schemas:
    """Field names of the schemas of one document; its layout is regular enough to read line by line."""

    def __init__(self, path: Path) -> None:
        text = path.read_text("utf-8")
        self._blocks = dict(re.findall(r"^    (\w+):\n((?:      .*\n|\s*\n)+)", text, re.MULTILINE))

    def fields(self, name: str) -> tuple[set[str], set[str]]:
        """Known and required fields, those of the schemas it builds on included."""
        block = self._blocks[name]
        section = re.search(r"^      properties:\n((?:        .*\n|\s*\n)+)", block, re.MULTILINE)
        known = set(re.findall(r"^        (\w+):", section[1] if section else "", re.MULTILINE))
        listed = re.search(r"^      required:\n((?:        - .*\n)+)", block, re.MULTILINE)
        required = set(re.findall(r"^        - (\w+)", listed[1] if listed else "", re.MULTILINE))
        base = re.search(r"^      allOf:\n        - \$ref: '#/components/schemas/(\w+)'", block, re.MULTILINE)
        if base:
            more = self.fields(base[1])
            known, required = known | more[0], required | more[1]
        return known, required


@pytest.mark.skipif(not LANGFUSE.exists(), reason="the OpenAPI descriptions are not beside this repository")
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_rows_follow_the_description(kind: str) -> None:
    schemas = Schemas(LANGFUSE / DOCUMENTS[kind])
    paths = {**NEW, **(V4 if kind.startswith("v4") else {}), **({} if kind == "v4-old" else OLD)}
    wrong: list[str] = []
    with StandIn(kind) as server:
        dataset = server.add_dataset("qa", items(2))
        server.add_run("qa", "run", results(2), run_scores={"mean": 1.0})
        keys = (server.public_key, server.secret_key)
        with httpx.Client(base_url=f"{server.url}/api/public", auth=keys) as http:
            for path, name in paths.items():
                rows: list[dict[str, Any]] = http.get(path.replace("ID", dataset)).json()["data"]
                assert rows, path
                known, required = schemas.fields(name)
                assert required, name
                for row in rows:
                    wrong += [f"{path}: {field} is required" for field in required - set(row) - _of_user(name)]
                    wrong += [f"{path}: {field} is unknown" for field in set(row) - known - UNDOCUMENTED]
    assert not wrong, "\n".join(sorted(set(wrong)))


def _of_user(name: str) -> set[str]:
    """Required fields the stand-in leaves out because ragtui reads none of them."""
    if name == "ObservationsView":
        return {
            "completionStartTime", "model", "modelParameters", "version", "usage", "promptId", "promptName",
            "promptVersion", "modelId", "inputPrice", "outputPrice", "totalPrice", "calculatedInputCost",
            "calculatedOutputCost", "timeToFirstToken", "unit", "usagePricingTierId", "usagePricingTierName",
            "createdAt", "updatedAt",
        }  # fmt: skip
    return set()
