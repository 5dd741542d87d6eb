"""Writes batches with one bad row by each client as it is used, and prints how often each asked and what it made of the answer."""

import asyncio
import json
import os
import sys
import typing
from datetime import datetime, timedelta, timezone

import httpx
import typing_extensions

# The package says that Python 3.11 will do, and imports a name that came with 3.12.
if not hasattr(typing, "override"):
    typing.override = typing_extensions.override

from agentex.lib.core.tracing.processors.sgp_tracing_processor import SGPAsyncTracingProcessor
from agentex.lib.core.tracing.span_queue import AsyncSpanQueue, SpanEventType
from agentex.lib.types.tracing import SGPTracingProcessorConfig
from agentex.types.span import Span
from scale_gp_beta import APIStatusError, SGPClient
from scale_gp_beta.lib.tracing.trace_exporter import TraceExporter
from scale_gp_beta.lib.tracing.span import Span as SgpSpan
from queue import Queue

BASE_URL, KEY, ACCOUNT = os.environ["BASE_URL"], os.environ["KEY"], os.environ["ACCOUNT"]
EARLY = "2020-01-01T00:00:00+00:00"
requests = []


def counted():
    """A client with the retries that it has by default."""
    requests.clear()
    hooks = {"request": [lambda request: requests.append(request.method)]}
    return SGPClient(api_key=KEY, account_id=ACCOUNT, base_url=BASE_URL, http_client=httpx.Client(event_hooks=hooks))


def row(row_id, **more):
    return {"name": "row", "id": row_id, "trace_id": "plain", "start_timestamp": "2026-05-11T12:00:00+00:00", **more}


def plain(rows):
    try:
        counted().spans.upsert_batch(items=rows)
        return None
    except APIStatusError as error:
        return {"status": error.status_code, "message": error.body["error"]["message"], "requests": len(requests)}


def tracing():
    client = counted()
    queue = Queue()
    for index in range(3):
        span = SgpSpan(name=f"span {index}", trace_id="tracing", queue_manager=None)
        span._span_id = f"tracing-{index}"
        span.start_time, span.end_time = "2026-05-11T12:00:00+00:00", EARLY if index == 1 else "2026-05-11T12:00:01+00:00"
        queue.put(span)
    # Its waits between two tries are of no interest here.
    TraceExporter(max_batch_size=50, max_retries=4, backoff=0.01).export(client, queue)
    return {"requests": len(requests)}


async def agentex():
    processor = SGPAsyncTracingProcessor(SGPTracingProcessorConfig(sgp_api_key=KEY, sgp_account_id=ACCOUNT, sgp_base_url=BASE_URL))
    queue = AsyncSpanQueue(linger_ms=50)
    start = datetime(2026, 5, 11, 12, tzinfo=timezone.utc)
    for index in range(3):
        end = start + timedelta(seconds=-1 if index == 1 else 1)
        span = Span(id=f"agentex-{index}", trace_id="agentex", name="span", start_time=start, end_time=end)
        queue.enqueue(SpanEventType.END, span, [processor])
    await queue.shutdown()
    return {"dropped": queue.dropped_spans}


refused = plain([row("plain-0"), row("plain-1", end_timestamp=EARLY), row("plain-2")])
conflict = plain([row("plain-3"), row("plain-4", parent_id="plain-4")])
json.dump({"plain": refused, "conflict": conflict, "tracing": tracing(), "agentex": asyncio.run(agentex())}, sys.stdout)
