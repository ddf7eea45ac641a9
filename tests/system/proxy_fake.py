#!/usr/bin/env python3
"""A proxy for tests, of HTTP (CONNECT) and of SOCKS5: whatever it is asked for is on one port here.

    proxy_fake.py PORT FILE LOGIN [CERTIFICATE]

Prints its own port, and leads each tunnel to PORT of this machine. LOGIN is name:password, or "-"
for none. FILE has a line for each tunnel that was asked for: "connect" or "socks5", the host and
port as the client named them, and "in", "refused" or "wrong" by what the login was. Where the host
is refused.example the answer is no. With a CERTIFICATE (and key) it speaks TLS to the client.
"""
import base64
import socket
import sys
import threading

from listening import serve_each

port, log, login = int(sys.argv[1]), sys.argv[2], sys.argv[3]
lock = threading.Lock()


def note(*words):
    with lock, open(log, 'a', encoding='utf-8') as file:
        print(*words, file=file)


def verdict(host, given):
    if login != '-' and given != login:
        return 'wrong'
    return 'refused' if host == 'refused.example' else 'in'


def read(client, n):
    data = b''
    while len(data) < n:
        piece = client.recv(n - len(data))
        if not piece:
            raise OSError('the client has left')
        data += piece
    return data


def connect(client, head):
    while not head.endswith(b'\r\n\r\n'):
        head += read(client, 1)
    lines = head.decode().split('\r\n')
    place = lines[0].split()[1]
    fields = dict(line.split(': ', 1) for line in lines[1:] if line)
    given = fields.get('Proxy-Authorization', 'Basic ').removeprefix('Basic ')
    came = verdict(place.rsplit(':', 1)[0], base64.b64decode(given).decode())
    note('connect', place, came)
    answers = {'in': b'200 In', 'wrong': b'407 Wrong\r\nContent-Length: 0', 'refused': b'403 No\r\nContent-Length: 0'}
    client.sendall(b'HTTP/1.1 ' + answers[came] + b'\r\n\r\n')
    return came == 'in'


def socks5(client):
    """RFC 1928, 1929."""
    methods = read(client, read(client, 1)[0])
    given = ''
    wanted = b'\x02' if login != '-' and 2 in methods else b'\x00'
    client.sendall(b'\x05' + wanted)
    if wanted == b'\x02':
        read(client, 1)
        name = read(client, read(client, 1)[0])
        given = (name + b':' + read(client, read(client, 1)[0])).decode()
        client.sendall(b'\x01\x00' if given == login else b'\x01\x01')
    if login != '-' and given != login:
        note('socks5', '-', 'wrong')
        return False
    kind = read(client, 4)[3]
    host = read(client, read(client, 1)[0]).decode() if kind == 3 else socket.inet_ntoa(read(client, 4))
    there = int.from_bytes(read(client, 2), 'big')
    came = verdict(host, given)
    note('socks5', f'{host}:{there}', came)
    client.sendall(b'\x05' + (b'\x00' if came == 'in' else b'\x02') + b'\x00\x01' + bytes(6))
    return came == 'in'


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client):
    first = read(client, 1)
    if not (socks5(client) if first == b'\x05' else connect(client, first)):
        return
    with socket.create_connection(('127.0.0.1', port)) as server:
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        pump(client, server)


serve_each(serve, *sys.argv[4:])
