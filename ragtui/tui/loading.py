"""The one way in which screens do slow work: a thread, then a call back on the screen's own loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.dom import DOMNode
from textual.worker import Worker, get_current_worker

from ragtui.errors import RagtuiError, of_the_surroundings
from ragtui.tui.guard import Guarded, has_left

T = TypeVar("T")
V = TypeVar("V")


def in_background(
    node: DOMNode,
    job: Callable[[], T],
    done: Callable[[T], None],
    failed: Callable[[RagtuiError], None],
    *,
    group: str,
) -> Worker[None]:
    """Run `job` in a thread; a newer job of the same group on the same node replaces it.

    Args:
        node: the screen or widget that asks; when it goes away, so does the answer.
        job: slow work without touching the screen.
        done: gets the result, on the event loop.
        failed: gets a known failure, on the event loop. A bug becomes a message of its own (`ragtui.tui.guard`).
        group: what is being done, as a word.
    """

    def body() -> None:
        worker = get_current_worker()

        def hand(answer: Callable[[V], None], value: V) -> None:
            if not worker.is_cancelled and node.app.is_running and not has_left(node):
                node.app.call_from_thread(answer, value)

        try:
            try:
                value = job()
            except RagtuiError as error:
                hand(failed, error)
            except OSError as error:
                if (told := of_the_surroundings(error)) is None:
                    raise
                hand(failed, told)
            else:
                hand(done, value)
        except Exception as error:
            if isinstance(node.app, Guarded):
                hand(node.app.caught, error)
            else:
                raise

    return node.run_worker(body, thread=True, exclusive=True, group=group, name=group)
