"""Tables whose columns and words are in other languages: understood in English, shown as they were written."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources_kit import listed, only_run, said

from ragtui.model import guess_metric
from ragtui.model.languages import in_english
from ragtui.sources import aliases

ASKED = [f"Was bedeutet {n}?" for n in range(6)]


def table(head: str, *columns: list[str]) -> str:
    return "\n".join([head, *(";".join(row) for row in zip(*columns, strict=True))]) + "\n"


HALVES = ["0,5", "1", "0", "1", "0,25", "0,25"]
YES = ["{0}", "{0}", "{1}", "{0}", "{1}", "{1}"]


@pytest.mark.parametrize(
    ("head", "words", "metrics"),
    [
        ("Frage;Antwort;Treue;Korrekt", ("ja", "nein"), {"Treue": 1, "Korrekt": 1}),
        ("Frage;Antwort;Fehlerquote;Bestanden", ("richtig", "falsch"), {"Fehlerquote": -1, "Bestanden": 1}),
        ("question;réponse;exactitude;réussite", ("oui", "non"), {"exactitude": 1, "réussite": 1}),
        ("pregunta;respuesta;alucinación;correcto", ("sí", "no"), {"alucinación": -1, "correcto": 1}),
        ("domanda;risposta;fedeltà;corretto", ("vero", "falso"), {"fedeltà": 1, "corretto": 1}),
        ("質問;回答;忠実度;正確性", ("はい", "いいえ"), {"忠実度": 1, "正確性": 1}),
        ("问题;答案;相关性;正确", ("是", "否"), {"相关性": 1, "正确": 1}),
        ("vraag;antwoord;juistheid;geslaagd", ("ja", "nee"), {"juistheid": 1, "geslaagd": 1}),
        ("pytanie;odpowiedź;trafność;halucynacje", ("nie", "tak"), {"trafność": 1, "halucynacje": -1}),
        ("pytanie;odpowiedz;trafnosc;jakosc", ("tak", "nie"), {"trafnosc": 1, "jakosc": 1}),
        ("fråga;svar;noggrannhet;godkänd", ("ja", "nej"), {"noggrannhet": 1, "godkänd": 1}),
        ("spørgsmål;svar;nøjagtighed;bestået", ("ja", "nej"), {"nøjagtighed": 1, "bestået": 1}),
        ("kysymys;vastaus;tarkkuus;oikein", ("kyllä", "ei"), {"tarkkuus": 1, "oikein": 1}),
        ("otázka;odpověď;přesnost;správně", ("ano", "ne"), {"přesnost": 1, "správně": 1}),
        ("soru;cevap;doğruluk;başarı", ("evet", "hayır"), {"doğruluk": 1, "başarı": 1}),
        ("pertanyaan;jawaban;akurasi;benar", ("ya", "tidak"), {"akurasi": 1, "benar": 1}),
        ("pergunta;resposta;acuracia;alucinacao", ("não", "sim"), {"acuracia": 1, "alucinacao": -1}),
    ],
)  # fmt: skip
def test_columns_in_other_languages(tmp_path: Path, head: str, words: tuple[str, str], metrics: dict[str, int]) -> None:
    (tmp_path / "t.csv").write_text(table(head, ASKED, ["x"] * 6, HALVES, [word.format(*words) for word in YES]))
    run = only_run(tmp_path)
    assert {metric.name: metric.sign for metric in run.scores.metrics} == metrics
    assert np.nanmean(run.scores.values, axis=(0, 2)).tolist() == [0.5, 0.5]
    assert len(run.scores.items) == 6 and len(run.scores.repeats) == 1


def test_configurations_and_repeats_in_other_languages(tmp_path: Path) -> None:
    rows = [
        {"Testfall": f"F{n}", "Verfahren": arm, "Durchlauf": number, "Genauigkeit": 0.5 * (n % 2)}
        for arm in ("Basis", "mit Suche") for number in (1, 2, 3) for n in range(4)
    ]  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(rows, ensure_ascii=False))
    headers, _ = listed(tmp_path)
    assert [(header.name, header.items, header.repeats) for header in headers] == [("Basis", 4, 3), ("mit Suche", 4, 3)]


def test_a_row_of_means_is_no_item_in_any_language(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        table("Frage;Antwort;Punkte", [*ASKED, "Durchschnitt"], ["x"] * 7, [*HALVES, "0,5"])
    )
    run = only_run(tmp_path)
    assert len(run.scores.items) == 6 and "Durchschnitt: a row of totals" in said(run)


@pytest.mark.parametrize(("head", "none"), [("Fehler", "nein"), ("hata", "hayır"), ("błąd", "brak"), ("erro", "não")])
def test_no_error_is_none_in_any_language(tmp_path: Path, head: str, none: str) -> None:
    said = [none, none, none, none, none, "timeout"]
    (tmp_path / "t.csv").write_text(table(f"id;recall;{head}", list("abcdef"), ["0.5"] * 6, said))
    run = only_run(tmp_path)
    assert [(metric.name, int(np.isfinite(run.scores.of("recall")).sum())) for metric in run.scores.metrics] == [
        ("recall", 5)
    ]


def test_a_word_that_nobody_knows_does_not_leave_only_the_other_side(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(table("id;correct", list("abcdef"), [word.format("jo", "no") for word in YES]))
    run = only_run(tmp_path)
    assert {metric.name: float(run.scores.of(metric.name).mean()) for metric in run.scores.metrics} == {
        "correct = jo": 0.5, "correct = no": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "english"), [
    ("Treue", "faithfulness"), ("antwortqualität", "answer_quality"), ("AntwortRelevanz", "answer_relevance"),
    ("正解率", "accuracy"), ("eval.Relevanz", "eval.relevance"), ("Fall", "case"),
    ("Relevanz_Kontext", "relevance_context"),
    ("fall_detection", "fall_detection"), ("notes", "notes"), ("media", "media"), ("tempo", "tempo"), ("sin", "sin"),
    ("Qualitaet", "quality"), ("Vollstaendigkeit", "completeness"), ("reussite", "success"), ("bledy", "errors"),
    ("predict_proba", "predict_proba"), ("sure", "sure"), ("cohesion", "cohesion"), ("tid", "tid"),
    ("answer_relevancy", "answer_relevancy"), ("e\u0301xito", "success"),
])  # fmt: skip
def test_names_in_english(name: str, english: str) -> None:
    assert in_english(name) == english


def test_an_answer_in_another_language_is_told_like_an_english_one() -> None:
    assert aliases.snake("Antwort") == "answer" and aliases.snake("answerText") == "answer_text"
    assert guess_metric("Halluzinationen").sign == -1 and guess_metric("Latenz").role is guess_metric("latency").role


@given(st.text(max_size=40))
def test_any_name_can_be_asked(name: str) -> None:
    assert isinstance(in_english(name), str)
