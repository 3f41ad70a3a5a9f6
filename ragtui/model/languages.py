"""Names of columns in other languages, as the English words that everything else knows.

"Treue" is faithfulness, "正解率" is accuracy. Only the understanding of a name is translated, never the name itself: it
is shown as it was written. No word stands here that is an English one as well ("note", "media", "tempo", "data"); "sin"
is Spanish only before a word that is: "sin errores".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_SAID = """
question: frage fragestellung pregunta domanda pergunta vraag fråga pytanie вопрос 質問 问题 問題 提问 질문
query: anfrage suchanfrage requête requete consulta запрос 查询 查詢 クエリ
input: eingabe entrée entrada 入力 输入 輸入
output: ausgabe sortie salida saída 出力 输出 輸出
answer: antwort réponse reponse respuesta risposta resposta antwoord svar odpowiedź ответ
answer: 回答 答え 解答 答案 答复 답변
expected: erwartet erwartete erwarteter erwartetes soll attendu attendue esperado esperada
expected: atteso attesa ожидаемый 期待 期望
reference_answer: referenzantwort musterantwort musterlösung sollantwort эталон 正解 模範解答
reference_answer: 参考答案 参考回答 标准答案 정답
reference: referenz référence referencia riferimento referência 参照 参考
prediction: vorhersage prédiction predicción previsione previsão 予測 预测
context: kontext contexte contexto contesto контекст コンテキスト 文脈 上下文
contexts: kontexte contextes contextos contesti
sources: quellen
test_case: testfall prüffall 用例 测试用例 テストケース
case: caso ケース 案例
task: aufgabe tâche tarea compito tarefa задача タスク 任务
id: kennung identifiant identificador identificativo 编号 識別子
number: nummer numéro número numero 番号 序号
repetition: wiederholung répétition repetición ripetizione repetição повтор
repetition: 繰り返し 反復 重复 반복
attempt: versuch intento попытка
trial: durchlauf durchgang essai ensayo prova tentativa testlauf 試行 试验
run: lauf прогон 実行
round: runde ラウンド 轮次
seed: zufallszahl graine semilla シード 种子
variant: variante варианта バリアント 变体
configuration: konfiguration konfig configuración configurazione configuração конфигурация 設定 配置 构成
model: modell modèle modelo modello модель モデル 模型 모델
method: methode verfahren méthode método metodo метод 手法 方法 방법
system: système sistema система システム 系统
strategy: strategie stratégie estrategia strategia estratégia стратегия
judge: juge juez giudice 评委 评审 審査員
rater: bewerter gutachter évaluateur evaluador valutatore avaliador 評価者 评估者 评分者
rating: bewertung 評価 评价
score: punktzahl punktwert puntuación puntuacion puntaje punteggio pontuação оценка балл スコア
score: 点数 得分 分数 评分 점수
points: punkte puntos punti pontos
grade: gesamtnote schulnote calificación calificacion nota
value: wert valeur 値
result: ergebnis résultat resultado risultato результат 結果 结果
verdict: urteil verdetto veredicto вердикт 判定
winner: gewinner sieger gagnant ganador vincitore vencedor 勝者 获胜者
faithfulness: treue faktentreue quellentreue fidélité fidelite fidelidad fedeltà fedelta
faithfulness: fidelidade 忠実性 忠実度 忠实度 忠实性
relevance: relevanz relevancia pertinencia rilevanza pertinenza relevância релевантность 関連性
relevance: 関連度 相关性 相关度 관련성
accuracy: genauigkeit treffgenauigkeit exactitude exactitud accuratezza acurácia точность 正解率
accuracy: 精度 准确率 准确度 正确率 정확도
precision: präzision précision precisión precisione precisão 適合率 精确率
recall: rappel exhaustividad 再現率 召回率
correctness: richtigkeit korrektheit correction_factuelle corrección correttezza 正確性 正しさ 正确性
correct: korrekt richtig correcta correcto corretto corretta correto correta 正确
wrong: falsch incorrecto sbagliato
completeness: vollständigkeit complétude exhaustivité completitud completezza completude 完全性 網羅性 完整性
helpfulness: hilfreich nützlichkeit utilité utilidad utilità 有用性 有帮助
clarity: verständlichkeit klarheit clarté claridad chiarezza clareza 明確さ 清晰度
coherence: kohärenz cohérence coherencia coerenza coerência 连贯性
consistency: konsistenz cohésion consistencia 一貫性 一致性
fluency: flüssigkeit fluidité fluidez fluidità 流暢性 流暢さ 流畅性 流畅度
hallucination: halluzination halluzinationen alucinación alucinaciones allucinazione allucinazioni alucinação
hallucination: alucinações галлюцинация
hallucination: ハルシネーション 幻覚 幻觉
toxicity: toxizität toxicité toxicidad tossicità toxicidade 毒性
quality: qualität qualité calidad qualità qualidade качество 品質 质量
similarity: ähnlichkeit similarité similitud somiglianza similaridade 類似度 相似度
satisfaction: zufriedenheit satisfacción soddisfazione 満足度 满意度
success: erfolg erfolgreich réussite éxito successo sucesso 成功
passed: bestanden réussi aprobado superato 合格 通过
hit: treffer
hit_rate: trefferquote trefferrate 命中率
rate: taux tasa
failures: fallos échecs fehlschläge
failure: fallo échec fehlschlag
coverage: cobertura couverture abdeckung copertura
missing: fehlend fehlende fehlender fehlendes manquant manquante manquants manquantes faltante faltantes
error: fehler erreur errore erro ошибка エラー 错误
errors: erreurs errores errori erros
error_message: fehlermeldung fehlertext
error_rate: fehlerrate fehlerquote
error_type: fehlerart fehlertyp
latency: latenz latence latencia latenza latência задержка レイテンシ 遅延 延迟
duration: dauer laufzeit durée duree duración durata duração 所要時間 耗时
response_time: antwortzeit 応答時間 响应时间
time: zeit 時間 时间
cost: kosten coût coste costo custo стоимость コスト 成本 费用
steps: schritte étapes pasos passi
category: kategorie catégorie categoría categoria категория カテゴリ カテゴリー 类别 分类
topic: thema sujet argomento テーマ 主题
language: sprache langue idioma lingua язык 言語 语言
difficulty: schwierigkeit schwierigkeitsgrad difficulté dificultad difficoltà dificuldade 難易度 难度
group: gruppe groupe grupo gruppo グループ
rationale: begründung motivazione razonamiento 根拠
reason: raison razón motivo grund 理由 原因
comment: kommentar commentaire comentario commento コメント 备注
explanation: erklärung explicación spiegazione explicação 説明 解释
before: vorher avant antes
after: nachher après después depois
new: neu neue nouveau nouvelle nuevo nueva nuovo nuova
old: alte altes ancien ancienne viejo vecchio
question: spørgsmål spørsmål kysymys otázka soru pertanyaan питання întrebare kérdés ερώτηση שאלה سؤال प्रश्न
query: zoekopdracht zapytanie sökfråga dotaz sorgu запит
answer: vastaus odpověď cevap yanıt jawaban відповідь răspuns válasz απάντηση תשובה إجابة الإجابة उत्तर
expected: verwacht verwachte oczekiwany oczekiwana förväntat forventet odotettu očekávaný beklenen очікуваний
reference_answer: modelantwoord referentieantwoord referanssvar referenssvar
reference: referentie referencja referens referanse
prediction: voorspelling predykcja förutsägelse
context: kontekst sammanhang konteks bağlam
case: geval przypadek tapaus případ
task: taak zadanie uppgift oppgave opgave tehtävä úkol görev tugas
number: numer
repetition: herhaling powtórzenie upprepning gjentagelse gentagelse toisto opakování tekrar pengulangan
attempt: poging próba försök forsøg forsøk yritys pokus deneme
configuration: configuratie konfiguracja konfigurace yapılandırma konfigurasi
model: malli
method: metoda metode menetelmä yöntem
strategy: strategi strateji
judge: beoordelaar sędzia domare dommer tuomari hakem
rating: beoordeling ocena betyg vurdering arvio hodnocení değerlendirme penilaian
score: wynik pistemäärä pisteet skóre puan skor nilai
points: punten punkty poeng poäng
result: resultaat resultat tulos výsledek sonuç hasil
verdict: oordeel werdykt omdöme
winner: winnaar zwycięzca vinnare vinder vinner voittaja vítěz kazanan pemenang
faithfulness: getrouwheid wierność trohet trofasthed sadakat věrnost
relevance: relevantie trafność relevans relevanssi alaka ilgililik relevansi релевантність
accuracy: nauwkeurigheid juistheid dokładność noggrannhet nøjagtighed nøyaktighet tarkkuus přesnost
accuracy: doğruluk
accuracy: akurasi точність pontosság ακρίβεια 정확성
precision: precisie precyzja presisjon presisi
recall: czułość
correctness: correctheid poprawność korrekthet korrekthed oikeellisuus správnost ketepatan
correct: poprawny poprawna poprawne prawidłowy rätt riktig rigtig oikein správně doğru benar правильно
wrong: błędny błędna felaktig forkert väärin yanlış salah
completeness: volledigheid kompletność fullständighet fuldstændighed täydellisyys úplnost kelengkapan
helpfulness: behulpzaamheid pomocność hjälpsamhet hyödyllisyys
clarity: duidelijkheid helderheid jasność tydlighet klarhed selkeys srozumitelnost kejelasan
coherence: coherentie spójność koherens sammanhållning
consistency: consistentie konsistens
fluency: vloeiendheid płynność sujuvuus plynulost akıcılık
hallucination: hallucinatie hallucinaties halucynacja halucynacje hallusinasjon hallusinaatio halusinasi halüsinasyon
toxicity: toxiciteit toksyczność giftighet toxicitet
quality: kwaliteit jakość kvalitet laatu kvalita kalite kualitas якість
similarity: gelijkenis podobieństwo likhet lighed samankaltaisuus podobnost benzerlik kemiripan
satisfaction: tevredenheid zadowolenie tillfredshet
success: geslaagd sukces framgång suksess onnistui úspěch başarı
passed: zaliczone godkänd bestået bestått hyväksytty
missing: ontbrekend brakujące saknas puuttuu
error: błąd fejl feil virhe chyba hata kesalahan помилка
errors: fouten błędy hatalar
error_message: foutmelding felmeddelande fejlmeddelelse feilmelding
error_rate: foutpercentage foutenpercentage
latency: latentie opóźnienie latens viive gecikme
duration: duur varaktighet varighed varighet kesto süre trvání
time: tijd czas aika čas zaman waktu час
cost: koszt kostnad omkostning kustannus náklady maliyet biaya вартість
steps: stappen kroki steg trin vaiheet kroky adımlar langkah
category: categorie kategoria luokka kategori
topic: onderwerp temat ämne emne aihe téma konu topik
language: taal język språk sprog kieli jazyk bahasa мова
difficulty: moeilijkheid trudność svårighet sværhedsgrad vaikeus obtížnost zorluk
reason: reden powód orsak perustelu důvod neden alasan
explanation: uitleg toelichting wyjaśnienie förklaring forklaring selitys vysvětlení açıklama penjelasan
without: ohne senza sans なし zonder bez utan uden uten ilman
not: nicht niet nie ikke inte
no: keine kein
"""
_LISTED = {
    word: english for line in _SAID.split("\n") if line for english, _, said in [line.partition(": ")]
    for word in said.split()
}  # fmt: skip
_OTHER_LETTERS = str.maketrans({"ł": "l", "ø": "o", "ı": "i", "đ": "d", "æ": "ae", "ß": "ss"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ENGLISH_TOO = frozenset({"cohesion", "entree", "cas", "tache", "ratt", "sure", "proba", "tema"})
"""Words that are others in English once their accents are gone."""


def _without_accents(word: str) -> set[str]:
    """A word as people type it without its letters: "odpowiedz", "Qualitaet"; nothing for words of other scripts."""
    plain = unicodedata.normalize("NFD", word.translate(_OTHER_LETTERS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return {spelled for spelled in (bare, word.translate(_UMLAUTS)) if spelled.isascii()} - _ENGLISH_TOO


_ENGLISH = {
    **{bare: english for word, english in _LISTED.items() for bare in _without_accents(word)},
    **_LISTED,
}
_WHOLE = {"fall": "case", "cas": "case", "nr": "number", "n°": "number", "soll": "expected", "basis": "baseline"}
"""Words that are others in English, or parts of others: understood only where they are the whole name."""
_LETTERS = re.compile(r"[^\W\d_]+")
_SIN = re.compile(r"(?<![^\W\d_])sin(?=[\W_]+([^\W\d_]+))", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = max(map(len, _ENGLISH))
_JOINTS = ("", "s", "n", "en", "er", "es")
"""Letters between the parts of a German compound."""


@lru_cache(65536)
def in_english(name: str) -> str:
    """A name with its known words in English; others, and everything between them, as they are."""
    plain = unicodedata.normalize("NFC", name)
    plain = _SIN.sub(
        lambda found: "without" if found[1].casefold() == "error" or _is_known(found[1]) else found[0], plain
    )
    whole = _WHOLE.get(plain.strip().casefold())
    return whole or _LETTERS.sub(lambda found: _translated(found[0]), plain)


def _translated(word: str) -> str:
    folded = word.casefold()
    if folded in _ENGLISH and folded not in _WHOLE:
        return _ENGLISH[folded]
    if _WIDE.search(word):
        return _unspaced(word)
    parts = _CAMEL.split(word)
    if len(parts) > 1:
        return "_".join(map(_translated, parts)) if any(map(_is_known, parts)) else word
    return _compound(folded) or word


def _is_known(word: str) -> bool:
    return _translated(word) != word


def _unspaced(word: str) -> str:
    """Words of a script without spaces, the longest first."""
    found: list[str] = []
    place, known = 0, False
    while place < len(word):
        for length in range(min(_LONGEST, len(word) - place), 0, -1):
            if (english := _ENGLISH.get(word[place : place + length].casefold())) is not None:
                found.append(english)
                place, known = place + length, True
                break
        else:
            found.append(word[place])
            place += 1
    return "_".join(found) if known else word


def _compound(word: str) -> str:
    """Two known words in one, as German writes them: "antwortqualität"; empty for other words."""
    for place in range(4, len(word) - 3):
        second = _ENGLISH.get(word[place:])
        if second is None:
            continue
        for joint in _JOINTS:
            if word[:place].endswith(joint) and (first := _ENGLISH.get(word[: place - len(joint)])) is not None:
                return f"{first}_{second}"
    return ""
