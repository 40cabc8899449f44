"""What controllers share: the queue of keys, and when a key is tried again.

A controller names what it watches and how an event becomes the keys of its own objects; `reconcile` looks
at the world and moves it one step. It is synchronous: waiting is done by asking to be called again.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar

from grader.embedded.clock import Clock, Timer
from grader.embedded.machinery.client import Client
from grader.embedded.machinery.recorder import EventRecorder
from grader.embedded.objects import Key
from grader.embedded.status import ApiError
from grader.embedded.store import Event

log = logging.getLogger(__name__)

_FIRST_RETRY = 0.005
_LAST_RETRY = 60.0
_BATCH = 200

Mapper = Callable[[Event], Iterable[Key]]


class Controller(ABC):
    """One control loop. Subclasses set `name`, give `watches`, and implement `reconcile`."""

    name: ClassVar[str]

    def __init__(self, client: Client, clock: Clock, events: EventRecorder) -> None:
        self.client = client
        self.clock = clock
        self.events = events

    @abstractmethod
    def watches(self) -> Mapping[str, Mapper]:
        """Resource key to the function that turns one of its events into keys to reconcile."""

    @abstractmethod
    def reconcile(self, key: Key) -> float | None:
        """Move the object of a key towards what it asks for; seconds of cluster time until the next look, or None.

        An `ApiError` is retried with growing pauses.
        """

    def resync(self) -> Iterable[Key]:
        """The keys to look at when the cluster starts."""
        return ()


def itself(event: Event) -> Iterable[Key]:
    """Events of a controller's own kind: the object's key."""
    return (event.key,)


class Manager:
    """Runs controllers: collects keys from events, and reconciles each key once however many events named it."""

    def __init__(self, controllers: Sequence[Controller], clock: Clock) -> None:
        self.controllers = controllers
        self._clock = clock
        self._queue: dict[tuple[Controller, Key], None] = {}
        self._failures: dict[tuple[Controller, Key], int] = {}
        self._timers: dict[tuple[Controller, Key], tuple[float, Timer]] = {}
        self._ends: list[Callable[[], None]] = []
        self._scheduled = False
        self._stopped = False

    def start(self) -> None:
        """Subscribe every controller and look at what is there already."""
        for controller in self.controllers:
            for resource, mapper in controller.watches().items():
                self._ends.append(controller.client.subscribe(resource, self._listener(controller, mapper)))
            for key in controller.resync():
                self.enqueue(controller, key)

    def stop(self) -> None:
        """Unsubscribe; nothing is reconciled after this."""
        self._stopped = True
        for end in self._ends:
            end()
        for _, timer in self._timers.values():
            timer.cancel()
        self._queue.clear()

    def enqueue(self, controller: Controller, key: Key) -> None:
        """Reconcile a key soon; naming it again before that adds nothing."""
        self._queue[controller, key] = None
        if not self._scheduled and not self._stopped:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _listener(self, controller: Controller, mapper: Mapper) -> Callable[[Event], None]:
        def listen(event: Event) -> None:
            for key in mapper(event):
                self.enqueue(controller, key)

        return listen

    def _drain(self) -> None:
        """Reconcile a batch of keys, then let the event loop breathe."""
        self._scheduled = False
        with self._clock.hold():
            for _ in range(_BATCH):
                if not self._queue or self._stopped:
                    return
                item = next(iter(self._queue))
                del self._queue[item]
                self._run(item)
        if self._queue:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _run(self, item: tuple[Controller, Key]) -> None:
        controller, key = item
        try:
            again = controller.reconcile(key)
        except Exception as error:
            if not isinstance(error, ApiError):
                log.exception("%s failed on %s", controller.name, key)
            count = self._failures[item] = self._failures.get(item, 0) + 1
            self._later(item, min(_FIRST_RETRY * 2 ** min(count - 1, 20), _LAST_RETRY))
            return
        self._failures.pop(item, None)
        if again is not None:
            self._later(item, again)

    def _later(self, item: tuple[Controller, Key], delay: float) -> None:
        """Reconcile after a delay; of several wishes for one key the earliest counts."""
        due = self._clock.now() + delay
        pending = self._timers.get(item)
        if pending is not None:
            if pending[0] <= due:
                return
            pending[1].cancel()

        def fire() -> None:
            self._timers.pop(item, None)
            self.enqueue(*item)

        self._timers[item] = (due, self._clock.call_later(delay, fire))
