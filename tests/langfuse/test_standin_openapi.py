"""The stand-in's rows hold what the server's OpenAPI description requires, and nothing it does not know."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from langfuse_standin import StandIn
from langfuse_standin.examples import items, results

FIELDS = Path(__file__).parents[1] / "data" / "langfuse-fields.json"
"""By version of the server's description and schema: which fields it knows, and which of them it requires."""

DOCUMENTS = {"v4-old": "v4.16", "v4-dual": "v4.16", "v3-late": "v3.224.3"}
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


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_rows_follow_the_description(kind: str) -> None:
    schemas = json.loads(FIELDS.read_text("utf-8"))[DOCUMENTS[kind]]
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
                known, required = set(schemas[name]["known"]), set(schemas[name]["required"])
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
