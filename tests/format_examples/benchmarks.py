"""Benchmark harnesses: what is read from their files."""

from format_examples.benchmark_files import (
    ALPACA,
    DATE,
    HARBOR,
    HELM,
    HELM_UNSUMMARIZED,
    LM_INFINITE,
    LM_METRICS,
    LM_SAMPLES,
    MT_BENCH,
    MT_PAIRS,
    OPENAI_LOG,
    SWE,
    TAU,
    TAU2,
    TERMINAL_BENCH,
    VERIFIERS,
    VERIFIERS_TRACES,
    lm_results,
    swe_failed,
    swe_report,
)
from format_examples.example import Example, Said, Told

BENCHMARKS = (
    Example(
        "lm-eval-two-filters",
        "lm-eval",
        {f"org__small/samples_sums_{DATE}.jsonl": LM_SAMPLES, f"org__small/results_{DATE}.json": lm_results()},
        (
            Told(
                items=4,
                repeats=1,
                metrics=LM_METRICS,
                name="sums small",
                configuration={"dataset": "sums", "dataset_version": "abc", "pipeline.num_fewshot": "2"},
                question="Q0",
                expected="y",
                output="y",
                metadata={"topic": "t"},
            ),
        ),
    ),
    Example(
        "lm-eval-without-results",
        "lm-eval",
        {"org__small/samples_sums.jsonl": LM_SAMPLES},
        (
            Told(
                4,
                1,
                LM_METRICS,
                configuration={"pipeline.generation.temperature": "0.5", "pipeline.model_name": "org/small"},
            ),
        ),
    ),
    Example(
        "lm-eval-not-finite",
        "lm-eval",
        {f"samples_sums_{DATE}.jsonl": LM_INFINITE, f"results_{DATE}.json": lm_results()},
        (Told(2, 1, {"loss": Said(2.0, 2.0, None, higher=False, scored=1, failed=1)}),),
    ),
    Example(
        "verifiers",
        "verifiers",
        {
            "outputs/sums--small/1/results.jsonl": VERIFIERS,
            "outputs/sums--small/1/metadata.json": {
                "env_id": "sums",
                "model": "org/small",
                "sampling_args": {"temperature": 1},
            },
        },
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "reward": Said(1.75 / 3, 1.0, None, scored=3),
                    "correct_answer": Said(1.75 / 3, 1.0, None, told="guessed", scored=3),
                },
                errors=1,
                name="sums small",
                configuration={"dataset": "sums", "pipeline.sampling_args.temperature": "1"},
                question="Q0",
                expected="right",
                output="A",
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "verifiers-traces",
        "verifiers-traces",
        {"run/traces.jsonl": VERIFIERS_TRACES},
        (
            Told(
                items=2,
                repeats=2,
                # reward is 2 x right + 0 x style; the fourth episode was not scored on "right"
                metrics={
                    "reward": Said(0.75, 1.0, None, scored=2, failed=1),
                    "reward.right": Said(0.375, 0.5, None, told="guessed", scored=2, failed=1),
                    "reward.style": Said(1.0, 1.0, None, higher=None, told="unknown", scored=3),
                },
                errors=1,
                name="sums small",
                configuration={"dataset": "sums", "pipeline.sampling.temperature": "1"},
                question="Q0",
                expected="right",
                output="A",
                metadata={"level": 3},
                resources=("latency", "cost", "tokens", "turns"),
            ),
        ),
    ),
    Example(
        "openai-log",
        "openai-evals",
        {"log.jsonl": OPENAI_LOG},
        (
            Told(
                items=3,
                repeats=1,
                metrics={"correct": Said(0.5, 1.0, None, scored=2)},
                errors=1,
                name="sums.test.v0 small",
                question="Q0",
                expected="A0",
                output="A0",
            ),
        ),
    ),
    Example(
        "mt-bench",
        "mt-bench",
        {"gpt-4_single.jsonl": MT_BENCH},
        (
            # turn 1 judged 8 and 6, turn 2 without a rating and 0
            Told(2, 2, {"score": Said(14 / 3, 8.0, 0.0, scored=3, failed=1)}, name="small", rationale="Rating: [[8]]"),
            Told(1, 1, {"score": Said(3.0, 3.0, 3.0, scored=1)}, name="large"),
        ),
    ),
    Example(
        "mt-bench-pairs",
        "mt-bench",
        {"gpt-4_pair.jsonl": MT_PAIRS},
        (Told(2, 1, {"win": Said(0.75, 0.75, None, scored=1, failed=1)}, name="small against large"),),
    ),
    Example(
        "alpaca-eval",
        "alpaca-eval",
        {"annotations.json": ALPACA},
        # win rates .25, 1, no preference, and a draw
        (
            Told(
                items=4,
                repeats=1,
                metrics={"win_rate": Said(1.75 / 3, 0.25, 0.5, scored=3, failed=1)},
                name="small against old",
                configuration={"judges.win_rate.annotator": "judge-1"},
                question="I0",
                output="new",
            ),
        ),
    ),
    Example(
        "tau-bench",
        "tau-bench",
        {"tool-calling-small-0.0_range_0--1_user-other-llm_0921131646.json": TAU},
        (
            Told(
                items=2,
                repeats=2,
                metrics={"reward": Said(1 / 3, 1.0, None, scored=3)},
                errors=1,
                configuration={"pipeline.agent": "tool-calling-small", "pipeline.user": "other-llm"},
                question="You are 0",
                output="done",
                metadata={"user_id": "u0"},
            ),
        ),
    ),
    Example(
        "tau2-bench",
        "tau-bench",
        {"sims.json": TAU2},
        (
            Told(
                items=3,
                repeats=2,
                # 1 and 0; no reward, and an error of the user; the agent's own error is its 0, and its last trial missing
                metrics={
                    "reward": Said(1 / 3, 1.0, None, scored=3, failed=1, missing=1),
                    "reward.DB": Said(1 / 3, 1.0, None, scored=3, missing=2),
                },
                errors=1,
                name="retail small",
                configuration={"pipeline.retrieval_config": "bm25"},
                question="ask",
                rationale="says the price: not met (it did not)",
                resources=("latency", "tokens", "cost"),
            ),
        ),
    ),
    Example(
        "swe-bench",
        "swe-bench",
        {"small.run-1.json": SWE},
        # one resolved, one not, one without a patch, one error, one never submitted
        (
            Told(
                items=5,
                repeats=1,
                metrics={"resolved": Said(1 / 3, 1.0, None, scored=3, missing=1)},
                errors=1,
                configuration={"pipeline.model": "small"},
                metadata={"repository": "a/a"},
            ),
        ),
    ),
    Example(
        "swe-bench-folder",
        "swe-bench",
        {
            "logs/run_evaluation/run-1/small/a__a-1/report.json": swe_report("a__a-1", True),
            "logs/run_evaluation/run-1/small/a__a-2/report.json": swe_report("a__a-2", False),
            "logs/run_evaluation/run-1/small/a__a-3/run_instance.log": "killed",
            "logs/run_evaluation/run-1/small/a__a-4/report.json": swe_failed("a__a-4", "out_of_memory", True),
            "logs/run_evaluation/run-1/small/a__a-5/report.json": swe_failed("a__a-5", "missing_module", False),
        },
        (
            Told(
                items=5,
                repeats=1,
                metrics={
                    "resolved": Said(1 / 3, 1.0, 0.0, scored=3),
                    "fail_to_pass": Said(0.75, 1.0, None, scored=2, missing=1),
                },
                errors=2,
                name="small.run-1",
            ),
        ),
    ),
    Example(
        "helm",
        "helm",
        HELM,
        (
            Told(
                items=2,
                repeats=2,
                metrics={"exact_match": Said(0.5, 1.0, 0.5, scored=4)},
                name="sums:model=small",
                configuration={"dataset": "SumsScenario", "pipeline.adapter.model": "small"},
                question="1+1",
                expected="2",
                output="two",
                metadata={"split": "test"},
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "helm-before-summarizing",
        "helm",
        HELM_UNSUMMARIZED,
        (
            Told(
                items=4,
                repeats=1,
                # 1.0, .25 and .75; the request of the last failed, and its zeros are no scores
                metrics={
                    "exact_match": Said(2 / 3, 1.0, None, scored=3),
                    "toxic_frac": Said(0.5, 0.5, None, higher=False, scored=1, missing=2),
                    "edit_similarity": Said(0.125, 0.125, None, told="guessed", scored=1, missing=2),
                },
                errors=1,
                name="sums:model=small",
                question="question id1",
                expected="2",
                output="two",
                resources=("latency",),
            ),
        ),
    ),
    Example(
        "harbor",
        "harbor",
        HARBOR,
        (
            Told(
                items=2,
                repeats=2,
                # "find" broke first and got 0.5 then; "fix" got 1.0, although it ran out of time, and 0.0
                metrics={"reward": Said(0.5, None, 0.0, scored=3)},
                errors=1,
                name="terminus small",
                configuration={"dataset": "terminal-bench", "pipeline.model": "org/small"},
                resources=("latency", "cost", "tokens"),
            ),
        ),
    ),
    Example(
        "terminal-bench",
        "terminal-bench",
        TERMINAL_BENCH,
        (
            Told(
                items=2,
                repeats=2,
                metrics={
                    "resolved": Said(1 / 3, 0.0, 0.0, scored=3),
                    "tests_passed": Said(2 / 3, 0.5, 0.5, scored=3),
                },
                errors=1,
                name="terminus small",
                question="do find",
            ),
        ),
    ),
)
