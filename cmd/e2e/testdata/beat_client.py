"""A client that behaves toward its broker as BEAT's does (BCP/1).

It does what the test writes to its standard input, one JSON object a line:

    {"do": "execute", "service": "node1", "job": "7", "data": "{}"}
    {"do": "cancel", "service": "node1", "job": "7"}
    {"do": "shutdown", "service": "node1"}

and tells of every message that it gets. It sends no heartbeats, hears of no
broker's end, and never asks again of its own accord: BEAT's scheduler doesn't.
"""

import argparse
import json
import sys

import zmq

import bcp1


def connect(broker, identity):
    """Connects as a DEALER, with a routing id of its own or without."""
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    if identity:
        socket.identity = identity.encode()
    socket.connect(broker)
    return socket


def request(order):
    """Makes the frames of what the test wants said."""
    frames = [b"", bcp1.CLIENT, order["service"].encode()]
    if order["do"] == "execute":
        return frames + [bcp1.EXECUTE, order["job"].encode(), order["data"].encode()]
    if order["do"] == "cancel":
        return frames + [bcp1.CANCEL, order["job"].encode()]
    return frames + [bcp1.SCHEDULER_SHUTDOWN]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", required=True)
    parser.add_argument("--identity", help="the ZeroMQ routing id")
    options = parser.parse_args()

    socket = connect(options.broker, options.identity)
    poller = zmq.Poller()
    poller.register(socket, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        if socket in ready:
            bcp1.tell("message", frames=bcp1.text(socket.recv_multipart()))
        if sys.stdin.fileno() in ready:
            line = sys.stdin.buffer.raw.readline()
            if not line:
                return
            socket.send_multipart(request(json.loads(line)))


main()
