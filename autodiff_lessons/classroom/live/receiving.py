"""Events from learners' notebooks: whose they are, whether they are events, how many. The token says whose."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import Any

from tornado.log import app_log
from tornado.web import HTTPError

from autodiff_lessons.classroom import event
from autodiff_lessons.classroom.live.hub_access import HubHandler
from autodiff_lessons.classroom.live.intake import Intake
from autodiff_lessons.classroom.live.limits import Limits
from autodiff_lessons.errors import ClassError

MOST_BYTES = 64 * 1024  # of a request


class Events(HubHandler):
    """POST {"events": [...]}: the answer comes when they are on the disk, and then the sender may forget them.

    An event that is none (a later version of the course may send such) is counted and let go: sent again, it would be
    none again, and keep those behind it waiting for ever.
    """

    def initialize(self, intake: Intake, limits: Limits) -> None:
        self._intake = intake
        self._limits = limits

    async def post(self) -> None:
        learner = (await self.of_token())["name"]
        values = self._values()
        wait = self._limits.wait(learner, len(values))
        if wait:
            self.set_status(HTTPStatus.TOO_MANY_REQUESTS)
            self.set_header("Retry-After", str(wait))
            return
        now, events = time.time(), []
        for value in values:
            try:
                events.append(event.read(value).not_after(now))
            except ClassError as error:
                app_log.warning("An event of %a was let go: %s", learner, error)
        try:
            await self._intake.take(learner, events)
        except Exception as error:
            app_log.error("Events could not be written: %a", error)
            raise HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        self.finish({"taken": len(events), "refused": len(values) - len(events)})

    def _values(self) -> list[Any]:
        try:
            message = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise HTTPError(HTTPStatus.BAD_REQUEST) from None
        values = message.get("events") if isinstance(message, dict) else None
        if not isinstance(values, list) or not 0 < len(values) <= event.MOST_AT_ONCE:
            raise HTTPError(HTTPStatus.BAD_REQUEST)
        return values
