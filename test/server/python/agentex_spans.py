"""Writes spans with the SGP tracing processors of agentex-sdk, sync and async, and prints what they were handed as JSON."""

import asyncio
import json
import os
import sys
import typing
from datetime import datetime, timedelta, timezone

import typing_extensions

# The package says that Python 3.11 will do, and imports a name that came with 3.12.
if not hasattr(typing, "override"):
    typing.override = typing_extensions.override

from agentex.lib.core.tracing.processors.sgp_tracing_processor import SGPAsyncTracingProcessor, SGPSyncTracingProcessor
from agentex.lib.types.tracing import SGPTracingProcessorConfig
from agentex.types.span import Span

config = SGPTracingProcessorConfig(sgp_api_key=os.environ["KEY"], sgp_account_id=os.environ["ACCOUNT"], sgp_base_url=os.environ["BASE_URL"])
start = datetime(2026, 5, 11, 12, 0, 0, 123456, tzinfo=timezone.utc)


def make(kind, index, **more):
    return Span(
        id=f"{index:08d}-1111-4111-8111-{kind:>012}",
        trace_id="aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa",
        name=f"{kind} {index}",
        start_time=start + timedelta(seconds=index),
        input={"messages": [{"role": "user", "content": "héllo"}]},
        data={"__span_type__": "COMPLETION", "k": index, "nested": {"list": [1, None]}},
        **more,
    )


def ended(span, index):
    return span.model_copy(update={"end_time": start + timedelta(seconds=index, milliseconds=1500), "output": {"answer": [index, "x"]}})


async def write_async():
    processor = SGPAsyncTracingProcessor(config)
    spans = [make("000000000001", index) for index in range(10)]
    await processor.on_spans_start(spans)
    await processor.on_spans_end([ended(span, index) for index, span in enumerate(spans)])
    # Late, and again: neither opens a span anew.
    await processor.on_spans_start(spans[:3])
    # Its raw lists are against the schema of SGP.
    raw = make("000000000002", 50)
    raw.input = [{"raw": "list"}]
    await processor.on_span_start(raw)
    await processor.shutdown()


def write_sync():
    processor = SGPSyncTracingProcessor(config)
    for index in range(20, 25):
        span = make("000000000003", index, parent_id="00000000-1111-4111-8111-000000000001")
        processor.on_span_start(span)
        processor.on_span_end(ended(span, index))
    processor.shutdown()


asyncio.run(write_async())
write_sync()
json.dump({"done": True}, sys.stdout)
