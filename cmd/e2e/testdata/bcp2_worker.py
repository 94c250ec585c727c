"""A worker of BCP/2, written from PROTOCOL.md (section 6).

It tells of each attempt that it is given, which runs until the test writes to the
standard input how it ends; of several, the one that came first ends:

    {"do": "end", "verdict": 1, "text": "the result"}

It says each end twice, for an outcome may come again at any time.
"""

import argparse
import os
import time

import bcp1
import bcp2
from bcp2 import key, name, number, several

RUNNING, ENDED = 2, 3
STOPPED, UNKNOWN = 3, 6
AGAIN = 5  # seconds until an outcome is said again


class Worker(bcp2.Peer):
    dialect = b"BCPW02"

    def __init__(self, broker, worker, service, slots):
        self.name, self.service, self.slots = worker, service, slots
        self.instance = os.urandom(16)
        self.seen, self.running, self.outcomes, self.newest = 0, [], {}, {}
        super().__init__(broker)

    def inventory(self):
        running = [ref + number(1, RUNNING) for ref in self.running]
        return several(running + [ref + number(1, ENDED) for ref in self.outcomes])

    def greet(self):
        self.seen = 0
        services = several([name(self.service)])
        self.send(bcp2.REGISTER, self.instance + number(4, self.slots) + name(self.name) + services + self.inventory())
        self.wait_for_welcome(2)

    def greet_again(self):
        self.connect()

    def beat(self):
        self.send(bcp2.WORKER_BEAT, number(8, self.seen) + number(1, 0) + self.inventory())

    def open(self, journal, resumed):
        for ref in self.outcomes:
            self.say(ref)

    def refused(self, req, code, text):
        if not self.welcomed:
            self.wait_for_welcome(1)

    def tick(self):
        super().tick()
        for ref, outcome in self.outcomes.items():
            if self.welcomed and time.monotonic() >= outcome[-1]:
                self.say(ref)

    def take(self, command, fields, payload):
        if command == bcp2.DISPATCH:
            self.dispatch(fields.number(8), fields.take(20), payload)
        elif command == bcp2.STOP:
            self.stop(fields.take(20))
        elif command == bcp2.OUTCOME_ACK:
            if self.outcomes.pop(fields.take(20), None):
                bcp1.tell("acknowledged")

    def dispatch(self, seq, ref, body):
        if ref in self.running:
            self.send(bcp2.BEGUN, ref)
        elif ref in self.outcomes:
            self.say(ref)
        elif seq > self.seen and self.is_newest(ref):
            self.running.append(ref)
            self.send(bcp2.BEGUN, ref)
            bcp1.tell("begun", text=body.decode(), attempt=int.from_bytes(ref[16:], "big"))
        self.seen = max(self.seen, seq)

    def is_newest(self, ref):
        """Tells whether no such attempt of the task, and no newer one, was seen."""
        newer = ref[16:] > self.newest.get(ref[:16], bytes(4))
        if newer:
            self.newest[ref[:16]] = ref[16:]
        return newer

    def stop(self, ref):
        if ref in self.running:
            self.end(ref, STOPPED, "")
            bcp1.tell("stopped")
        elif ref in self.outcomes:
            self.say(ref)
        else:
            self.is_newest(ref)
            self.send(bcp2.OUTCOME, ref + number(1, UNKNOWN) + key(""))

    def do_end(self, verdict, text):
        self.end(self.running[0], verdict, text)

    def end(self, ref, verdict, text):
        self.running.remove(ref)
        self.outcomes[ref] = [ref + number(1, verdict) + key(""), text.encode(), 0]
        if self.welcomed:
            self.say(ref)
            self.say(ref)

    def say(self, ref):
        outcome = self.outcomes[ref]
        outcome[-1] = time.monotonic() + AGAIN
        self.send(bcp2.OUTCOME, *outcome[:2])


parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
parser.add_argument("--name", required=True)
parser.add_argument("--service", required=True)
parser.add_argument("--slots", type=int, default=1)
options = parser.parse_args()
Worker(options.broker, options.name, options.service, options.slots).run()
