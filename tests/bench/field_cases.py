"""Expected beside got, over the inputs that people's files look like and over real files of other tools.

    python tests/bench/field_cases.py [--only WORD]

Reads the reference material beside the project (../shared, or --shared); without it there is nothing to do. Every line
is one input: what is right, worked out from the file by hand or said by its `expected.md`, and what is read. Exits 1
when a line differs.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ragtui.cli import main as ragtui
from ragtui.model import Problem, Role, RunHeader, Scores, State
from ragtui.sources import open_source

HERE = Path(__file__).parents[2]


class Line(NamedTuple):
    """One input: where, what is right, and what else a reading has to say or a command has to answer.

    Attributes:
        place: file or folder under the reference material.
        right: "name items x repeats metric mean(scored)" of each run, in order; empty where only words are looked for.
        says: parts of what is said about it.
        command: what to run instead of reading; `@` is the place.
        code: how it ends.
    """

    place: str
    right: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    command: str = ""
    code: int | None = None


REPLAY = "CRUXEval replay (recorded codellama-7b generations) · "
LATER = "samples_negotiationtom_intention_2026-07-08T18-15-33.115417"

CASES = (
    Line(
        "field/cases/01-empty-argument",
        (),
        says=("empty",),
        command="gate --baseline @/elsewhere/main --candidate EMPTY",
        code=2,
    ),
    Line(
        "field/cases/02-arms-are-not-repeats/one-pass.jsonl",
        ("plain 8x1 score 2(8)", "tools 8x1 score 5(8)"),
        says=("`arm`",),
    ),
    Line(
        "field/cases/02-arms-are-not-repeats/three-passes.jsonl",
        ("plain 8x3 score 2(24)", "tools 8x3 score 5(24)"),
        says=("`arm`",),
    ),
    Line(
        "field/cases/03-top-k-is-not-a-repeat/eval_results.jsonl",
        ("k=1 8x1 hit 0.25(8)", "k=3 8x1 hit 0.5(8)", "k=5 8x1 hit 1(8)"),
        says=("`k`",),
    ),
    Line(
        "field/cases/04-two-filters-of-one-answer",
        ("sums 12x1 exact_match[strict-match] 0.3333(12) exact_match[flexible-extract] 1(12)",),
    ),
    Line(
        "field/cases/05-direction-by-name",
        (),
        says=(
            "citation_mismatch: regressed",
            "fabricated_source: regressed",
            "policy_violations: regressed",
            "is_critical_failure: regressed",
            "refusal_rate: regressed",
            "edit_distance: regressed",
            "wer: regressed",
            "no_hallucination: improved",
            "error_recovery: improved",
            "toxicity_free: improved",
            "unbiased: improved",
        ),
        command="DIRECTIONS",
    ),
    Line(
        "field/cases/06-same-ids-other-questions",
        (),
        says=("the question differs on 8 items",),
        command="compare @/base --vs @/cand",
    ),
    Line(
        "field/cases/07-one-folder-per-run/results",
        ("no-rerank 8x1 correctness 0.4(8)", "rerank 8x1 correctness 0.6(8)", "rerank-hyde 8x1 correctness 0.7(8)"),
    ),
    Line(
        "field/cases/07-one-folder-per-run/results",
        (),
        says=("no-rerank", "rerank"),
        command="compare no-rerank --vs rerank --in @",
    ),
    Line("field/cases/08-pandas-index-column", ("base 8x1 faithfulness 0.5875(8)", "cand 8x1 faithfulness 0.6125(8)")),
    Line(
        "field/cases/09-metric-that-failed-everywhere/base.csv", ("base 8x1 faithfulness -(0) answer_relevancy 0.8(8)",)
    ),
    Line(
        "field/cases/09-metric-that-failed-everywhere",
        (),
        says=("faithfulness", "0/8"),
        command="compare @/base-scored.csv --vs @/cand.csv",
    ),
    Line(
        "field/cases/10-one-question-many-references/ragas.csv",
        ("ragas 12x1 faithfulness 0.5(12)",),
        says=("9 records share a question",),
    ),
    Line("field/cases/11-minus-one-is-a-failed-judge/judgments.jsonl", ("m 40x1 score 8(10)",)),
    Line(
        "field/cases/12-item-list-under-another-name",
        (
            "detailed_results 8x1 faithfulness 0.675(8)",
            "per_question 8x1 faithfulness 0.675(8)",
            "tests 8x1 passed 1(8)",
        ),
    ),
    Line(
        "field/cases/13-files-passed-over-without-a-word",
        ("a 8x1 correctness 1(8)", "b 8x1 understandability 8(8) completeness_of_reply 7(8)", "d 1x1 F 0.5(1)"),
        says=("c.json", "promptfoo"),
    ),
    Line(
        "field/cases/14-slices-from-table-columns",
        (),
        says=("billing", "tickets"),
        command="gate --baseline @/base.csv --candidate @/cand.csv --policy @/slices.toml",
    ),
    Line("field/cases/15-reference-column-is-not-a-score/a.csv", ("a 24x1 section_found 0.5(24)",)),
    Line(
        "field/cases/16-header-line-in-the-middle/appended.csv",
        ("appended 16x1 Faithfulness 0.6(16) Answer Correctness 0.375(16)",),
        says=("header line occurs again",),
    ),
    Line(
        "field/cases/17-dotted-columns",
        ("evaluation 8x1 groundedness 5(8) relevance 4(8)", "result_df 8x1 correctness 0.5(8) relevance 4(8)"),
    ),
    Line(
        "field/cases/18-configurations-as-keys/eval_results.json",
        (
            "plain 8x1 hit_at_1 0.5(8) mrr 0.25(8)",
            "rewrite 8x1 hit_at_1 0.5(8) mrr 0.25(8)",
            "rerank 8x1 hit_at_1 0.5(8) mrr 0.25(8)",
        ),
    ),
    Line(
        "field/cases/19-event-ids-differ-between-runs",
        ("base 8x3 Factuality 0.7333(24)", "cand 8x3 Factuality 0.7333(24)"),
    ),
    Line("field/cases/20-prompt-cache-tokens/a", ("a 5x1 s 1(5) tokens 145(5)",)),
    Line(
        "field/cases/21-zeros-of-calls-that-did-not-succeed/cand.jsonl",
        ("cand 12x1 faithfulness 0.8(8) context_recall 0.7(8) success 1(8)",),
        says=("4 rows", "suspected"),
    ),
    Line("field/cases/22-run-numbers-with-turns", ("base 8x3 score 3.4583(24)", "cand 8x1 score 3.5(8)")),
    Line(
        "field/cases/23-a-jsonl-file-named-by-its-path",
        (),
        command="compare @/monday.jsonl --vs @/tuesday/results.jsonl",
        code=0,
    ),
    Line(
        "field/cases/23-a-jsonl-file-named-by-its-path",
        (),
        says=("1 repeat, 10 items",),
        command="noise @/monday/results.jsonl",
    ),
    Line(
        "field/cases/24-problems-that-cannot-be-read",
        (),
        says=("results.jsonl:4", "results.jsonl:10"),
        command="compare @/damaged --vs @/sound",
    ),
    Line(
        "field/cases/25-column-map-of-a-json-list/eval.json",
        (
            "router 10x1 passed 0.5(10) latency 2(10)",
            "full 10x1 passed 0.5(10) latency 3(10)",
            "vector 10x1 passed 0.5(10) latency 4(10)",
        ),
        says=("`mode`",),
    ),
    Line(
        "field/cases/27-mean-of-the-common-items", (), says=("9 items",), command="compare @/base.csv --vs @/cand.csv"
    ),
    Line(
        "field/cases/28-formula-in-an-item-id",
        (),
        says=("'=HYPERLINK",),
        command="compare @/base --vs @/cand --format csv",
    ),
    Line(
        "field/cases/30-time-under-other-names",
        (),
        says=(
            "wall_clock_s: improved",
            "elapsed_sec: improved",
            "total_time_s: improved",
            "turns: regressed",
            "tool_retries: regressed",
        ),
        command="DIRECTIONS",
    ),
)

SAMPLES = (
    Line(
        "formats/samples/alpaca_eval",
        ("FuseChat-Qwen-2.5-7B-Instruct against gpt4_1106_preview 805x1 win_rate 0.6464(805)",),
    ),
    Line(
        "formats/samples/deepeval",
        (
            "geval_run1_latest_run_full 30x1 Coherence [GEval] 0.6667(30) Engagingness [GEval] 0.4667(30)",
            "geval_run2_latest_run_full 30x1 Coherence [GEval] 0.75(30) Engagingness [GEval] 0.4828(29)",
            "geval_run3_latest_run_full 30x1 Coherence [GEval] 0.7333(30) Engagingness [GEval] 0.4833(30)",
        ),
    ),
    Line(
        "formats/samples/inspect_ai-epochs",
        (
            "crux_replay which=output 60x5 recorded_pass 0.4114(299)",
            "crux_replay which=input 60x5 recorded_pass 0.3645(299)",
        ),
    ),
    Line("formats/samples/lm_eval/tgpred", ("polymer_tg_prediction gpt-4o-mini 24x1 mae 186.8996(7)",)),
    Line("formats/samples/made_by_hand/azure_ai_eval.json", ("azure_ai_eval 6x1 groundedness 5(6) relevance 4(6)",)),
    Line("formats/samples/made_by_hand/braintrust.jsonl", ("braintrust 6x3 Factuality 0.8(12) Levenshtein 0.5(18)",)),
    Line(
        "formats/samples/made_by_hand/eval_results_table.json",
        ("eval_results_table 6x1 toxicity 0.01(6) answer_correctness 4(6)",),
    ),
    Line("formats/samples/made_by_hand/evaluation_results_key.json", ("evaluation_results_key 1x1 score 0.5(1)",)),
    Line("formats/samples/made_by_hand/keyed.json", ("keyed 2x1 score 0.5(2)",)),
    Line("formats/samples/made_by_hand/langsmith.csv", ("langsmith 6x2 correctness 0.5(12) helpfulness 0.8(12)",)),
    Line(
        "formats/samples/made_by_hand/mlflow_result_df.csv", ("mlflow_result_df 6x1 correctness 0.5(6) relevance 4(6)",)
    ),
    Line("formats/samples/made_by_hand/nested_by_model.json", ("modelA 1x1 score 1(1)", "modelB 1x1 score 0(1)")),
    Line(
        "formats/samples/made_by_hand/opik.csv", ("opik 6x1 hallucination_metric 0(6) answer_relevance_metric 0.9(6)",)
    ),
    Line(
        "formats/samples/made_by_hand/phoenix_experiment.json",
        ("phoenix_experiment 6x3 correctness 0.5(18) toxic -(0)",),
    ),
    Line("formats/samples/made_by_hand/run.yaml", ("run 1x1 score 1(1)",)),
    Line("formats/samples/made_by_hand/swebench_report.json", ("swebench_report 3x1 resolved 0.5(2)",)),
    Line(
        "formats/samples/made_by_hand/verifiers_results.jsonl",
        ("verifiers_results 6x3 reward 0.5(18) correct_answer_reward 0.3333(18)",),
    ),
    Line("formats/samples/made_by_hand/x.tsv", ("x 1x1 score 1(1)",)),
    Line("formats/samples/made_by_hand/x.jsonl.gz", ("x.jsonl 1x1 score 1(1)",)),
    Line("formats/samples/made_by_hand/mteb.json", (), says=("means of tasks",)),
    Line("formats/samples/mt_bench", ("granite-7b-lab 160x1 score 7.4(40)",)),
    Line(
        "formats/samples/openai_evals",
        ("semantic_role_recognition.test.v1 zhishu/gpt-4-cot 9x1 score -(0)",),
        says=("no final report",),
    ),
    Line(
        "formats/samples/openai_evals_platform",
        (
            "evalrun_a.json 8x1 helpful-score-model 3.375(8) exact 0.625(8)",
            "evalrun_b.json 8x1 helpful-score-model 3.625(8) exact 0.75(8)",
        ),
        says=("listed once",),
    ),
    Line(
        "formats/samples/promptfoo",
        (
            REPLAY + "codellama-7b output 25x5 score 0.376(125) success 0.376(125)",
            REPLAY + "codellama-7b input 25x5 score 0.328(125) success 0.328(125)",
        ),
        says=("empty-stub.json", "listed once"),
    ),
    Line(
        "formats/samples/pydantic_evals",
        (
            "gpt-3.5/geval 40x1 engagingness 1.8205(39) at_least_2 0.7436(39)",
            "pydantic_evals_geval_repeat5 gpt-3.5/geval 40x5 engagingness 1.8763(194) at_least_2 0.7887(194)",
        ),
    ),
    Line("formats/samples/ragas/evaluation_results.csv", ("evaluation_results 10x1 correctness 0.6(10)",)),
    Line(
        "formats/samples/ragas/detailed_results_20250608_105548.csv",
        (
            "basic 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
            "hyde 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
            "crag 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
            "colbert 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
            "noderag 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
            "graphrag 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
            "hybrid_ifind 10x3 answer_relevancy -(0) context_precision -(0) context_recall -(0) faithfulness -(0)",
        ),
    ),
    Line("formats/samples/tau_bench", ("tool-calling-grok-3 115x1 reward 0.5843(115)",)),
    Line(
        "formats/samples/lm_eval/negotiationtom",
        (
            "negotiationtom_belief Qwen3-8B 20x1 acc 0.45(20)",
            "samples_negotiationtom_belief_2026-07-08T18-15-33.115417 negotiationtom_belief Qwen3-8B 20x1 acc 0.45(20)",
            "negotiationtom_desire Qwen3-8B 20x1 acc 0.6(20)",
            "samples_negotiationtom_desire_2026-07-08T18-15-33.115417 negotiationtom_desire Qwen3-8B 20x1 acc 0.6(20)",
            "negotiationtom_intention Qwen3-8B 20x1 exact_match 0.2(20)",
            LATER + " negotiationtom_intention Qwen3-8B 20x1 exact_match 0.2(20)",
        ),
        says=("micro_f1",),
    ),
    Line(
        "formats/samples/inspect_ai-fixtures/tests/scorer/logs/2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval",
        ("popularity gpt-4o-mini 10x1 match 0.8(10)",),
    ),
    Line(
        "formats/samples/inspect_ai-fixtures/tests/log/test_eval_log/log_streaming.eval",
        ("popularity Meta-Llama-3-1-405B-Instruct-jqf 2x2 match 0.75(4)",),
    ),
    Line(
        "formats/samples/inspect_ai-fixtures/tests/_helpers/fixtures",
        ("task test 1x1 ", "task fake 1x1 "),
        says=("none of its samples was scored",),
    ),
    Line(
        "formats/samples/inspect_ai-fixtures/tests/analysis/test_logs",
        (
            "browser gpt-4o-mini 1x1 includes 1(1)",
            "testtaskname gpt-4o-mini 3x0 ",
            "popularity gpt-4o-mini 3x1 match 0.6667(3)",
            "security_guide gpt-4o-mini 3x1 model_graded_fact 1(3)",
        ),
        says=("only totals",),
    ),
    Line("formats/samples/made_by_hand/list.json", ("list 1x1 score 0.5(1)",), says=("no item id",)),
    Line("formats/samples/made_by_hand/azure_ai_eval.jsonl", ("azure_ai_eval 6x1 groundedness 5(6) relevance 4(6)",)),
    Line(
        "formats/samples/made_by_hand/t.xlsx",
        ("t 15x1 Groundedness 1(15) Answer_Relevance 0.6667(15) Context_Relevance 0.9556(15)",),
    ),
    Line("formats/samples/made_by_hand/t.parquet", (), says=("cannot be read as Parquet",)),
    Line("formats/samples/made_by_hand/default.sqlite", ("default 1x1 score 1(1)",)),
    Line("statistics/real/cruxeval_n10.csv", ("cruxeval_n10 800x10 input_pass 0.3595(8000) output_pass 0.3421(8000)",)),
    Line(
        "statistics/real/gpqa_diamond_n5.csv",
        (
            "openai/gpt-5-nano-2025-08-07 198x5 gpqa_correct 0.6758(990)",
            "openai/gpt-5.4-mini-2026-03-17 198x5 gpqa_correct 0.6172(990)",
        ),
    ),
    Line("statistics/real/taubench_airline_n4.csv", ("taubench_airline_n4 50x4 reward 0.42(200)",)),
    Line("formats/samples/inspect_ai-fixtures/tests/log/test_eval_log/log_invalid.txt", (), says=("not valid JSON",)),
)


def told(scores: Scores, wanted: Sequence[str]) -> Iterator[str]:
    """The metrics that a line names, with mean and count."""
    for column, metric in enumerate(scores.metrics):
        if not any(f" {metric.name} " in run for run in wanted):
            continue
        scored = scores.states[:, column, :] == State.SCORED
        mean = (
            f"{float(np.mean(scores.values[:, column, :][scored])):.4f}".rstrip("0").rstrip(".")
            if scored.any()
            else "-"
        )
        yield f"{metric.name} {mean}({int(scored.sum())})"


def reading(place: Path, line: Line) -> tuple[str, str]:
    """What is read from a place, and everything that is said about it."""
    source = open_source(place)
    runs, said = [], []
    for entry in list(source.headers()):
        if isinstance(entry, Problem):
            said.append(str(entry))
            continue
        run = source.load(entry.id)
        said += [*entry.assumed, *map(str, run.problems)]
        metrics = " ".join(told(run.scores, line.right))
        runs.append(f"{entry.name} {len(run.scores.items)}x{len(run.scores.repeats)} {metrics}".rstrip())
    return " | ".join(runs), "\n".join(said)


def directions(place: Path) -> str:
    """How each metric of two tables beside each other changed, by the direction it is taken to have."""
    base, cand = (next(place.glob(f"{name}.*")) for name in ("base", "cand"))
    means = []
    for path in (base, cand):
        source = open_source(path)
        (header,) = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
        scores = source.load(header.id).scores
        means.append({metric.name: (metric, float(np.nanmean(scores.of(metric.name)))) for metric in scores.metrics})
    said = []
    for name, (metric, before) in means[0].items():
        change = (means[1][name][1] - before) * metric.sign
        kind = "resource" if metric.role is Role.RESOURCE else "quality"
        said.append(f"{name}: {'improved' if change > 0 else 'regressed' if change < 0 else 'unchanged'} ({kind})")
    return ", ".join(said)


def answer(place: Path, command: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    if command == "DIRECTIONS":
        return 0, directions(place)
    words = ["" if word == "EMPTY" else word.replace("@", str(place)) for word in command.split()]
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = ragtui(words)
    return code, out.getvalue()


def check(shared: Path, line: Line) -> tuple[str, str, bool]:
    """What is right, what was got, and whether they are equal."""
    place = shared / line.place
    if line.command:
        code, said = answer(place, line.command)
        got, equal = f"exit {code}", line.code is None or code == line.code
        right = f"exit {line.code}" if line.code is not None else "any exit"
    else:
        got, said = reading(place, line)
        right, equal = " | ".join(line.right), not line.right or got == " | ".join(map(str.rstrip, line.right))
    lacking = [part for part in line.says if part not in said]
    right += "".join(f"; says {part!r}" for part in line.says)
    got += "".join(f"; {'does not say' if part in lacking else 'says'} {part!r}" for part in line.says)
    return right, got, equal and not lacking


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 when a line differs, 2 when there is nothing to read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=HERE.parent / "shared")
    parser.add_argument("--only", default="", help="lines whose place holds this")
    given = parser.parse_args(arguments)
    if not (given.shared / "field").is_dir():
        print(f"{given.shared}: no reference material there", file=sys.stderr)
        return 2
    lines = [line for line in (*CASES, *SAMPLES) if given.only in line.place]
    differing = 0
    for line in lines:
        right, got, equal = check(given.shared, line)
        differing += not equal
        print(f"{'equal  ' if equal else 'DIFFERS'}  {line.place}  {line.command}".rstrip())
        print(f"    expected  {right}\n    got       {got}")
    print(f"{len(lines)} lines, {len(lines) - differing} equal")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
