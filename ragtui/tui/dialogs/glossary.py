"""Every mark and word of the screens that is not a verdict's sign, with what it means."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Fresh repeats: only they confirm what chose the items",
        (
            ("confirmed", "was flagged; the fresh repeats alone say so again"),
            ("proven", "was open; the fresh repeats prove a change"),
            ("noise", "was open; the fresh repeats show none"),
            ("not confirmed", "was flagged; the fresh repeats do not say so"),
            ("reversed", "was flagged; the fresh repeats prove the opposite"),
            ("still open", "outside the band again, and still too few to prove it"),
            ("still within noise", "was calm and is calm"),
            ("recovered", "had failed; now it is scored"),
            ("failed again", "failed before and now"),
        ),
    ),
    (
        "Lines of the list of runs",
        (
            ("B", "the baseline of its dataset; B on another line moves it"),
            ("C", "marked as a candidate with space"),
            ("▸ ▾", "a configuration of several runs, folded or open (z)"),
            ("▶", "under way"),
            ("!", "cancelled, cut short, or with failed results"),
            ("=", "a published copy of a run that is here already; not counted"),
            ("· base", "this line is what the others are compared with"),
            ("▼", "heads the column of cells proven worse, or failed, against the baseline"),
            ("└", "targeted repeats of the configuration above, which they confirm"),
            ("x differs", "another dataset or another judge: not comparable"),
            ("—", "nothing to compare with, or no score"),
            ("no overlap", "no item in common with the baseline: enter asks what to compare with"),
            ("scored", "share of the results that have a score; the mean is theirs alone"),
            ("?", "after a metric's name: nobody told whether higher is better"),
        ),
    ),
    (
        "The board",
        (
            ("●", "marked for repeats: space, or * for all shown"),
            ("‹ 2-4 of 6 ›", "of six metrics the second to fourth are drawn: ← → go to the others"),
            ("note", "somebody wrote a note (a)"),
            ("you + − =", "your own verdict, or the score you gave"),
            ("fresh", "what targeted repeats made of the item"),
            ("flaky", "repeats of one side span half of the scale or more"),
            ("failed", "repeats without a usable score"),
            ("missing", "repeats without any record"),
        ),
    ),
    (
        "An item",
        (
            ("[- -] {+ +}", "words that are gone, words that are new"),
            ("● ○", "a passage judged relevant, or not"),
            ("new lost ↑2", "retrieved only now, no longer, two ranks higher"),
            ("░ ▇", "the noise band, and repeats as high as their share"),
        ),
    ),
    (
        "Words",
        (
            ("item", "one question with its expected answer"),
            ("repeat", "one more run of the same item with the same settings"),
            ("cell", "one item on one metric"),
            ("configuration", "runs with the same settings; each is a repeat of the others"),
            ("band", "±: 95 % of repeats of an unchanged item differ by less"),
            ("P(noise)", "chance that the item did not change"),
            ("flagged", "proven changes and failures: what a person should look at"),
            ("constructed", "made up for an example: not a measurement"),
            ("simulated", "answers or judges invented by ragtui: not a measurement"),
            ("targeted", "repeats of chosen items only; they confirm, and are not pooled"),
            ("re-judged", "stored answers scored again: shows the judge's own noise"),
        ),
    ),
)
