"""The built-in pipeline: chunk a folder of documents, retrieve passages, generate an answer from them."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ragtui.errors import InputError
from ragtui.files.regular import read_regular_text
from ragtui.model import Context, Item
from ragtui.runner.plan.plan import RagTarget, Retriever
from ragtui.runner.plan.prompting import Prompt, load_prompt, passages
from ragtui.runner.targets.answers import Answered

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Models

_SUFFIXES = frozenset({".md", ".txt", ".rst"})
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_TOKEN = r"(?u)\b\w+\b"
"""Single letters and digits count: "plan B" and "step 3" are what people ask about."""
_EMBED_AT_ONCE = 64
_FUSION = 60
"""Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009)."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents by their path below the corpus folder."""

    documents: tuple[tuple[str, str], ...]

    @classmethod
    def read(cls, folder: Path) -> Corpus:
        """Read every .md, .txt and .rst file below a folder.

        Raises:
            InputError: there is no such folder, no such file in it, or one cannot be read.
        """
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder", "Set target.corpus to a folder of .md, .txt or .rst files.")
        found = []
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() not in _SUFFIXES or not path.is_file():
                continue
            try:
                found.append((path.relative_to(folder).with_suffix("").as_posix(), read_regular_text(path)))
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(f"{path}: cannot be read ({error})", "Save it as UTF-8, or take it away.") from error
        if not found:
            raise InputError(f"{folder}: no documents", "Put .md, .txt or .rst files there.")
        return cls(tuple(found))

    @property
    def hash(self) -> str:
        """Digest of names and texts."""
        digest = hashlib.sha256()
        for name, text in self.documents:
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()[:12]

    def chunks(self, chunk_words: int, overlap: int) -> list[Chunk]:
        """Passages of at most `chunk_words` words that overlap by `overlap`, never across a heading."""
        return [chunk for name, text in self.documents for chunk in _chunks_of(name, text, chunk_words, overlap)]


def _chunks_of(name: str, text: str, chunk_words: int, overlap: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    for title, body in _sections(text):
        words = body.split()
        step = chunk_words - overlap
        for start in range(0, max(1, len(words) - overlap), step):
            piece = words[start : start + chunk_words]
            if piece:
                chunks.append(Chunk(f"{name}#{len(chunks) + 1}", title, " ".join(piece)))
    return chunks


def _sections(text: str) -> list[tuple[str, str]]:
    """Title and body of each section; the title carries the document's heading."""
    top, title = "", ""
    found: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is None:
            found[-1][1].append(line)
            continue
        name = heading.group(1).strip()
        top, title = (name, name) if not top else (top, f"{top}: {name}")
        found.append((title, []))
    return [(title, "\n".join(lines)) for title, lines in found if any(line.strip() for line in lines)]


class RagPipeline:
    """Retrieval and generation over one corpus. Make it with `open`."""

    def __init__(self, target: RagTarget, models: Models, chunks: Sequence[Chunk], prompt: Prompt) -> None:
        self._target, self._models, self._chunks, self._prompt = target, models, chunks, prompt
        self._lexical: Any = None
        self._vectors: NDArray[np.float64] | None = None

    @classmethod
    async def open(cls, target: RagTarget, models: Models) -> RagPipeline:
        """Read the corpus and build the index.

        Raises:
            RagtuiError: the corpus or the prompt cannot be used.
            CallError: the embeddings endpoint fails.
        """
        chunks = Corpus.read(target.corpus).chunks(target.chunk_words, target.chunk_overlap)
        pipeline = cls(target, models, chunks, answer_prompt(target))
        if target.retriever is not Retriever.EMBEDDINGS:
            pipeline._lexical = _lexical_index(chunks)
        if target.retriever is not Retriever.LEXICAL:
            pipeline._vectors = await pipeline._embedded([f"{chunk.title}\n{chunk.text}" for chunk in chunks])
        return pipeline

    async def answer(self, item: Item, seed: int | None, memory: str = "") -> Answered:
        """Retrieve, then generate.

        Args:
            memory: names item and repeat to the response cache.

        Raises:
            CallError: a model did not answer.
        """
        began = time.perf_counter()
        contexts = await self.retrieve(item.question)
        retrieving_s = time.perf_counter() - began
        prompt = self._prompt.fill(
            {
                "question": item.question,
                "contexts": passages(contexts),
                "item_id": item.id,
                "expected": "",
                "output": "",
            }
        )
        reply = await self._models.chat(
            self._target.generator,
            [{"role": "user", "content": prompt}],
            seed=seed,
            what="generate",
            memory=memory,
        )
        return Answered(
            output=reply.text or reply.refusal,
            contexts=contexts,
            tokens=reply.tokens,
            cost_usd=reply.cost_usd,
            reply_id=reply.id,
            latency_s=retrieving_s + reply.latency_s,
            cached=reply.cached,
        )

    async def retrieve(self, question: str) -> tuple[Context, ...]:
        """The best passages, best first."""
        count = min(self._target.top_k, len(self._chunks))
        rankings = []
        if self._lexical is not None:
            rankings.append(_lexical_scores(self._lexical, question, len(self._chunks)))
        if self._vectors is not None:
            rankings.append(self._vectors @ (await self._embedded([question]))[0])
        scores = rankings[0]
        if len(rankings) > 1:
            scores = np.sum([_reciprocal_ranks(ranking) for ranking in rankings], axis=0)
        best = np.argsort(-scores, kind="stable")[:count]
        return tuple(_context(self._target, self._chunks[place], float(scores[place])) for place in best)

    async def _embedded(self, texts: Sequence[str]) -> NDArray[np.float64]:
        use = self._target.embeddings
        assert use is not None
        batches = [texts[start : start + _EMBED_AT_ONCE] for start in range(0, len(texts), _EMBED_AT_ONCE)]
        vectors = await asyncio.gather(*(self._models.embed(use, batch) for batch in batches))
        matrix: NDArray[np.float64] = np.array([vector for batch in vectors for vector in batch], np.float64)
        lengths: NDArray[np.float64] = np.sqrt(np.square(matrix).sum(axis=1, keepdims=True))
        return matrix / np.maximum(lengths, 1e-12)


_MOST_INDEXED = 5000


def typical_passages(target: RagTarget, questions: Sequence[str]) -> float:
    """Mean characters of the passages that a prompt gets, without asking anything.

    Found by their words, whichever way the target finds them; of a large corpus the mean passage is taken instead.

    Raises:
        InputError: the corpus cannot be read.
    """
    chunks = Corpus.read(target.corpus).chunks(target.chunk_words, target.chunk_overlap)
    count = min(target.top_k, len(chunks))
    if len(chunks) > _MOST_INDEXED or not questions:
        held = [len(passages([_context(target, chunk, 0.0)])) for chunk in chunks]
        return count * (sum(held) / max(1, len(held)) + 2)
    index = _lexical_index(chunks)
    total = 0
    for question in questions:
        best = np.argsort(-_lexical_scores(index, question, len(chunks)), kind="stable")[:count]
        total += len(passages([_context(target, chunks[place], 0.0) for place in best]))
    return total / len(questions)


def answer_prompt(target: RagTarget) -> Prompt:
    """The generation prompt, packaged or the user's own.

    Raises:
        RagtuiError: it cannot be used.
    """
    return load_prompt(target.prompt, "answer", ("question", "contexts"))


def _context(target: RagTarget, chunk: Chunk, score: float) -> Context:
    text = chunk.text if target.context_words is None else " ".join(chunk.text.split()[: target.context_words])
    return Context(chunk.id, text, chunk.title, round(score, 6))


def _lexical_index(chunks: Sequence[Chunk]) -> Any:
    import bm25s

    index = bm25s.BM25()
    index.index(_tokens([f"{chunk.title} {chunk.text}" for chunk in chunks]), show_progress=False)
    return index


def _lexical_scores(index: Any, question: str, count: int) -> NDArray[np.float64]:
    words = _tokens([question])[0]
    known = [word for word in words if word in index.vocab_dict]
    return np.asarray(index.get_scores(known), np.float64) if known else np.zeros(count)


def _tokens(texts: list[str]) -> list[list[str]]:
    import bm25s

    tokens: list[list[str]] = bm25s.tokenize(
        texts, stopwords="en", token_pattern=_TOKEN, return_ids=False, show_progress=False
    )
    return tokens


def _reciprocal_ranks(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    fused: NDArray[np.float64] = np.empty(len(scores), np.float64)
    fused[np.argsort(-scores, kind="stable")] = 1.0 / (_FUSION + np.arange(1, len(scores) + 1))
    return fused
