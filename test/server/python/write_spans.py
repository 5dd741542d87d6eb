"""Writes spans with SGP's own client, each way that it has, and prints what it was asked to write as JSON."""

import json
import os
import sys

from scale_gp_beta import SGPClient
from scale_gp_beta.lib import tracing

client = SGPClient(api_key=os.environ["KEY"], account_id=os.environ["ACCOUNT"], base_url=os.environ["BASE_URL"], max_retries=0)
written = []

# Spans of the tracing library, as an application makes them: START and END are two upserts.
tracing.init(client)
with tracing.create_trace(name="answer a question", trace_id="trace-of-python", group_id="group-1") as trace:
    with tracing.create_span(name="ask a model", span_type="COMPLETION", input={"prompt": "héllo ☃", "n": 1.5}) as span:
        span.output = {"text": "…", "tokens": [1, None, True, {"deep": []}]}
        span.metadata["nested"] = {"a": [1, "b"], "c": None}
        span.metadata["flag"] = True
        written.append(span.to_request_params())
        written[-1]["end_timestamp"] = None
    written[-1]["end_timestamp"] = span.end_time
    try:
        with tracing.create_span(name="fail") as failed:
            raise ValueError("no such file")
    except ValueError:
        written.append(failed.to_request_params())
written.append(trace.root_span.to_request_params())
tracing.flush_queue()

# The plain calls.
batch = [
    {
        "name": f"row {index}",
        "id": f"id of any text {index} ' or 1=1; --",
        "trace_id": "b4e0a5ac-6bdb-4ad4-8d1b-6d3a1cbd2f0f",
        "start_timestamp": "2026-05-11T12:00:00.123456+00:00",
        "end_timestamp": "2026-05-11T12:00:01+00:00",
        "input": {"index": index},
        "output": {},
        "metadata": {"__proto__": "kept", "empty": {}, "list": [1, 2, 3]},
        "status": "CANCELED",
        "type": "EVALUATION",
        "group_id": "group-2",
    }
    for index in range(3)
]
client.spans.upsert_batch(items=batch)
client.spans.upsert_batch(items=batch)
written.extend(batch)
created = client.spans.create(name="alone", trace_id="alone", start_timestamp="2026-05-11T12:00:00+00:00", metadata={"a": 1})
updated = client.spans.update(created.id, output={"done": True}, status="ERROR", end_timestamp="2026-05-11T12:00:05+00:00")
written.append({"name": "alone", "id": created.id, "trace_id": "alone", "start_timestamp": "2026-05-11T12:00:00+00:00", "end_timestamp": "2026-05-11T12:00:05+00:00", "input": {}, "output": {"done": True}, "metadata": {"a": 1}, "status": "ERROR", "type": "STANDALONE"})

# Read back with the same client.
read = {item["id"]: json.loads(client.spans.retrieve(item["id"]).to_json()) for item in written}
found = [span.id for span in client.spans.search(trace_ids=["b4e0a5ac-6bdb-4ad4-8d1b-6d3a1cbd2f0f"], limit=2)]
refused = None
try:
    client.spans.upsert_batch(items=[batch[0], {**batch[1], "end_timestamp": "2020-01-01T00:00:00+00:00"}])
except Exception as error:
    refused = {"type": type(error).__name__, "body": error.body}
json.dump({"written": written, "read": read, "found": found, "updated": json.loads(updated.to_json()), "refused": refused}, sys.stdout)
