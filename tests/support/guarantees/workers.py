"""What a worker can't get done is tried again for a while and then kept, and nothing but its trigger calls it."""

from __future__ import annotations

from collections.abc import Iterator

from support.guarantees import stores
from support.guarantees.security import key_for
from support.guarantees.view import Properties, View, arn_of, frozen, ref, target
from tierforge.model import Function

STREAMS = {"kinesis", "dynamodb-stream"}
VISIBILITY = 6  # times the timeout of the function, says Lambda's guide
ACTIONS = {
    "sqs": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    "kinesis": [
        f"kinesis:{name}"
        for name in ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")
    ],
    "dynamodb-stream": ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
}


def delivery_grants(function: Function, view: View) -> Iterator[tuple[str, str]]:
    """(action, resource) of what Lambda does under the role of a worker: take in, and put aside what failed."""
    trigger = function.trigger
    if trigger is None:
        return
    kind, options = trigger.component.name, trigger.options
    named = options.get("queue_arn") or options.get("stream_arn")
    made = {
        "sqs": lambda: arn_of(f"{trigger.view['queue'].id}Queue"),
        "kinesis": lambda: arn_of(f"{function.id}Stream"),
        "dynamodb-stream": lambda: stores.stream(trigger.view["source"]),
    }
    if kind in ACTIONS:
        source = frozen(named or made[kind]())
        yield from ((action, source) for action in ACTIONS[kind])
    if kind == "dynamodb-stream":
        yield "dynamodb:ListStreams", frozen("*")
    keeping = trigger.view["source"].options if kind == "dynamodb-stream" else options
    key = options.get("kms_key_arn") if named else key_for(keeping, view)
    if kind in ACTIONS and key:
        yield "kms:Decrypt", frozen(key)
    if kind != "sqs":
        yield "sqs:SendMessage", frozen(arn_of(f"{function.id}DeadLetters"))
        if key := key_for({}, view):
            yield from ((f"kms:{action}", frozen(key)) for action in ("Decrypt", "GenerateDataKey"))


def workers_are_called_by_their_alias(view: View) -> Iterator[str]:
    called: dict[str, int] = {}
    for key, mapping in view.of("Lambda::EventSourceMapping"):
        called[target(mapping["FunctionName"])] = called.get(target(mapping["FunctionName"]), 0) + 1
        if view.kind(target(mapping["FunctionName"])) != "Lambda::Alias":
            yield f"{key} hands events to something else than an alias"
    for _, rule in view.of("Events::Rule"):
        for each in rule["Targets"]:
            called[target(each["Arn"])] = called.get(target(each["Arn"]), 0) + 1
    for _, schedule in view.of("Scheduler::Schedule"):
        alias = target(schedule["Target"]["Arn"])
        called[alias] = called.get(alias, 0) + 1
    workers = [function for function in view.project.stack.functions if function.trigger]
    for function in workers:
        if called.get(f"{function.id}Alias") != 1:
            yield f"{function.name} has {called.get(f'{function.id}Alias', 0)} triggers"


def failures_end_somewhere(view: View) -> Iterator[str]:
    """Every event source gives up some day, and keeps what it gave up."""
    for key, mapping in view.of("Lambda::EventSourceMapping"):
        if mapping.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{key} delivers a whole batch again for one record"
        if "StartingPosition" in mapping:
            yield from _stream_faults(key, mapping, view)
    for key, config in view.of("Lambda::EventInvokeConfig"):
        if "MaximumRetryAttempts" not in config or "MaximumEventAgeInSeconds" not in config:
            yield f"{key} tries for as long as Lambda likes"
        if not _is_queue(config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"), view):
            yield f"{key} forgets what failed"
    rules = [(key, each) for key, rule in view.of("Events::Rule") for each in rule["Targets"]]
    for key, each in [*rules, *((key, schedule["Target"]) for key, schedule in view.of("Scheduler::Schedule"))]:
        if not _is_queue(each.get("DeadLetterConfig", {}).get("Arn"), view) or "RetryPolicy" not in each:
            yield f"{key} forgets what it could not deliver"
    for function in view.project.stack.functions:
        trigger = function.trigger
        if trigger and trigger.facts["delivery"] == "event":
            configured = view.properties(f"{function.id}Retries")
            if (configured.get("FunctionName"), configured.get("Qualifier")) != (ref(f"{function.id}Function"), "live"):
                yield f"{function.name} is called without anybody to keep what fails"


def _stream_faults(key: str, mapping: Properties, view: View) -> Iterator[str]:
    if not 0 <= mapping.get("MaximumRetryAttempts", -1) <= 10_000:
        yield f"{key} tries a bad record for ever"
    if not 60 <= mapping.get("MaximumRecordAgeInSeconds", -1) <= 604_800:
        yield f"{key} tries old records for ever"
    if mapping.get("BisectBatchOnFunctionError") is not True:
        yield f"{key} gives up a whole batch for one record"
    if not _is_queue(mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"), view):
        yield f"{key} forgets the records that it gave up"


def _is_queue(reference: object, view: View) -> bool:
    return isinstance(reference, dict) and view.kind(target(reference)) == "SQS::Queue"


def queues_are_safe(view: View) -> Iterator[str]:
    guarded = {target(queue): policy for _, policy in view.of("SQS::QueuePolicy") for queue in policy["Queues"]}
    spare = {
        target(q["RedrivePolicy"]["deadLetterTargetArn"]) for _, q in view.of("SQS::Queue") if "RedrivePolicy" in q
    }
    for key, queue in view.of("SQS::Queue"):
        if not queue.get("SqsManagedSseEnabled") and not queue.get("KmsMasterKeyId"):
            yield f"{key} is not encrypted"
        statements = guarded.get(key, {}).get("PolicyDocument", {}).get("Statement", [])
        if not any(s["Effect"] == "Deny" and "aws:SecureTransport" in frozen(s) for s in statements):
            yield f"{key} takes messages without TLS"
        if "RedrivePolicy" not in queue and not key.endswith("DeadLetters"):
            yield f"{key} gives a bad message out for ever"
    for key in spare:
        if view.properties(key)["MessageRetentionPeriod"] != 1_209_600:
            yield f"{key} keeps dead letters for less than two weeks"
    for function in view.project.stack.functions:
        queue = function.trigger.view.get("queue") if function.trigger else None
        if (
            queue
            and view.properties(f"{queue.id}Queue").get("VisibilityTimeout", 0)
            < VISIBILITY * (view.properties(f"{function.id}Function")["Timeout"])
        ):
            yield f"messages that {function.name} works on are given out a second time"


def streams_are_encrypted(view: View) -> Iterator[str]:
    for key, stream in view.of("Kinesis::Stream"):
        if stream.get("StreamEncryption", {}).get("EncryptionType") != "KMS":
            yield f"{key} is not encrypted"


GUARANTEES = (
    workers_are_called_by_their_alias,
    failures_end_somewhere,
    queues_are_safe,
    streams_are_encrypted,
)
