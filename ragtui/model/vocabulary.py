"""The words metrics are named with, and which way they point.

Only words that point the same way wherever they were met stand here; "length", "verbosity", "confidence" or "sentiment"
are better in one evaluation when they rise and in another when they fall, so they are left out on purpose.
"""

from __future__ import annotations

from enum import Enum


class Meaning(Enum):
    """What a word, or a whole name, says about more of it."""

    GOOD = 1
    BAD = 2
    EXPENSE = 3
    UNKNOWN = 4


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LACKS = _words("lack lacks lacking lacked")
"""They negate what follows, and are bad by themselves: "lacks_citation"."""

NEGATIONS = LACKS | frozenset({
    "no", "non", "not", "without", "never", "zero", "isn", "wasn", "doesn", "doesnt", "isnt", "didnt", "anti",
    "cannot", "cant", "couldnt", "absence of", "absent", "freedom from", "free from", "free of", "devoid of",
    "clear of",
})  # fmt: skip
OF_NOUNS = _words("no without zero non anti")
"""Negations of the noun behind them: "no_context_score" is a score, with no context."""

EXACT = _words("exact")
"""Of words that may be negated those that are measures too: SQuAD's "NoAns_exact"."""

ENDINGS_OF_QUALITIES = ("ness", "ity", "ance", "ence", "acy", "correct")
"""How words end that may be measured with something left out, or be lacking: "no_context_relevance"."""

NEGATIVE_PREFIXES = ("un", "in", "im", "ir", "dis", "mis", "non", "ill")

ENDINGS_THAT_TURN = _words(
    "free freedom free_of recovery recovered handling handled resistance resistant robustness resilience tolerance"
    " avoidance avoided prevention prevented mitigation mitigated reduction reduced saved saving savings absence"
    " fixed fix fixes resolved corrected correction repaired caught efficiency removal resisted blocked blocking"
    " blocks defended defense defence deflected averted withstood survived immunity immune proof awareness aware"
    " localization localisation"
)
"""Behind something bad or an expense they make it good: "bias_free", "time_saved"."""

DOUBTFUL_ENDINGS = _words("detected detection detector detects check checks checker test tests guard guardrail filter")
"""Beside something bad they leave open whether it was there or was found: "hallucination_check", "attack_detected"."""

DIFFERENCES = _words("diff diffs difference differences delta deltas change changes changed shift shifted minus")
"""Of what to what, nobody knows."""

RANKS = _words("rank ranks")
"""Where something stood: the first place is the best, unless they are counted from the end."""

LEVELS = _words("level levels tier tiers band bucket rung")
"""Their numbers may count from the best or from the worst."""

SORTS = _words("type types mode modes kind kinds category categories class direction appetite reason")
"""Endings of names that sort something into kinds, however bad it is: "error_type", "bias_direction"."""

GIVEN = _words(
    "expected required optimal reference gold golden allowed permitted available remaining left limit limits budget"
    " planned target"
)
"""Beside an expense they say what an item or a plan allows, and not what was spent: "gold_steps", "time_limit_s"."""

BEYOND = _words("exceeded exceeds exceed exceeding overrun overruns over missed breached breach beyond")
"""Beside what is allowed they say that more was spent, or how often: "time_limit_exceeded"."""

ASKED_FOR = _words(
    "needed required requested wanted desired intended promised planned allowed permitted prescribed demanded"
)
"""Endings of names that say what somebody asked for, and not whether it came: "compliance_requested"."""

LIMITS = _words("min max minimum maximum least most")
"""Before something that is counted they draw a limit: "max_turns", "min_steps"; "max_memory_mb" was measured."""

TAKEN = _words("used spent consumed taken made needed")
"""Behind a limit they say what came of it: "max_steps_used"."""

NUMBERS_OF = _words("num n number nr count counts")
"""Beside ratings alone they say how many there are, and not how high they are: "score_count"."""

OF_OTHERS = _words("baseline oracle random chance majority ceiling")
"""Before a measure they say that it is of something else than what is rated: "baseline_accuracy"."""

OF_REFERENCES = _words("reference references ref gold golden groundtruth human")
"""As OF_OTHERS before a measure of texts: "reference_bleu"; a "gold_recall" is the recall of what is gold."""

TEXT_MEASURES = _words(
    "bleu sacrebleu rouge rougel rougelsum meteor chrf bleurt bertscore comet moverscore cider spice ter wer cer"
    " perplexity ppl"
)

MOVED = _words(
    "sent received transferred downloaded uploaded read written allocated used peak consumed memory ram heap network"
    " traffic wasted"
)
"""Beside bytes they say what these took; a number of bytes alone is a size."""

LIVED = _words(
    "survival survived alive reading speaking listening session site horizon lead publication published dwell screen"
)
"""Times that are not spent by whoever is rated, so that more of them may be wanted: "survival_time"."""

SPANS = _words("time times duration durations elapsed s sec secs second seconds min minute minutes hour hours day days")
"""Words for a time that may pass without being waited for, as no latency and no delay does."""

SPEEDS = _words("fast faster fastest slow slower slowest")
"""They tell ways to answer apart where a name says more than them: "slow_thinking_score", "fast_model_error_rate"."""

ASKED = _words("question questions input inputs prompt prompts query queries user request reference")
"""Texts that an item brings along."""

OF_TEXTS = _words("toxic profan offens obscen harmful hateful ambigu")
"""How words begin that describe a text: "prompt_toxicity" describes the item, and not what came out."""

SPREADS = _words(
    "std stdev stddev stderr variance var sem cv iqr interval ci pvalue threshold cutoff weight weights deviation"
)
"""How far scores lie apart, or where a line was drawn through them."""

MEASURES = _words(
    "accuracy acc precision recall f1 f auc auroc auprc auc_pr mcc kappa iou dice agreement correlation spearman"
    " pearson kendall em"
)
"""Better when higher, whatever they measure: "hallucination_detection_accuracy"."""

LOSSES = _words(
    "loss losses drop drops decline degradation regression regressions decrease gap error errors penalty regret"
    " forgetting"
)
"""Worse when higher, whatever they are of: "accuracy_drop"."""

FAULTS = _words("violation violations failure failures mistake mistakes breach breaches issues defects")
"""At the end of a name they are of whatever is named before: "faithfulness_violations"."""

RATINGS = _words("score scores rating ratings grade grades quality reward rewards points stars marks")
"""Better when higher, unless what they rate is bad, an expense, or a matter of taste."""

NEUTRAL_OPINIONS = _words(
    "sentiment tone formality complexity verbosity length difficulty style emotion polarity stance confidence diversity"
    " temperature age creativity creative originality novelty"
)

ADJECTIVES_OF_PRAISE = _words("correct appropriate proper valid justified right successful")
"""Before something bad they praise it: "correct_refusal"."""

DOUBTFUL_WHEN_TWO = _words("refusal refusals refused rejection rejections rejected escalation escalated")
"""Bad alone; refusing something bad may be what is wanted."""

GOOD = _words(
    "success succeeded successful pass passed passes passing correct right ok valid exact em match matched matches"
    " matching hit hits map mrr ndcg dcg bleu sacrebleu rouge rougel rougelsum meteor chrf bleurt bertscore comet"
    " moverscore squad gleu cider spice clipscore psnr ssim ap r precision recall specificity sensitivity tpr tnr auc"
    " win wins won elo preferred preference preferences like likes upvotes resolved solved fixed found recovered"
    " covered coverage overlap similarity similar sim cosine agreement agree improvement improvements gain gains lift"
    " uplift speedup speed throughput tps qps rps uptime availability efficiency efficient compliance compliant"
    " adherence adhered following followed alignment aligned attribution attributable attributed retention retained"
    " completion completed achieved achievement answered answerable readable readability robust robustness resilience"
    " stable stability utilization usefulness useful benefit satisfaction csat nps trust honesty honest truth truthful"
    " truthfulness safe safety fair fairness polite politeness empathy engagement engaging professional"
    " professionalism clarity clear fluent fluency insight insightful understanding understandability empathetic"
    " depth_of_insight supported verified parsable parseable parsed formed well unbiasedness"
    " wellformed consistent harmonic acceptable accepted acceptance approved approval rewarded best good great better"
    " optimal optimality sari anls mos summac gemba xcomet cometkiwi pesq stoi bpref nist ribes codebleu"
    " parses parsed parseable parsable fidelity progress reached goodput upvote"
    " prec corr met done"
    " expected_reward r2 resistance resistant bonus profit revenue integrity soundness sound sane"
    " ctr fast faster fastest noteworthy winrate winrates rprec utmos blaser miou sharpe pnl roi"
    " adequate adequacy naturalness natural resolution executes executed compiles compiled follows applied agrees"
)

GOOD_STEMS = _words(
    "faithful relevan pertinen correct accura precis helpful coheren ground complete consisten concis fluen"
    " factual success informativ truthful trustworth respect satisf support verif appropriat polite certified plausib"
    " understand reliab valid compliant adheren similar usab useful legib interpretab intelligib logical"
    " formativ harmon compreh thorough cogen persua actionab insight reproducib equivalen determinis"
    " entail timel inclusiv interestingn"
)

BAD = _words(
    "fail fails failed failure failures failing wrong false missing missed miss misses bad worse worst bug bugs defect"
    " defects crash crashes crashed exception exceptions timeout timeouts violation violations violated breach breaches"
    " breaks broken refusal refusals refused rejection rejections rejected leak leaks leaked leakage pii loss"
    " losses lost nll ppl perplexity mae mse rmse mape smape ece brier fpr fnr fdr wer cer ter der fid mer wil bpb bpc"
    " kl kld entropy_loss distance distances divergence deviation discrepancy discrepancies drift regret penalty"
    " penalties"
    " hate harm harms risk risks danger threat threats spam noise noisy nonsense gibberish severity severe bias biases"
    " empty blank uncited dropped skipped omitted omission omissions omits duplicate duplicates duplicated duplication"
    " truncated truncation stale outdated overflow escalation escalated escalations complaint complaints churn"
    " downvotes dislike dislikes attack attacks jailbreak jailbreaks jailbroken exploit exploits injection injections"
    " vulnerability critical fatal blocker blockers warning warnings mistake mistakes typo typos flaky"
    " flakiness forgetting degraded"
    " degradation disparity overconfidence sycophancy sycophantic plagiarism evasive evasion evasions refuses"
    " repetition repetitions repetitive repetitiveness redundancy redundant slop misfire fallback fallbacks abusive"
    " abuse rude rudeness sexism racism violence violent obscene unanswered distraction distracted mislabeled"
    " misclassified misclassification misinformation mismatch mismatches mismatched guessing loop loops stuck hung"
    " bogus phantom dangling invented spurious extraneous superfluous needless useless wasted waste wasteful"
    " err errs issues nan nans oom rework slur slurs traceback tracebacks downvote logloss rmsle wape mdape lpips fvd"
    " kid eer dcf metricx misogyny criminality crime misuse frustration frustrated abandonment abandoned dead orphaned"
    " malicious slow slower slowest slowdown slowdowns frr hter crps wasserstein jsd absrel cmmd xpia nsfw throttled"
    " throttling lateness tardy tardiness fallout collision collisions death deaths slippage drawdown cliche cliches"
    " reopened reopens too undertriage overtriage"
)

BAD_STEMS = _words(
    "error erroneous hallu toxic fabricat contradict bias incorrect offens insult stereotyp profan harmful hateful"
    " danger confabulat ambigu misquot mislead misinform vulnerab unsafe invalid exaggerat sycophan nonsens flaw harm"
    " malicious malform stale illegal obscen plagiar redundan omission deceptive decepti manipulat discriminat"
    " confus vague overblock underblock overrefus overconfiden underconfiden overfit overclaim overgenerat overreach"
    " misrout misspel misread miscount mistranslat misalign misremember misinterpret misattribut misunderst unnecess"
)

TIME_WORDS = _words(
    "latency latencies duration durations time times runtime elapsed wall clock wallclock walltime ttft ttlt tpot itl"
    " delay delays waiting wait"
)
TIME_UNITS = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "ms": "ms", "msec": "ms", "millis": "ms",
    "milliseconds": "ms", "us": "µs", "microseconds": "µs", "ns": "ns", "minutes": "min", "mins": "min", "hours": "h",
}  # fmt: skip
COST_WORDS = {
    "cost": "", "costs": "", "price": "", "spend": "", "spent": "", "expense": "", "usd": "$", "dollars": "$",
    "dollar": "$", "$": "$", "cents": "¢", "eur": "€", "euros": "€",
}  # fmt: skip
TOKEN_WORDS = _words("tokens toks tok")

ACTS = _words(
    "turns steps retries retry iterations attempts requests calls invocations roundtrips hops actions rounds searches"
)

EXPENSES = ACTS | _words("memory ram vram rss energy kwh watts joules co emissions carbon bytes gpu cpu mem credits")

COUNTED = _words(
    "token tokens tok toks request requests req reqs item items answer answers query queries doc docs document"
    " documents it its iteration iterations sample samples example examples question questions case cases task tasks"
    " image images page pages record records row rows char chars word words step steps call calls completion"
    " completions response responses prompt prompts batch batches chunk chunks passage passages message messages"
)
"""Work that is done: many of it in a second are wanted, as "tokens/s" are and "latency/s" is not."""

HEADS_ONLY = _words("kid mem credits")
"""They mean what they do only where a name is of them: "kid_friendly" is no distance, "long_mem_eval" no expense."""

HOW_COUNTED = _words(
    "mean avg average median min max total sum count p used usage spent consumed peak mb gb kb mib gib kib bytes"
)
"""Endings that say how something was counted, and not what it is."""

PHRASES = {
    "false positive": Meaning.BAD, "false positives": Meaning.BAD, "false negative": Meaning.BAD,
    "false negatives": Meaning.BAD, "true positive": Meaning.GOOD, "true positives": Meaning.GOOD,
    "true negative": Meaning.GOOD, "true negatives": Meaning.GOOD, "edit distance": Meaning.BAD,
    "word error": Meaning.BAD, "char error": Meaning.BAD, "attack success": Meaning.BAD,
    "injection success": Meaning.BAD, "jailbreak success": Meaning.BAD, "noise sensitivity": Meaning.BAD,
    "off brand": Meaning.BAD, "on topic": Meaning.GOOD, "on brand": Meaning.GOOD,
    "levenshtein ratio": Meaning.GOOD, "wrong refusals": Meaning.BAD,
    "over refusal": Meaning.BAD, "false refusal": Meaning.BAD, "wrong refusal": Meaning.BAD,
    "harmful compliance": Meaning.BAD, "off topic": Meaning.BAD, "hate speech": Meaning.BAD,
    "self harm": Meaning.BAD, "reciprocal rank": Meaning.GOOD, "cross entropy": Meaning.BAD,
    "bits per byte": Meaning.BAD, "bits per character": Meaning.BAD, "kl divergence": Meaning.BAD,
    "thumbs up": Meaning.GOOD, "thumbs down": Meaning.BAD, "unit tests": Meaning.UNKNOWN, "zero shot": Meaning.UNKNOWN,
    "time to first token": Meaning.EXPENSE, "time to first": Meaning.EXPENSE,
    "completion tokens": Meaning.EXPENSE, "step count": Meaning.EXPENSE,
    "turn count": Meaning.EXPENSE, "call count": Meaning.EXPENSE, "attempt count": Meaning.EXPENSE,
    "iteration count": Meaning.EXPENSE, "token count": Meaning.EXPENSE, "request count": Meaning.EXPENSE,
    "noise robustness": Meaning.GOOD,
    "bias free": Meaning.GOOD, "free of bias": Meaning.GOOD, "token f": Meaning.GOOD, "cache miss": Meaning.BAD,
    "wall clock": Meaning.EXPENSE, "error bar": Meaning.UNKNOWN, "standard error": Meaning.UNKNOWN,
    "std error": Meaning.UNKNOWN, "absence of": Meaning.UNKNOWN, "freedom from": Meaning.UNKNOWN,
    "free from": Meaning.UNKNOWN, "free of": Meaning.UNKNOWN, "devoid of": Meaning.UNKNOWN,
    "clear of": Meaning.UNKNOWN, "signal to noise": Meaning.GOOD, "on time": Meaning.GOOD,
    "word error rate": Meaning.BAD, "p value": Meaning.UNKNOWN, "self bleu": Meaning.UNKNOWN,
    "readability grade": Meaning.UNKNOWN, "flesch kincaid grade": Meaning.UNKNOWN, "kincaid grade": Meaning.UNKNOWN,
    "reading grade": Meaning.UNKNOWN, "grade level": Meaning.UNKNOWN, "readability index": Meaning.UNKNOWN,
    "ground truth": Meaning.UNKNOWN, "few shot": Meaning.UNKNOWN, "left blank": Meaning.BAD,
    "cosine distance": Meaning.BAD, "made up": Meaning.BAD, "fake citation": Meaning.BAD,
    "fake reference": Meaning.BAD, "fake source": Meaning.BAD, "fake link": Meaning.BAD, "fake url": Meaning.BAD,
    "no answer": Meaning.BAD, "not answer": Meaning.BAD,
    "cannot answer": Meaning.BAD, "no response": Meaning.BAD, "no output": Meaning.BAD, "non answer": Meaning.BAD,
    "cannot parse": Meaning.BAD, "not parse": Meaning.BAD, "rate limit": Meaning.BAD, "rate limited": Meaning.BAD,
    "err @": Meaning.GOOD, "err at": Meaning.GOOD, "reward hacking": Meaning.BAD,
    "pct stereotype": Meaning.UNKNOWN, "percent stereotype": Meaning.UNKNOWN, "stereotype score": Meaning.UNKNOWN,
    "broken test": Meaning.BAD, "failed test": Meaning.BAD,
    "failing test": Meaning.BAD, "flaky test": Meaning.BAD, "fp rate": Meaning.BAD, "fn rate": Meaning.BAD,
    "scope creep": Meaning.BAD, "stack trace": Meaning.BAD, "negative feedback": Meaning.BAD,
    "negative rating": Meaning.BAD, "negative review": Meaning.BAD, "positive feedback": Meaning.GOOD,
    "positive rating": Meaning.GOOD, "positive review": Meaning.GOOD, "recip rank": Meaning.GOOD,
    "p at": Meaning.GOOD, "p @": Meaning.GOOD, "z score": Meaning.UNKNOWN, "round trip": Meaning.EXPENSE,
    "distance traveled": Meaning.UNKNOWN, "distance travelled": Meaning.UNKNOWN, "distance covered": Meaning.UNKNOWN,
    "left right": Meaning.UNKNOWN, "agree with user": Meaning.UNKNOWN, "agrees with user": Meaning.UNKNOWN,
    "exclamation mark": Meaning.UNKNOWN, "question mark": Meaning.UNKNOWN, "quotation mark": Meaning.UNKNOWN,
    "time of day": Meaning.UNKNOWN, "gpu util": Meaning.UNKNOWN, "gpu utilization": Meaning.UNKNOWN,
    "cpu util": Meaning.UNKNOWN, "cpu utilization": Meaning.UNKNOWN, "cached token": Meaning.UNKNOWN,
    "tokens cached": Meaning.UNKNOWN, "cache read token": Meaning.UNKNOWN, "chunk overlap": Meaning.UNKNOWN,
    "correct option": Meaning.UNKNOWN, "correct choice": Meaning.UNKNOWN, "metric x": Meaning.BAD,
    "click through": Meaning.GOOD, "within budget": Meaning.GOOD, "within limit": Meaning.GOOD,
    "within range": Meaning.GOOD, "within sla": Meaning.GOOD, "over budget": Meaning.BAD, "over limit": Meaning.BAD,
    "zero result": Meaning.BAD, "no result": Meaning.BAD, "no result found": Meaning.BAD, "off road": Meaning.BAD,
    "repeat contact": Meaning.BAD, "timed out": Meaning.BAD, "edit dist": Meaning.BAD,
    "rate limit hit": Meaning.BAD,
}  # fmt: skip
"""Words whose meaning together is not that of the parts; the last one may stand in the plural."""
