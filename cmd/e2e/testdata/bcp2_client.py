"""A client of BCP/2, written from PROTOCOL.md (section 5).

It does what the test writes to its standard input, one JSON object a line, and tells of
what becomes of it. A task is named by its key:

    {"do": "submit", "key": "k", "service": "s", "body": "words", "hold": true}
    {"do": "batch", "keys": ["a", "b"], "service": "s"}     each waits for the one before
    {"do": "cancel", "key": "k"}                            and hold, release, wait
"""

import argparse
import os
import time

import bcp1
import bcp2
from bcp2 import key, name, number, option, several

WANT_START = 1
AGAIN = 5  # seconds until a request is made again


class Client(bcp2.Peer):
    dialect = b"BCPC02"

    def __init__(self, broker):
        self.session = "python-" + os.urandom(8).hex()
        self.last, self.unanswered = 0, {}  # by number: the request, when it is due, its keys
        self.ids, self.open_tasks, self.journal = {}, {}, None
        super().__init__(broker)

    def greet(self):
        self.send(bcp2.HELLO, name(self.session))
        self.wait_for_welcome(1)

    greet_again = greet

    def beat(self):
        self.send(bcp2.BEAT, number(1, 0))

    def open(self, journal, resumed):
        known, self.journal = resumed and journal == self.journal, journal
        for req in self.unanswered:
            self.make(req)
        if not known and self.open_tasks:
            self.wait_for(list(self.open_tasks))

    def tick(self):
        super().tick()
        for req in list(self.unanswered):
            if self.welcomed and time.monotonic() >= self.unanswered[req][1]:
                self.make(req)

    def ask(self, command, fields, payload=b"", keys=()):
        self.last += 1
        self.unanswered[self.last] = [(command, number(4, self.last) + fields, payload), 0, keys]
        if self.welcomed:
            self.make(self.last)

    def make(self, req):
        request = self.unanswered[req]
        request[1] = time.monotonic() + AGAIN
        self.send(*request[0])

    def answered(self, req):
        """Returns the keys of a request, None for one that was answered already."""
        return self.unanswered.pop(req, [None])[-1]

    def refused(self, req, code, text):
        self.answered(req)
        bcp1.tell("refused", code=code, text=text)

    def take(self, command, fields, payload):
        if command == bcp2.ACCEPTED:
            self.accept(self.answered(fields.number(4)), fields)
        elif command == bcp2.BATCH_ACCEPTED:
            keys = self.answered(fields.number(4))
            for _ in range(fields.number(2)):
                self.accept(keys and [keys.pop(0)], fields)
        elif command == bcp2.STATUS:
            self.answered(fields.number(4))
            fields.take(16)
            bcp1.tell("status", state=bcp2.STATES[fields.number(1)])
        elif command == bcp2.STARTED:
            bcp1.tell("started")
        elif command == bcp2.ENDED:
            task, attempt = fields.take(16), fields.number(4)
            self.send(bcp2.ENDED_ACK, task)
            if task in self.open_tasks:
                state = bcp2.STATES[fields.number(1)]
                bcp1.tell("ended", key=self.open_tasks.pop(task), state=state, attempt=attempt, text=payload.decode())

    def accept(self, keys, fields):
        task = fields.take(16)
        fields.take(2)  # state, flags
        if keys:
            self.ids[keys[0]], self.open_tasks[task] = task, keys[0]
            bcp1.tell("accepted", key=keys[0], task=bcp2.ulid(task))

    @staticmethod
    def spec(service, task_key, options=b""):
        flags, target_kind, argv = number(1, WANT_START), number(1, 2), several([])
        return flags + target_kind + name(service) + key(task_key) + argv + options

    def do_submit(self, key, service, body, hold=False):
        options = option(11, number(8, 1)) if hold else b""
        self.ask(bcp2.SUBMIT, self.spec(service, key, options), body.encode(), [key])

    def do_batch(self, keys, service):
        tasks = []
        for place, task_key in enumerate(keys):
            after = option(15, bytes(14) + number(2, place) + number(1, 1)) if place else b""
            spec = self.spec(service, task_key, after)
            tasks.append(number(4, len(task_key)) + number(4, len(spec)) + spec)
        self.ask(bcp2.SUBMIT_BATCH, several(tasks), "".join(keys).encode(), list(keys))

    def change(self, command, task_key):
        self.ask(command, bytes(16) + key(task_key) + key("") + key("the test says so"))

    def do_cancel(self, key):
        self.change(bcp2.CANCEL, key)

    def do_hold(self, key):
        self.change(bcp2.HOLD, key)

    def do_release(self, key):
        self.change(bcp2.RELEASE, key)

    def do_wait(self, key):
        self.open_tasks[self.ids[key]] = key
        self.wait_for([self.ids[key]])

    def wait_for(self, tasks):
        self.last += 1
        self.send(bcp2.WAIT, number(4, self.last) + number(1, WANT_START) + several(tasks))


parser = argparse.ArgumentParser()
parser.add_argument("--broker", required=True)
Client(parser.parse_args().broker).run()
