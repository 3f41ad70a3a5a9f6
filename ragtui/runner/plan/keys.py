"""Every key a plan may have, with its meaning: what `planfile` reads and `ragtui help plan` shows."""

from __future__ import annotations

from ragtui.model import Kind
from ragtui.runner.plan.plan import Order, Retriever, Structured
from ragtui.runner.plan.schema import (
    REQUIRED,
    Key,
    PlanTable,
    address,
    anything,
    bounds,
    call,
    choice,
    flag,
    free,
    headers,
    inner,
    lists,
    number,
    one_of,
    several,
    texts,
    variable,
    whole,
    word,
    words,
)

TARGET_KINDS = ("rag", "python", "command", "http")
METRIC_KINDS = ", ".join(kind.value for kind in Kind)

TOP = PlanTable(
    "",
    "At the top of the file, before any table.",
    (
        Key("name", "text", word, "Name of the run, or of its baseline.", REQUIRED, example='"rerank-v2"'),
        Key("dataset", "path", word, "Golden items: JSON, JSON Lines, YAML, CSV or Parquet, a question a line, a run "
            "folder, or langfuse:NAME.", REQUIRED,
            example='"golden.json"'),
        Key("columns", "table", texts, "Which column of the dataset means what, where the names are unusual: "
            "id, question, expected.", example='{ question = "prompt", expected = "gold" }'),
        Key("description", "text", word, "Shown beside the run.", "", example='"with the new reranker"'),
        Key("repeats", "whole number from 1", whole(1), "Passes over the items.", 1, example="3"),
        Key("concurrency", "whole number from 1", whole(1), "Item-repeats under way at once.", 8, example="16"),
        Key("order", "repeats or items", choice(Order), "One pass after the other, or all repeats of an item together "
            "(kinder to the prompt cache of a slow local model).", Order.REPEATS, "repeats", '"items"'),
        Key("seed", "whole number", whole(0), "Sent to endpoints, different for every item and repeat.", None,
            "none is sent", "7"),
        Key("lexical", "list", words, "Scores without a model: exact_match, token_f1, context_recall, grounding.", (),
            "none", '["token_f1", "context_recall"]'),
        Key("out", "path", word, "Folder for the run folders.", "runs", example='"runs"'),
        Key("cache", "path", word, "Folder that keeps the models' replies: what was asked before, by the same judge "
            "for the same item and repeat, is not paid again. Repeats never share a reply.", None, "none is kept",
            '".ragtui/replies"'),
        Key("timeout_s", "seconds", number(0.05), "For one call to a model, a command, an address or a function.",
            60.0, example="120"),
        Key("retries", "whole number", whole(0), "Further tries after a broken connection, a timeout or an unreadable "
            "reply.", 3, example="5"),
        Key("patience_s", "seconds", number(0.0), "How long one call waits out \"too many requests\" (429) and server "
            "errors (5xx), in all.", 300.0, example="600"),
        Key("outage_s", "seconds", number(0.0), "How long a server that nobody reaches is waited for before the run "
            "stops.", 60.0, example="300"),
        Key("python", "path", word, "Interpreter that your functions run under; ragtui need not be installed there.",
            "", "ragtui's own", '".venv/bin/python"'),
        Key("silent_s", "seconds", number(0.1), "On a cluster: after how long a worker counts as silent.", None,
            "follows from timeout_s", "300"),
        Key("target", "table", inner, "What is under test: see below."),
        Key("candidate", "table", inner, "What differs from the target in a second side; both run in turn."),
        Key("sides", "list of tables", several, "Instead of target and candidate: any number of sides, each whole."),
        Key("matrix", "table of lists", lists, "Instead of a candidate: values to try of the target's settings, "
            "one side for each combination, all run in turn; the first values are the baseline. Keys are the target's "
            "own, else its generator's or its free settings; a path names its place.", None, "none",
            '{ top_k = [4, 8], "generator.temperature" = [0.0, 0.7] }'),
        Key("judge", "table", inner, "The model that judges, for the built-in metrics."),
        Key("judges", "tables by name", inner, "Further judges, or changes to a built-in one."),
        Key("evaluators", "list of tables", several, "Your own scoring functions."),
        Key("budget", "table", inner, "When the run stops by itself."),
        Key("prices", "tables by model", inner, "US dollars per million tokens."),
        Key("resources", "table", inner, "On a cluster: what a worker must have, such as GPU = 1."),
        Key("simulated", "table", inner, "Pretend the models: no key, no network, nothing to pay."),
    ),
)  # fmt: skip

MODEL_KEYS = (
    Key("model", "text", word, "The model's name.", None, "that of [judge], where there is one", '"gpt-x-mini"'),
    Key("base_url", "address", address, "Anything that speaks the OpenAI API: vLLM, Ollama, llama.cpp, LiteLLM, …", "",
        "OpenAI's own", '"http://127.0.0.1:8000/v1"'),
    Key("api_key_env", "name of a variable", variable, "The variable that holds the key; the key is never written.", "",
        "OPENAI_API_KEY at OpenAI's own address, else none", '"MY_KEY"'),
    Key("temperature", "number from 0 to 2", number(0.0, 2.0), "As the endpoint understands it.", None, "not sent",
        "0.7"),
    Key("top_p", "number from 0 to 1", number(0.0, 1.0), "As the endpoint understands it.", None, "not sent", "0.95"),
    Key("max_tokens", "whole number from 1", whole(1), "Longest answer.", None, "not sent", "400"),
    Key("headers", "table", headers, "Sent with every request; values may hold ${NAME}.", None, "none",
        '{ X-Team = "search" }'),
    Key("query", "table", texts, "Added to every address, such as Azure's api-version.", None, "none",
        '{ api-version = "2024-10-21" }'),
    Key("extra", "table", free, "Further fields of the request body.", None, "none", "{ reasoning_effort = \"low\" }"),
)  # fmt: skip

MODEL = PlanTable("[target.generator]", "A model: of the built-in pipeline, of its embeddings, of a judge.", MODEL_KEYS)

_KIND = Key("kind", "rag, python, command or http", one_of(*TARGET_KINDS), "What sort of target it is.", REQUIRED,
            way_out=f"Known: {', '.join(TARGET_KINDS)}.")  # fmt: skip
_SETTINGS = Key("settings", "table", free, "Yours: given to the target as it is, and part of its identity.", None,
                "none", "{ top_k = 4 }")  # fmt: skip

RAG = PlanTable(
    "[target]", "The built-in pipeline: chunk, retrieve, generate.",
    (
        _KIND,
        Key("corpus", "path", word, "Folder of .md, .txt or .rst files.", REQUIRED, example='"docs"'),
        Key("chunk_words", "whole number from 5", whole(5), "Longest passage.", 120, example="200"),
        Key("chunk_overlap", "whole number", whole(0), "Words that neighbours share.", 20, example="40"),
        Key("top_k", "whole number from 1", whole(1), "Passages given to the generator.", 4, example="8"),
        Key("context_words", "whole number from 1", whole(1), "Cut every passage to so many words.", None, "whole",
            "60"),
        Key("retriever", "lexical, embeddings or hybrid", choice(Retriever), "How passages are found.",
            Retriever.LEXICAL, "lexical", '"hybrid"'),
        Key("prompt", "path", word, "Your own prompt, with {question} and {contexts}.", None, "the packaged one",
            '"prompts/answer.md"'),
        Key("generator", "table", inner, "The model that answers: see [target.generator]."),
        Key("embeddings", "table", inner, "The model that embeds, for retriever embeddings or hybrid."),
    ),
    'kind = "rag"',
)  # fmt: skip

_WHERE = (
    Key("threads", "whole number from 1", whole(1), "Calls at once in one warm process, for functions that are not "
        "async; 1: every call has a process to itself.", None, "as many as are under way", "4"),
    Key("processes", "whole number from 1", whole(1), "So many processes with one call each.", None, "one, shared",
        "2"),
    Key("memory_mb", "whole number from 64", whole(64), "A process is ended above it; it is replaced earlier only "
        "when it grows.", None, "half of the machine's memory, 2048 at least", "8000"),
)  # fmt: skip

PYTHON = PlanTable(
    "[target]", "A function of yours; see `ragtui help running` for the shapes it may have.",
    (
        _KIND,
        Key("call", '"package.module:function"', call, "The function, an object or a method (`rag:Pipeline.answer` "
            "makes one Pipeline from the settings, `rag:build()` calls a function that makes it); modules are found "
            "from the plan's folder and its src.", REQUIRED, example='"my_app.rag:answer"'),
        Key("input", "table or text", anything, "What its first parameter is given, as a template with {question}, "
            "{input}, {id}, {metadata.NAME}, {settings.NAME}.", None, "what the parameter's name asks for",
            '{ question = "{question}", chat_history = [] }'),
        _SETTINGS,
        *_WHERE,
    ),
    'kind = "python"',
)  # fmt: skip

COMMAND = PlanTable(
    "[target]", "A program: an item on stdin or among its words; an answer, or JSON with one, on stdout.",
    (
        _KIND,
        Key("command", "list", words, "The program and its words, which may hold {question} and the like; it runs in "
            "the plan's folder.", REQUIRED,
            example='["python", "answer.py"]', way_out='Write it as a list: command = ["python", "answer.py"].'),
        Key("stdin", "text", word, "What it reads, as a template with {question} and the like.", None,
            "the whole item as JSON", '"{question}"'),
        _SETTINGS,
    ),
    'kind = "command"',
)  # fmt: skip

HTTP = PlanTable(
    "[target]", "An address that answers in JSON.",
    (
        _KIND,
        Key("url", "address", address, "May hold {question} and the like, and ${NAME} from the environment.", REQUIRED,
            example='"http://127.0.0.1:8000/ask"'),
        Key("method", "GET, POST, PUT, PATCH", one_of("GET", "POST", "PUT", "PATCH"), "How it is asked.", "POST",
            example='"POST"'),
        Key("headers", "table", headers, "Values may hold ${NAME}.", None, "none",
            '{ Authorization = "Bearer ${SERVICE_TOKEN}" }'),
        Key("body", "table or text", anything, "Template with {question}, {input}, {id}, {metadata.NAME}, "
            "{settings.NAME}, {repeat}, {seed}.", None, "the whole item as JSON", '{ query = "{question}" }'),
        Key("output", "path", word, 'Where the answer is in the reply; "." for a reply that is the text itself.', "",
            "found by its usual names", '"result.text"'),
        Key("contexts", "path", word, "Where the passages are.", "", "found by their usual names", '"result.sources"'),
        Key("usage", "path", word, "Where the token counts are.", "", "found by its usual names", '"usage"'),
        Key("poll", "address", word, "Where a service that takes questions as jobs has the answer, with {NAME} for "
            "what its first reply says; asked until it is there, within timeout_s.", "",
            "what a reply of 202, or one that is not done, names itself", '"/jobs/{job_id}"'),
        _SETTINGS,
    ),
    'kind = "http"',
)  # fmt: skip

CANDIDATE = PlanTable(
    "[candidate]", "A second side that differs from [target]; both run in turn, so that drift hits both alike.",
    (
        Key("name", "text", word, "Name of its run.", None, "the plan's with -candidate", '"rerank-v3"'),
        Key("target", "table", free, "What differs, key by key; another kind replaces the target whole.", None, "none",
            "{ top_k = 8 }"),
    ),
)  # fmt: skip

SIDE = PlanTable(
    "[[sides]]", "One of any number of sides.",
    (
        Key("name", "text", word, "Name of its run.", REQUIRED, example='"rerank-v3"'),
        Key("target", "table", inner, "As [target].", REQUIRED, way_out="Add [sides.target]."),
    ),
)  # fmt: skip

_BATCH = Key("batch", "true or false", flag, "Ask through the provider's batch queue: within a day, at half price. "
             "Answers are made first, then all of them are judged together.", None, "false", "true")  # fmt: skip

JUDGE = PlanTable(
    "[judge]", "The model for the built-in judges: faithfulness and relevance from 1 to 5, context_precision 0 or 1.",
    (
        *MODEL_KEYS,
        _BATCH,
        Key("metrics", "list", words, "Which of them are asked.", None, "all three", '["faithfulness"]'),
        Key("structured", "auto, json_schema, json_object or none", choice(Structured), "How it is made to answer in "
            "JSON; auto begins with json_schema and falls back where the endpoint refuses.", Structured.AUTO, "auto",
            '"json_object"'),
    ),
)  # fmt: skip

OWN_JUDGE = PlanTable(
    "[judges.NAME]", "A judge of your own, or a built-in one changed; what is left out is taken from [judge].",
    (
        *MODEL_KEYS,
        _BATCH,
        Key("prompt", "path", word, "With any of {question}, {expected}, {output}, {contexts}; a pairwise one with "
            "{first} and {second}, and {first_contexts} and {second_contexts}.", None,
            "the packaged one; required for a name of your own that is not pairwise", '"prompts/tone.md"'),
        Key("structured", "auto, json_schema, json_object or none", choice(Structured), "As in [judge].", None,
            "as in [judge]", '"none"'),
        Key("scale", "[lowest, highest]", bounds, "What a score may be.", None, "[1, 5]", "[1, 5]"),
        Key("kind", METRIC_KINDS, choice(Kind), "What sort of numbers its scores are.", None,
            "ordinal; binary for [0, 1]", '"ordinal"'),
        Key("higher_is_better", "true or false", flag, "Which way is better.", None, "true", "true"),
        Key("panel", "list", words, "Several models instead of one: the score is their middle, and NAME_agreement "
            "tells how far they agree.", None, "none", '["gpt-x", "claude-y", "gemini-z"]'),
        Key("against", "baseline, or path", word, "Makes it pairwise, as in `against = \"baseline\"`: is an answer "
            "better than the one it is held against, which is that of the first side, or a stored run's. Asked in both "
            "orders; 1 a win, 0.5 a tie, 0 a loss. NAME_both_orders and NAME_position_bias tell how far the order "
            "decides.", None, "one answer"),
    ),
)  # fmt: skip

EVALUATOR = PlanTable(
    "[[evaluators]]", "A scoring function of yours; evaluators of Langfuse, autoevals and DeepEval work as they are.",
    (
        Key("call", '"package.module:function"', call, "The function, or a scorer object.", REQUIRED,
            example='"my_app.evals:toxicity"'),
        Key("metrics", "list of tables", several, "What it scores, where the guess from names is wrong."),
        _SETTINGS,
        *_WHERE,
    ),
)  # fmt: skip

METRIC = PlanTable(
    "[[evaluators.metrics]]", "One metric of the evaluator above.",
    (
        Key("name", "text", word, "As the function calls it.", REQUIRED, example='"toxicity"'),
        Key("scale", "[lowest, highest]", bounds, "What a score may be.", None, "open", "[0, 1]"),
        Key("kind", METRIC_KINDS, choice(Kind), "What sort of numbers its scores are.", None, "guessed from the name",
            '"unit"'),
        Key("higher_is_better", "true or false", flag, "Which way is better.", None, "guessed from the name",
            "false"),
    ),
)  # fmt: skip

BUDGET = PlanTable(
    "[budget]", "The run stops by itself when one of these is reached; raise it here and resume.",
    (
        Key("cost_usd", "dollars", number(0.0), "Needs a price for every model; what a target reports of its "
            "own counts too.", None, "no limit", "5.0"),
        Key("calls", "whole number from 1", whole(1), "Calls to models and addresses.", None, "no limit", "10000"),
        Key("tokens", "whole number from 1", whole(1), "Input and output together.", None, "no limit", "2000000"),
        Key("minutes", "number", number(0.0), "Time worked, over all sessions.", None, "no limit", "90"),
        Key("error_rate", "number from 0 to 1", number(0.0, 1.0), "Share of results that may be errors, from 20 on.",
            None, "no limit", "0.2"),
    ),
)  # fmt: skip

PRICE = PlanTable(
    '[prices."MODEL"]', "US dollars per million tokens, as you pay them.",
    (
        Key("input", "dollars", number(0.0), "For what is sent.", REQUIRED, example="0.15",
            way_out="Write US dollars per million tokens: input = 0.15."),
        Key("output", "dollars", number(0.0), "For what comes back.", 0.0, example="0.60"),
    ),
)  # fmt: skip

SIMULATED = PlanTable(
    "[simulated]", "An in-process endpoint with realistic noise instead of every model; every record says so.",
    (
        Key("seed", "whole number", whole(0), "Say the same again.", None, "another each time", "7"),
        Key("latency_s", "seconds", number(0.0, 60.0), "Median time of an answer.", 0.05, example="0.05"),
        Key("nonsense", "number from 0 to 1", number(0.0, 1.0), "Share of judge replies that are no verdict.", 0.003,
            example="0.003"),
    ),
)  # fmt: skip

SECTIONS = (
    TOP, PYTHON, HTTP, COMMAND, RAG, MODEL, CANDIDATE, SIDE, JUDGE, OWN_JUDGE, EVALUATOR, METRIC, BUDGET, PRICE,
    SIMULATED,
)  # fmt: skip
"""In the order in which the reference shows them."""
