"""Pieces of input read by several processes, handed back in their order; few are under way at a time."""

from __future__ import annotations

import gc
import os
import signal
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context

from trialwright.errors import TrialwrightError
from trialwright.population.codebook import CodeBook
from trialwright.population.fhir_files import FileReader, read_piece, read_with, start_worker
from trialwright.population.fhir_pieces import Piece
from trialwright.population.gather import Batch
from trialwright.population.measure import Measures


class Pool:
    """Reads pieces of FHIR input.  Open it before a database: its processes start as copies of this one."""

    def __init__(self, book: CodeBook, now: int, jobs: int) -> None:
        self._jobs = jobs
        self._reader = FileReader(book, Measures(book.concepts), now)
        self._executor: ProcessPoolExecutor | None = None
        if jobs > 1:
            method = "fork" if "fork" in get_all_start_methods() else "spawn"
            self._executor = ProcessPoolExecutor(jobs, get_context(method), _start, (book, now))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                for future in [self._executor.submit(os.getpid) for _ in range(jobs)]:
                    future.result()

    def read(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Batch]]:
        """Each piece with what it gave, in order."""
        if self._executor is None:
            yield from self._here(pieces)
            return
        under_way: deque[tuple[Piece, Future[Batch]]] = deque()
        try:
            for piece in pieces:
                under_way.append((_light(piece), self._executor.submit(read_piece, piece)))
                while len(under_way) > 2 * self._jobs:
                    first, future = under_way.popleft()
                    yield first, future.result()
            while under_way:
                first, future = under_way.popleft()
                yield first, future.result()
        except BrokenProcessPool as error:
            raise TrialwrightError(
                "a reading process was ended from outside (out of memory?); nothing was loaded, try --jobs 1"
            ) from error

    def _here(self, pieces: Iterable[Piece]) -> Iterator[tuple[Piece, Batch]]:
        for piece in pieces:
            collecting = gc.isenabled()
            gc.disable()  # JSON makes many small objects without cycles
            try:
                batch = read_with(self._reader, piece)
            finally:
                if collecting:
                    gc.enable()
            yield piece, batch

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)


def _start(book: CodeBook, now: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that holds the store
    start_worker(book, now)


def _light(piece: Piece) -> Piece:
    """A piece without its text, to remember which one it was."""
    size = piece.size or len(piece.data or b"")
    return Piece(piece.file, piece.path, piece.form, piece.start, size)
