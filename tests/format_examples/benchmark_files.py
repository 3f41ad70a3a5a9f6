"""Benchmark harnesses: what their tools write."""

from __future__ import annotations

from typing import Any

from format_examples.example import Said

DATE = "2026-05-01T10-00-00.000001"


def lm_row(doc: int, filtered: str, value: float, **more: Any) -> dict[str, Any]:
    """One line of samples: one document under one filter."""
    return {
        "doc_id": doc,
        "doc": {"question": f"Q{doc}", "choices": ["x", "y"], "topic": "t"},
        "target": 1,
        "arguments": {"gen_args_0": {"arg_0": f"prompt {doc}", "arg_1": {"temperature": 0.5, "until": ["\n"]}}},
        "resps": [["I think y"]],
        "filtered_resps": ["y"],
        "filter": filtered,
        "metrics": ["exact_match"],
        "doc_hash": f"h{doc}",
        "exact_match": value,
        **more,
    }


def lm_results(**config: Any) -> dict[str, Any]:
    """The results file beside the samples."""
    return {
        "results": {"sums": {"alias": "sums", "exact_match,strict": 0.5, "mae,none": 1.0}},
        "configs": {
            "sums": {"task": "sums", "num_fewshot": 2, "doc_to_text": "<function f at 0x7f00aa>", "repeats": 1}
        },
        "versions": {"sums": 3},
        "n-shot": {"sums": 2},
        "higher_is_better": {"sums": {"exact_match": True, "loss": False}},
        "config": {
            "model": "hf",
            "model_args": {"pretrained": "org/small"},
            "random_seed": 7,
            "batch_size": 4,
            **config,
        },
        "model_name": "org/small",
        "task_hashes": {"sums": "abc"},
        "date": 1777629600.0,
    }


LM_SAMPLES = [
    *(lm_row(doc, "strict", float(doc == 0)) for doc in range(4)),
    *(lm_row(doc, "flexible", 1.0) for doc in range(4)),
]
LM_METRICS = {
    "exact_match[strict]": Said(0.25, 1.0, 0.0, scored=4),
    "exact_match[flexible]": Said(1.0, 1.0, 1.0, scored=4),
}
LM_INFINITE = [
    lm_row(0, "none", 0.0, metrics=["loss", "f1"], loss=2.0, f1=[1, 0]),
    lm_row(1, "none", 0.0, metrics=["loss", "f1"], loss=float("inf"), f1=[1, 0]),
]

VERIFIERS = [
    {
        "example_id": example,
        "prompt": [{"role": "user", "content": f"Q{example}"}],
        "completion": [{"role": "assistant", "content": "A"}],
        "answer": "right",
        "task": "sums",
        "reward": reward,
        "correct_answer": reward,
        "timing": {"total_ms": 500},
        "error": error,
        "is_truncated": False,
    }
    for example, reward, error in ((0, 1.0, None), (0, 0.5, None), (1, 0.25, None), (1, 0.0, {"error": "ToolError"}))
]


def verifiers_episode(task: int, right: float | None, *, ok: bool = True) -> dict[str, Any]:
    """An episode of release 0.4 with one agent, whose style weighs nothing; without a reward where it failed."""
    about = {
        "type": "Sum",
        "data": {"idx": task, "prompt": f"Q{task}", "answer": "right", "level": 3},
        "key": f"k{task}",
    }
    trace = {
        "task": about,
        "agent": {"name": "agent", "config": {"model": "org/small", "sampling": {"temperature": 1}}},
        "nodes": [
            {"message": {"role": "user", "content": f"Q{task}"}, "sampled": False},
            {"parent": 0, "message": {"role": "assistant", "content": "A"}, "sampled": True},
        ],
        "calls": [{"usage": {"prompt_tokens": 3, "completion_tokens": 2, "cost": 0.5}}] * 2,
        "rewards": {
            "right": None if right is None else {"score": right, "weight": 2.0},
            "style": None if not ok else {"score": 1.0, "weight": 0.0},
        },
        "metrics": {"turns": 1.0},
        "ok": ok,
        "errors": [] if ok else [{"type": "ProviderError", "message": "down"}],
        "timing": {"start": 1_770_000_000.0, "agent": {"start": 10.0, "end": 12.5}},
    }
    return {"id": f"e{task}", "env": {"id": "sums"}, "task": about, "ok": ok, "errors": [], "traces": [trace]}


VERIFIERS_TRACES = [
    verifiers_episode(0, 0.5),
    verifiers_episode(1, 0.25),
    verifiers_episode(1, None, ok=False),
    verifiers_episode(0, None),
]

OPENAI_LOG = [
    {
        "spec": {
            "completion_fns": ["small"],
            "eval_name": "sums.test.v0",
            "base_eval": "sums",
            "split": "test",
            "run_config": {"eval_spec": {"cls": "Match", "args": {"few_shot": 0}}},
            "run_id": "r1",
            "created_at": "2026-05-01 10:00:00",
        }
    },
    *(
        {"run_id": "r1", "event_id": 2 * n, "sample_id": f"sums.test.{n}", "type": kind, "data": data}
        for n in range(3)
        for kind, data in (
            ("sampling", {"prompt": [{"role": "user", "content": f"Q{n}"}], "sampled": [f"A{n}"]}),
            ("match", {"correct": n == 0, "expected": "A0", "picked": f"A{n}"})
            if n < 2
            else ("error", {"type": "Timeout", "message": "too late"}),
        )
    ),
    {"final_report": {"accuracy": 0.5}},
]


def mt_judgement(question: int, turn: int, score: float, model: str = "small", at: float = 1.0) -> dict[str, Any]:
    """One judgement of one turn."""
    return {
        "question_id": question,
        "model": model,
        "judge": ["gpt-4", "single-v1"],
        "user_prompt": f"Q{question}",
        "judgment": f"Rating: [[{score}]]",
        "score": score,
        "turn": turn,
        "tstamp": at,
    }


MT_BENCH = [
    mt_judgement(81, 1, 8),
    mt_judgement(81, 2, -1),
    mt_judgement(81, 1, 6, at=2.0),
    mt_judgement(81, 2, 0, at=2.0),
    mt_judgement(81, 1, 3, model="large"),
]
MT_PAIRS = [
    {
        "question_id": 81,
        "model_1": "small",
        "model_2": "large",
        "g1_winner": first,
        "g2_winner": second,
        "judge": ["gpt-4", "pair-v2"],
        "turn": turn,
        "g1_judgment": "[[A]]",
        "tstamp": 1.0,
    }
    for turn, first, second in ((1, "model_1", "tie"), (2, "model_2", "error"))
]

ALPACA = [
    {
        "instruction": f"I{n}",
        "output_1": "baseline",
        "generator_1": "old",
        "output_2": "new",
        "generator_2": "small",
        "annotator": "judge-1",
        "preference": preference,
    }
    for n, preference in enumerate([1.25, 2, None, 0])
]


def tau_row(task: int, trial: int, reward: float, **info: Any) -> dict[str, Any]:
    """One trial of a task."""
    return {
        "task_id": task,
        "trial": trial,
        "reward": reward,
        "info": {"task": {"user_id": f"u{task}", "instruction": f"You are {task}", "actions": []}, **info},
        "traj": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "done"}],
    }


TAU = [
    tau_row(0, 0, 1.0),
    tau_row(1, 0, 0.0),
    tau_row(0, 1, 0.0),
    tau_row(1, 1, 0.0, error="rate limit", traceback="…"),
]
TAU2 = {
    "timestamp": "2026-05-01T10:00:00",
    "info": {
        "git_commit": "abc123",
        "num_trials": 2,
        "retrieval_config": "bm25",
        "agent_info": {"implementation": "llm_agent", "llm": "small", "llm_args": {"temperature": 0}},
        "user_info": {"implementation": "user_simulator", "llm": "other"},
        "environment_info": {"domain_name": "retail"},
    },
    "tasks": [{"id": "0", "user_scenario": {"instructions": "ask"}}, {"id": "1"}],
    "simulations": [
        {
            "id": f"s{task}{trial}",
            "task_id": task,
            "trial": trial,
            "duration": 2.0,
            "agent_cost": 0.01,
            "termination_reason": reason,
            "reward_info": None
            if reward is None
            else {
                "reward": reward,
                "reward_breakdown": {"DB": reward},
                "nl_assertions": [{"nl_assertion": "says the price", "met": False, "justification": "it did not"}],
            },
            "messages": [
                {"role": "assistant", "content": "done", "usage": {"prompt_tokens": 3, "completion_tokens": 4}}
            ],
        }
        for task, trial, reward, reason in (
            ("0", 0, 1.0, "user_stop"),
            ("1", 0, None, "max_steps"),
            ("0", 1, 0.0, "user_stop"),
            ("1", 1, 0.0, "user_error"),
            ("2", 0, 0.0, "agent_error"),
        )
    ],
}

SWE = {
    "total_instances": 6,
    "submitted_instances": 4,
    "submitted_ids": ["a__a-1", "a__a-2", "a__a-3", "a__a-4"],
    "completed_ids": ["a__a-1", "a__a-2"],
    "incomplete_ids": ["a__a-5"],
    "empty_patch_ids": ["a__a-3"],
    "resolved_ids": ["a__a-1"],
    "unresolved_ids": ["a__a-2"],
    "error_ids": ["a__a-4"],
    "schema_version": 2,
}


def swe_report(item: str, resolved: bool) -> dict[str, Any]:
    """The report of one instance; half of its failing tests pass."""
    tests = {"FAIL_TO_PASS": {"success": ["t1"], "failure": [] if resolved else ["t2"]}, "PASS_TO_PASS": {}}
    return {item: {"patch_exists": True, "resolved": resolved, "tests_status": tests}}


def swe_failed(item: str, reason: str, environment: bool) -> dict[str, Any]:
    """The report of an instance whose tests could not say anything, by its environment or perhaps by its patch."""
    failure = {"infra_failure": environment, "infra_failure_reason": reason}
    return {item: {"patch_exists": True, "patch_successfully_applied": True, "resolved": False, **failure}}


def helm_stats(item: str, value: float, trial: int = 0, **more: Any) -> dict[str, Any]:
    """Stats of one instance."""
    return {
        "instance_id": item,
        "train_trial_index": trial,
        "stats": [
            {"name": {"name": "exact_match", "split": "test"}, "count": 1, "sum": value, "mean": value},
            {"name": {"name": "num_references", "split": "test"}, "count": 1, "sum": 4, "mean": 4.0},
            {"name": {"name": "inference_runtime", "split": "test"}, "count": 1, "sum": 0.5, "mean": 0.5},
        ],
        **more,
    }


def helm_more(item: str, trial: int, name: str, value: float) -> dict[str, Any]:
    """What a second metric class of a run appends: a further entry for an instance that stands in the file already."""
    stat = {"name": {"name": name, "split": "test"}, "count": 1, "sum": value, "mean": value}
    return {"instance_id": item, "train_trial_index": trial, "stats": [stat]}


def helm_state(item: str, trial: int, said: str, failed: str = "") -> dict[str, Any]:
    """A request of scenario_state.json; HELM scores one that failed as an empty answer."""
    return {
        "instance": {
            "id": item,
            "input": {"text": f"question {item}"},
            "references": [{"output": {"text": "2"}, "tags": ["correct"]}],
        },
        "train_trial_index": trial,
        "result": {"success": not failed, "completions": [{"text": said}], **({"error": failed} if failed else {})},
    }


def typos(share: float) -> dict[str, Any]:
    """A perturbation whose name several settings share."""
    return {"name": "typos", "robustness": True, "computed_on": "perturbed", "prob": share}


HELM_UNSUMMARIZED = {
    "v1/sums:model=small/per_instance_stats.json": [
        helm_stats("id1", 1.0),
        helm_stats("id1", 0.25, perturbation=typos(0.1)),
        helm_stats("id1", 0.75, perturbation=typos(0.5)),
        helm_stats("id2", 0.0),
        helm_more("id1", 0, "toxic_frac", 0.5),
        helm_more("id2", 0, "toxic_frac", 0.0),
        helm_more("id1", 0, "edit_similarity", 0.125),
    ],
    "v1/sums:model=small/run_spec.json": {"name": "sums:model=small", "adapter_spec": {"model": "small"}},
    "v1/sums:model=small/scenario_state.json": {
        "request_states": [helm_state("id1", 0, "two"), helm_state("id2", 0, "", "content filter")]
    },
}

HELM = {
    "runs/v1/sums:model=small/per_instance_stats.json": [
        helm_stats("id1", 1.0),
        helm_stats("id1", 0.0, perturbation={"name": "typos"}),
        helm_stats("id1", 0.5, trial=1),
        helm_stats("id1", 0.5, trial=1, perturbation={"name": "typos"}),
    ],
    "runs/v1/sums:model=small/run_spec.json": {
        "name": "sums:model=small",
        "scenario_spec": {"class_name": "helm.scenarios.SumsScenario", "args": {}},
        "adapter_spec": {"model": "small", "temperature": 0.0},
    },
    "runs/v1/sums:model=small/instances.json": [
        {
            "id": "id1",
            "input": {"text": "1+1"},
            "references": [{"output": {"text": "2"}, "tags": ["correct"]}],
            "split": "test",
        }
    ],
    "runs/v1/sums:model=small/display_predictions.json": [
        {"instance_id": "id1", "train_trial_index": 0, "predicted_text": "two"}
    ],
    "runs/v1/sums:model=small/stats.json": [{"name": {"name": "exact_match"}, "mean": 0.5}],
}


def harbor_trial(task: str, start: int, reward: float | None, exception: str = "") -> dict[str, Any]:
    """One trial's result."""
    return {
        "id": f"{task}-{start}",
        "task_name": task,
        "trial_name": f"{task}__{start}",
        "source": "terminal-bench",
        "config": {"agent": {"name": "terminus", "model_name": "org/small"}},
        "agent_info": {"name": "terminus", "version": "2"},
        "agent_result": {"n_input_tokens": 10, "n_output_tokens": 5, "n_cache_tokens": 3, "cost_usd": 0.5},
        "verifier_result": None if reward is None else {"rewards": {"reward": reward}},
        "exception_info": {"exception_type": exception, "exception_message": "late"} if exception else None,
        "started_at": f"2026-05-01T10:00:0{start}Z",
        "agent_execution": {"started_at": "2026-05-01T10:00:00Z", "finished_at": "2026-05-01T10:00:02Z"},
    }


HARBOR = {
    "job/config.json": {"job_name": "job", "n_attempts": 2, "agents": [{"name": "terminus"}]},
    "job/result.json": {"id": "j", "n_total_trials": 5},
    "job/fix__1/result.json": harbor_trial("fix", 1, 1.0, "AgentTimeoutError"),
    "job/fix__2/result.json": harbor_trial("fix", 2, 0.0),
    "job/find__1/result.json": harbor_trial("find", 1, None, "DockerError"),
    "job/find__2/result.json": harbor_trial("find", 2, 0.5),
    "job/fix__1/agent/trace.json": {"steps": []},
}

TERMINAL_BENCH = {
    "run/results.json": {
        "id": "r",
        "results": [
            {
                "trial_name": f"{task}.{n}-of-2",
                "task_id": task,
                "instruction": f"do {task}",
                "is_resolved": resolved,
                "failure_mode": mode,
                "parser_results": {"test_a": "passed", "test_b": "passed" if resolved else "failed"},
            }
            for task, n, resolved, mode in (
                ("fix", 1, True, "unset"),
                ("fix", 2, False, "agent_timeout"),
                ("find", 1, False, "unset"),
                ("find", 2, False, "unknown_agent_error"),
            )
        ],
    },
    "run/run_metadata.json": {"agent_name": "terminus", "model_name": "org/small", "dataset_name": "core"},
    "run/fix/trial/results.json": {"task_id": "fix", "is_resolved": True},
}
