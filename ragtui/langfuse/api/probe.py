"""Finds out what kind of server answers, by asking it rather than by trusting its version number."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ragtui.errors import RemoteError
from ragtui.langfuse.api.answers import Answer
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, Params, path_value
from ragtui.langfuse.api.records import CachedRecord
from ragtui.langfuse.api.shapes.plain import iso, text_of

FIRST_WITH_VERSIONS = (3, 151)
"""Servers before do not know the parameter `version` of `/dataset-items`, and answer with the items of today."""


class Generation(StrEnum):
    """How a server keeps runs."""

    V4 = "v4"
    """Cloud and self-hosted v4: experiments only."""
    DUAL = "v4-dual"
    """The migration mode: experiments and the older dataset runs."""
    LEGACY = "v4-legacy"
    """v4 software that still writes the older dataset runs only."""
    V3 = "v3"
    V2 = "v2"
    """Can be read, not written."""


@dataclass(frozen=True, slots=True)
class Server(CachedRecord):
    """What a probe found.

    Attributes:
        scores: endpoint that gives scores: "v3", "v2" or "v1".
        observations: whether `/v2/observations` answers.
        project_id, project_name: the project the keys belong to.
        probed: seconds since 1970.
    """

    generation: str
    version: str
    project_id: str
    project_name: str
    scores: str
    observations: bool
    notice: str = ""
    probed: float = 0.0

    @property
    def has_experiments(self) -> bool:
        """Whether runs made of spans can be listed."""
        return self.generation in (Generation.V4, Generation.DUAL)

    @property
    def has_dataset_runs(self) -> bool:
        """Whether the older dataset runs can be listed."""
        return self.generation != Generation.V4

    @property
    def number(self) -> tuple[int, ...]:
        """The version as numbers; empty when the server did not say."""
        return _numbers(self.version)

    @property
    def keeps_versions(self) -> bool:
        """Whether it gives the items of a dataset as they were at a moment; False where that is not known."""
        return self.number >= FIRST_WITH_VERSIONS

    @property
    def label(self) -> str:
        """One line for the screen."""
        reads = {
            Generation.V4: "experiments",
            Generation.DUAL: "experiments and dataset runs",
            Generation.LEGACY: "dataset runs (legacy mode)",
            Generation.V3: "dataset runs",
            Generation.V2: "dataset runs, read-only",
        }[Generation(self.generation)]
        return f"Langfuse {self.version or 'of unknown version'}: {reads}"


def keeps_versions(http: LangfuseHttp) -> bool:
    """The same, asked of the server alone; True where it does not say what it is.

    Raises:
        LangfuseError: it does not answer.
    """
    number = _numbers(_version(http))
    return not number or number >= FIRST_WITH_VERSIONS


def _version(http: LangfuseHttp) -> str:
    return text_of(http.send("GET", "/health").fields.get("version"))


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.lstrip("v").split("-")[0].split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def probe(http: LangfuseHttp) -> Server:
    """A few small calls that say what this server can do.

    Raises:
        LangfuseError: it does not answer, or refuses the keys.
        RemoteError: it answers, but is no Langfuse server.
    """
    version = _version(http)
    project = _project(http)
    experiments = _asked(http, "/experiments", {"fromStartTime": iso(time.time() - 3600), "limit": 1})
    # Without a dataset any name will do: what matters is whether the route or the dataset is missing.
    datasets = [row for row in _asked(http, "/v2/datasets", {"limit": 1}).data if isinstance(row, dict)]
    name = text_of(datasets[0].get("name")) if datasets else "ragtui-probe"
    runs = _asked(http, f"/datasets/{path_value(name)}/runs", {"limit": 1})
    has_experiments = experiments.status == 200
    has_runs = _route_exists(runs, strictly=has_experiments)
    if has_experiments:
        generation = Generation.DUAL if has_runs else Generation.V4
    elif not has_runs:
        raise RemoteError(
            f"{http.credentials.base_url} answers neither for experiments ({experiments.status}) nor for dataset runs "
            f"({runs.status})",
            "Is this a Langfuse server? Versions before 2.58 cannot be read.",
        )
    elif version.startswith("4"):
        generation = Generation.LEGACY
    else:
        generation = Generation.V2 if version.startswith("2") else Generation.V3
    return Server(
        generation=generation.value,
        version=version,
        project_id=text_of(project.get("id")),
        project_name=text_of(project.get("name")),
        scores=_scores_endpoint(http, has_runs),
        observations=has_experiments,
        notice=_notice(experiments, runs),
        probed=time.time(),
    )


def _asked(http: LangfuseHttp, path: str, params: Params) -> Answer:
    """An answer that tells whether there is such an endpoint; a refusal of the keys, as on every other call, does not.

    Raises:
        LangfuseError: the server refuses the keys, fails or does not answer.
    """
    answer = http.send("GET", path, params=params)
    if answer.status in (401, 403):
        raise http.refusal("GET", path, params, answer)
    return answer


def _project(http: LangfuseHttp) -> dict[str, Any]:
    rows = http.get("/projects").data
    if not rows or not isinstance(rows[0], dict):
        raise RemoteError(
            f"{http.url('/projects')}: no project for these keys", "Use project keys, not keys of an organisation."
        )
    return dict(rows[0])


def _route_exists(answer: Answer, strictly: bool) -> bool:
    """An absent feature and an absent object are both 404; only the message differs.

    Args:
        strictly: only a message about the dataset counts; where experiments exist, dataset runs may well be gone.
    """
    if answer.status != 404:
        return answer.ok
    said = answer.message.lower()
    return ("dataset not found" if strictly else "not found") in said and "v4" not in said


def _scores_endpoint(http: LangfuseHttp, has_runs: bool) -> str:
    for name, path in (("v3", "/v3/scores"), ("v2", "/v2/scores"), ("v1", "/scores")):
        try:
            if _asked(http, path, {"limit": 1}).ok:
                return name
        except LangfuseError as error:
            # A slow score store is no missing one: what exists on this generation is still asked for later.
            if error.status >= 500 or error.status == 0:
                return "v2" if has_runs else "v3"
            raise
    return "none"


def _notice(*answers: Answer) -> str:
    """The server's own word about an end of service, which a user should see."""
    for answer in answers:
        found = answer.body.get("_deprecation") if isinstance(answer.body, dict) else None
        if isinstance(found, dict):
            until = text_of(found.get("sunsetAt"))
            return f"{text_of(found.get('message'))}{f' (until {until[:10]})' if until else ''}"
    return ""
