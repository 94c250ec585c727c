"""BCP/2 for the peers of these tests, from PROTOCOL.md alone: the numbers, the types of
fields, and what a client and a worker have in common."""

import json
import sys
import time

import zmq

import bcp1

BEAT, LEAVE, WELCOME, REFUSE = 0x01, 0x02, 0x03, 0x04
HELLO, SUBMIT, CANCEL, WAIT, ENDED_ACK, HOLD, RELEASE, SUBMIT_BATCH = 0x10, 0x11, 0x12, 0x14, 0x15, 0x16, 0x17, 0x1B
ACCEPTED, STATUS, STARTED, ENDED, BATCH_ACCEPTED = 0x20, 0x21, 0x22, 0x24, 0x26
REGISTER, WORKER_BEAT, BEGUN, OUTCOME = 0x30, 0x31, 0x32, 0x33
DISPATCH, STOP, OUTCOME_ACK = 0x40, 0x41, 0x42

UNKNOWN_PEER, STOPPING = 3, 11
STATES = ["", "pending", "dispatched", "running", "canceling", "done", "failed", "canceled"]


def number(size, value):
    return value.to_bytes(size, "big")


def name(text):
    return number(1, len(text)) + text.encode()


def key(text):
    return number(2, len(text)) + text.encode()


def several(items):
    return number(2, len(items)) + b"".join(items)


def option(tag, value):
    return number(1, tag) + number(2, len(value)) + value


def ulid(task):
    """Writes a task's ID as people do."""
    bits = int.from_bytes(task, "big")
    return "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[bits >> shift & 31] for shift in range(125, -1, -5))


class Fields:
    """What is left of a head."""

    def __init__(self, head):
        self.rest = head

    def take(self, size):
        if size > len(self.rest):
            bcp1.fail("the head ends early")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def name(self):
        return self.take(self.number(1)).decode()

    def text(self):
        return self.take(self.number(2)).decode()


class Peer:
    """A connection that is greeted over, beaten over, and given up when it is silent."""

    dialect = None  # the peer's own, as what stands below

    def __init__(self, broker):
        self.broker, self.heartbeat, self.liveness = broker, 2.5, 3
        self.poller, self.socket = zmq.Poller(), None
        self.connect()

    def connect(self):
        if self.socket:
            self.poller.unregister(self.socket)
            self.socket.close()
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger, self.socket.reconnect_ivl_max = 0, 2000
        self.socket.connect(self.broker)
        self.poller.register(self.socket, zmq.POLLIN)
        self.heard = time.monotonic()
        self.greet()

    def wait_for_welcome(self, beats):
        """Greets again after so many beats."""
        self.welcomed, self.due = False, time.monotonic() + beats * self.heartbeat

    def send(self, command, fields=b"", payload=b""):
        frames = [self.dialect + number(1, command) + fields]
        self.socket.send_multipart(frames + [payload] if payload else frames)

    def tick(self):
        now = time.monotonic()
        if now >= self.heard + self.liveness * self.heartbeat:
            self.connect()
        elif now >= self.due and self.welcomed:
            self.due = now + self.heartbeat
            self.beat()
        elif now >= self.due:
            self.greet_again()

    def receive(self):
        head, *payload = self.socket.recv_multipart()
        self.heard = time.monotonic()
        fields = Fields(head)
        if fields.take(6) != self.dialect:
            bcp1.fail("not a message of this dialect: %r" % head)
        command = fields.number(1)
        if command == BEAT:
            if fields.number(1) & 1 and self.welcomed:
                self.beat()
        elif command == LEAVE:
            self.wait_for_welcome(1)
        elif command == WELCOME:
            self.take_welcome(fields)
        elif command == REFUSE:
            self.take_refusal(fields.number(4), fields.number(2), fields.text())
        else:
            self.take(command, fields, b"".join(payload))

    def take_welcome(self, fields):
        journal = fields.take(24)  # and epoch
        heartbeat, self.liveness = fields.number(4), fields.number(4)
        self.heartbeat = heartbeat / 1000
        fields.take(8)
        self.welcomed, self.due = True, time.monotonic() + self.heartbeat
        self.open(journal, bool(fields.number(1) & 1))
        bcp1.tell("welcome")

    def take_refusal(self, req, code, text):
        if code == UNKNOWN_PEER:
            if self.welcomed:
                self.greet()
        elif code == STOPPING:
            self.wait_for_welcome(1)
        else:
            self.refused(req, code, text)

    def run(self):
        """Takes in what comes, until the test closes the standard input."""
        self.poller.register(sys.stdin.fileno(), zmq.POLLIN)
        while True:
            ready = dict(self.poller.poll(max(0, self.due - time.monotonic()) * 1000))
            if self.socket in ready:
                self.receive()
            self.tick()
            if sys.stdin.fileno() in ready:
                line = sys.stdin.buffer.raw.readline()
                if not line:
                    return
                order = json.loads(line)
                getattr(self, "do_" + order.pop("do"))(**order)
