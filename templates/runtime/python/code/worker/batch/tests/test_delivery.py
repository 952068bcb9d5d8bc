"""What Lambda is told of a batch: which records to deliver again, and no others."""

from __future__ import annotations

from typing import Any

from conftest import Call
from deliveries import event_of, records_of
from events import CONTENT

from delivery import deliver
from message import identifier, in_order

THREE = event_of(CONTENT, CONTENT, CONTENT)
IDS = [identifier(record) for record in records_of(THREE)]


class Work:
    """Fails for some records, and notes which it was given."""

    def __init__(self, *failing: str) -> None:
        self.failing, self.seen = failing, list[str]()

    def __call__(self, record: dict[str, Any]) -> None:
        self.seen.append(identifier(record))
        if self.seen[-1] in self.failing:
            raise RuntimeError(f"{self.seen[-1]} can't be done")


def told(*failed: str) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


def test_records_have_names_of_their_own() -> None:
    assert len(set(IDS)) == 3


def test_when_all_went_well_nothing_comes_again() -> None:
    work = Work()
    assert deliver(THREE, work) == told()
    assert work.seen == IDS


def test_a_record_that_fails_comes_again_without_those_before_it() -> None:
    work = Work(IDS[1])
    waits = [IDS[2]] if in_order(records_of(THREE)[1]) else []
    assert deliver(THREE, work) == told(IDS[1], *waits)
    assert work.seen == [each for each in IDS if each not in waits]


def test_when_all_fail_all_come_again() -> None:
    assert deliver(THREE, Work(*IDS)) == told(*IDS)


def test_an_empty_batch_is_done(call: Call) -> None:
    assert call({"Records": []}) == told()
