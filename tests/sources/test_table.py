import json
from pathlib import Path

import numpy as np
import pytest
from sources_kit import lines_of, listed, only_run, said

from ragtui.model import DirectionFrom, State
from ragtui.sources import ColumnMap, open_source
from ragtui.sources.columns import signature
from ragtui.sources.table.opening import preview_table


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_one_score_a_row_and_a_run_for_each_configuration(tmp_path: Path) -> None:
    rows = [
        f"{item},{repeat},{config},{metric},{repeat + (config == 'new')}"
        for config in ("old", "new")
        for repeat in (1, 2)
        for item in ("018", "019")
        for metric in ("faithfulness", "relevance")
    ]
    path = table(tmp_path / "scores.csv", "item,repeat,config,metric,score\n" + "\n".join(rows))
    headers, problems = listed(path)
    assert not problems
    assert [(h.id, h.name, h.items, h.repeats, h.results) for h in headers] == [
        ("scores.csv#old", "old", 2, 2, 4),
        ("scores.csv#new", "new", 2, 2, 4),
    ]
    assert headers[0].configuration.fingerprint() != headers[1].configuration.fingerprint()
    new = open_source(path).load("scores.csv#new")
    assert new.scores.items == ("018", "019")
    assert new.scores.of("relevance").tolist() == [[2, 3], [2, 3]]
    result = new.result("019", "2")
    assert result is not None
    assert {name: judged.value for name, judged in result.judgements.items()} == {"faithfulness": 3, "relevance": 3}


WIDE = """question_id,question,ground_truth,answer,faithfulness,correct,error,response_time,reason
018,"How, exactly?",So.,"Thus
and thus",0.5,True,,1.5,fine
019,Why?,Because.,,,,timeout,9,
020,When?,Now.,Then.,NaN,False,,2.5,off
021,Who?,Me.,You.,,no,,2.5,off
"""


def test_a_column_a_metric_with_texts(tmp_path: Path) -> None:
    run = only_run(table(tmp_path / "wide.csv", WIDE))
    scores = run.scores
    assert scores.items == ("018", "019", "020", "021")
    assert {m.name for m in scores.metrics} == {"faithfulness", "correct", "latency"}
    assert scores.states_of("faithfulness")[:, 0].tolist() == [
        State.SCORED,
        State.ITEM_ERROR,
        State.NON_FINITE,
        State.MISSING,
    ]
    np.testing.assert_array_equal(scores.of("correct")[:, 0], [1, np.nan, 0, 0])
    assert "wide.csv:5: faithfulness is nan" in said(run)
    assert "words count as numbers: false is 0, no is 0, true is 1" in said(run)
    result = run.result("018", "1")
    assert result is not None
    assert (result.output, result.latency_s, result.judgements["correct"].rationale) == ("Thus\nand thus", 1.5, "fine")
    assert (run.item("018").question, run.item("018").expected) == ("How, exactly?", "So.")
    failed = run.result("019", "1")
    assert failed is not None
    assert failed.error == "timeout"


def test_the_guess_explains_itself(tmp_path: Path) -> None:
    preview = preview_table(table(tmp_path / "wide.csv", WIDE))
    guess = preview.guess
    assert (guess.item, guess.question, guess.expected, guess.output) == (
        ("question_id",),
        "question",
        "ground_truth",
        "answer",
    )
    assert (guess.metrics, guess.error, guess.latency, guess.rationale) == (
        ("faithfulness", "correct"),
        "error",
        "response_time",
        "reason",
    )
    assert guess.reasons["item"] == "'question_id' by its name"
    assert guess.reasons["words"] == "false is 0, no is 0, true is 1"
    assert guess.confidence == 1.0
    assert preview.rows[0]["faithfulness"] == "0.5"


def test_a_map_survives_json(tmp_path: Path) -> None:
    guess = preview_table(table(tmp_path / "wide.csv", WIDE)).guess
    given = ColumnMap(
        item=("a", "b"), metrics=("m",), words={"ok": 1.0}, missing_values=(-1.0,), scales={"m": (1.0, 5.0)}
    )
    for columns in (guess, given):
        assert ColumnMap.from_dict(json.loads(json.dumps(columns.to_dict()))) == columns


@pytest.mark.parametrize("value", [{"repeat": 3}, {"scales": {"m": [5, 1]}}, {"metrics": 4}, {"words": [1]}])
def test_a_map_of_wrong_types_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(Exception, match="column map"):
        ColumnMap.from_dict(value)


def test_a_given_map_overrides_the_guess(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "name,verdict,grade,pain\nx,great,-1,3\ny,poor,4,2\n")
    columns = ColumnMap(
        item=("name",),
        metrics=("verdict", "grade", "pain"),
        words={"Great": 1.0, "poor": 0.0},
        missing_values=(-1.0,),
        scales={"grade": (1.0, 5.0)},
        higher_is_better=("verdict",),
        lower_is_better=("pain",),
    )
    for key in (str(path), path.name, signature(("name", "verdict", "grade", "pain"))):
        run = only_run(path, columns={key: columns})
        assert run.scores.of("verdict")[:, 0].tolist() == [1, 0]
        assert run.scores.states_of("grade")[:, 0].tolist() == [State.METRIC_ERROR, State.SCORED]
        metrics = {metric.name: metric for metric in run.scores.metrics}
        assert metrics["grade"].scale == (1.0, 5.0)
        assert not metrics["pain"].higher_is_better
        assert metrics["verdict"].higher_is_better
        assert {metric.direction_from for metric in (metrics["pain"], metrics["verdict"])} == {DirectionFrom.USER}
        assert metrics["grade"].direction_from is DirectionFrom.GUESSED
        assert run.header.extra["columns_confirmed"] is True
    result = run.result("x", "1")
    assert result is not None
    assert result.judgements["grade"].error == "-1 means that there is no score"


def test_a_given_map_that_does_not_fit_names_the_column(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "name,grade\nx,1\n")
    _, problems = listed(path, columns={str(path): ColumnMap(item=("id",), metrics=("grade",))})
    assert problems[0].message == "column map: no column 'id'"
    assert problems[0].hint == "The table has: name, grade."


def test_words_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "item,score,tone\na,1,warm\nb,0,cold\n")
    run = only_run(path, columns={path.name: ColumnMap(item=("item",), metrics=("score", "tone"))})
    assert [metric.name for metric in run.scores.metrics] == ["score"]
    assert "metric tone holds words (warm, cold) and is refused" in said(run)


def test_ids_are_made_from_questions_and_it_is_said(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "query,answer,score\nHow?,a,1\nWhy?,b,0\n ,c,1\n")
    run = only_run(path)
    assert all(item.startswith("q-") for item in run.scores.items)
    assert len(run.scores.items) == 2
    assert run.item(run.scores.items[0]).question == "How?"
    assert "no item ids: they are made from the questions" in said(run)
    assert "t.csv:4: no item id: left out" in said(run)
    other = only_run(table(tmp_path / "other.csv", "query,answer,score\nWhy?,z,1\n"))
    assert other.scores.items[0] == run.scores.items[1]


def test_occurrences_without_a_repeat_column(tmp_path: Path) -> None:
    even = only_run(table(tmp_path / "even.csv", "item,answer,score\na,x,1\nb,x,0\na,x,0\nb,x,0\n"))
    assert even.scores.of("score").tolist() == [[1, 0], [0, 0]]
    assert "nothing numbers the repeats: the 2 rows of each item are taken for repeats" in said(even)
    odd = only_run(table(tmp_path / "odd.csv", "item,answer,score\na,x,1\nb,x,0\na,x,0\n"))
    assert odd.scores.states_of("score")[:, 0].tolist() == [State.MISSING, State.SCORED]
    assert "1 of 2 items occur more than once without a repeat number and are left out: a" in said(odd)


def test_a_score_given_twice_in_long_form(tmp_path: Path) -> None:
    head = "item,repeat,metric,score\n"
    text = head + "a,1,m,1\na,1,m,1\nb,1,m,1\nb,1,m,0\nb,1,n,1\n"
    run = only_run(table(tmp_path / "t.csv", text))
    assert run.scores.states_of("m")[:, 0].tolist() == [State.SCORED, State.MISSING]
    assert run.scores.of("n")[1, 0] == 1
    assert "t.csv:3: item a, repeat 1, m is written twice with the same score: counted once" in said(run)
    assert "t.csv:5: item b, repeat 1, m has two different scores (first on line 4): both are left out" in said(run)


def test_an_error_in_long_form_is_the_judges(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", "item,repeat,metric,score,error\na,1,m,,timeout\na,1,n,3,\n")
    run = only_run(path)
    assert run.scores.states_of("m")[0, 0] == State.METRIC_ERROR
    assert run.scores.of("n")[0, 0] == 3
    result = run.result("a", "1")
    assert result is not None
    assert (result.error, result.judgements["m"].error) == ("", "timeout")


def test_two_columns_name_the_item_when_one_does_not(tmp_path: Path) -> None:
    rows = [{"question_id": q, "turn": t, "response": "x", "score": q + t} for q in (1, 2) for t in (1, 2)]
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of(rows))
    run = only_run(path)
    assert run.scores.items == ("1/1", "1/2", "2/1", "2/2")
    assert run.scores.repeats[0].label == "1"


def test_a_counter_column_is_the_repeat(tmp_path: Path) -> None:
    rows = [{"id": i, "try": k, "judge": j, "score": k} for i in "ab" for k in (1, 2) for j in ("f", "r")]
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of(rows))
    run = only_run(path)
    assert {metric.name: run.scores.of(metric.name).tolist() for metric in run.scores.metrics} == {
        "f": [[1, 2], [1, 2]],
        "r": [[1, 2], [1, 2]],
    }


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("item;answer;score\na;x;0,5\nb;y;1\n", [0.5, 1.0], ""),
        ("item\tanswer\tscore\r\na\tx\t0.5\r\nb\ty\t1\r\n", [0.5, 1.0], ""),
        ("\ufeffitem,answer,score\na,x,0.5\n\nb,y,1\n", [0.5, 1.0], ""),
        ("item,answer,score\na,x\nb,y,1\n", [np.nan, 1.0], "t.csv:2: row has only 2 of 3 cells"),
        ("item,answer,score\na,x,0.5\nb,y,1\nc,d,e,f\n", [0.5, 1.0], "t.csv:4: row skipped: 4 cells, the header has 3"),
        ("item,answer,score\na,x,0.5\n,y,1\n", [0.5], "t.csv:3: no item id: left out"),
        ("item,answer,score\na,x,0.5\nb,y,1\nc,z,high\n", [0.5, 1.0, np.nan], "t.csv:4: score is 'high', not a number"),
    ],
)
def test_shapes_and_damage_of_csv(tmp_path: Path, text: str, values: list[float], message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    run = only_run(path, columns={path.name: ColumnMap(item=("item",), output="answer", metrics=("score",))})
    np.testing.assert_array_equal(run.scores.of("score")[:, 0], values)
    assert message in said(run)
    assert run.result("a", "1").output == "x"  # type: ignore[union-attr]


def test_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("item,answer,score\ncafé,x,1\n".encode("latin-1"))
    run = only_run(path)
    assert run.scores.items == ("café",)
    assert "t.csv:2: text is not UTF-8; it is read as Latin-1" in said(run)
    path.write_bytes("item,answer,score\nä,日本,1\nb,x,0\n".encode("utf-16"))
    run = only_run(path)
    assert run.scores.items == ("ä", "b") and run.result("ä", "1").output == "日本"  # type: ignore[union-attr]
    path.write_bytes("item,answer,score\na,x,1\n".encode("utf-32"))
    assert listed(path)[1][0].message == "is UTF-16 or UTF-32 text, and too large or damaged"


def test_an_open_quote_costs_one_row_not_the_file(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", 'item,answer,score\na,x,1\nb,"never closed,0\n')
    assert only_run(path).scores.of("score")[0, 0] == 1


def test_columns_that_are_no_scores(tmp_path: Path) -> None:
    header = "id,seed,latencyMs,n_chunks_id,created_at,notes,success,error,score,score,accuracy"
    guess = preview_table(table(tmp_path / "t.csv", f"{header}\na,1,20,3,2026,,true,,1,2,1\n")).guess
    assert guess.metrics == ("accuracy",)
    assert guess.reasons["not a metric: notes"] == "it is empty"
    assert guess.reasons["not a metric: success"] == "it only repeats whether there was an error"
    assert guess.reasons["not a metric: score (2)"] == "its name occurs twice in the header"


def test_a_promptfoo_export_is_not_misread(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(
        lines_of([{"id": "a", "promptIdx": 0, "testIdx": 0, "gradingResult": {}, "score": 1, "output": "x"}])
    )
    assert [header.format for header in listed(path)[0]] == ["promptfoo"]


def test_a_json_list_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{"instruction": "Do.", "output": "ok", "preference": 1.25}, 7, {"instruction": "Go."}]))
    run = only_run(path)
    assert run.scores.of("preference")[0, 0] == 1.25
    assert np.isnan(run.scores.of("preference")[1, 0])
    assert "entry 2 is not an object: left out" in said(run)
    result = run.result(run.scores.items[0], "1")
    assert result is not None
    assert result.output == "ok"


def test_a_listing_that_reads_the_rows_says_what_was_wrong_in_them(tmp_path: Path) -> None:
    path = table(tmp_path / "t.jsonl", '{"id": "a", "score": 1}\n{"id": "b", "score": "n/k"}\n{"id": "c", "sco')
    headers, problems = listed(path)
    assert [(header.items, header.metrics[0].scored) for header in headers] == [(2, 1)]
    found = [problem for header in headers for problem in header.problems] + problems
    assert {problem.line for problem in found} >= {2, 3}


def test_measures_called_an_index_and_texts_that_came_out_are_counted_or_said(tmp_path: Path) -> None:
    rows = [
        f"q{item},{repeat},{0.5 + item / 10},{item + repeat / 7:.3f},{'warm' if (item + repeat) % 3 else 'curt'},"
        f"{item % 3},{'gold' if item % 2 else 'silver'},{'x' if item % 2 else 'y'}"
        for item in range(12)
        for repeat in (1, 2, 3)
    ]
    head = "id,repeat,faithfulness,wobble_index,tone,risk_index,tier,kept"
    path = table(tmp_path / "own.csv", head + "\n" + "\n".join(rows))
    run = only_run(path)
    assert {metric.name for metric in run.scores.metrics} == {"faithfulness", "wobble_index"}, "0.35 is no id"
    told = said(run)
    assert "`tone` is not counted, though it differs in repeats of an item: curt, warm" in told
    assert "`risk_index` is not read as a metric: whole numbers called an index" in told
    assert "tier" not in told and "kept" not in told, "what says the same in all repeats describes the item"
    named = only_run(path, roles={"metrics": ("faithfulness", "tone")})
    assert {metric.name for metric in named.scores.metrics} == {"faithfulness", "tone = curt", "tone = warm"}
