"""The names of BCP/1, and how the peers of these tests talk to their test.

A peer prints one JSON object a line for each thing that happens to it. Frames
are written as Latin-1, so that every byte has one character.
"""

import json
import sys

CLIENT, WORKER = b"BCPC01", b"BCPW01"

# Between a worker and the broker.
READY, REQUEST, REPLY, HEARTBEAT, DISCONNECT = b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"

# A client's command to a worker.
EXECUTE, CANCEL, SCHEDULER_SHUTDOWN = b"\x01", b"\x02", b"\x03"

# A worker's word to a client.
JOB_RECEIVED, JOB_STARTED, JOB_DONE = b"\x01", b"\x02", b"\x03"
JOB_ERROR, JOB_CANCELLED, ERROR = b"\x04", b"\x05", b"\x06"


def tell(event, **more):
    """Tells the test what happened."""
    print(json.dumps({"event": event, **more}), flush=True)


def text(frames):
    """Returns frames as JSON can hold them."""
    return [frame.decode("latin-1") for frame in frames]


def fail(why):
    """Ends the peer: what it was sent is against the protocol."""
    print(why, file=sys.stderr, flush=True)
    sys.exit(1)
