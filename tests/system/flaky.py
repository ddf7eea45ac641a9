#!/usr/bin/env python3
"""A bad road between an HTTP client and a server: what happens to each request is told in a file.

    flaky.py PORT FILE [CERTIFICATE]

Prints its own port, and takes the next word of FILE for each request that comes, which has to have a
Content-Length and `Connection: close`:

    pass     the server answers (also when there are no more words)
    lose     the server answers, and the answer is thrown away
    cut      half of the server's answer arrives
    break    of a stream of events, one and a piece of the next arrive
    drop     the connection ends before the server sees anything
    STATUS   answers that, with `Retry-After: 1` for 429 and 503; the server sees nothing
    proxy    the server answers, and a page with 502 arrives in place of its answer

FILE.seen has a line for each: its word and the request's first line. With a CERTIFICATE (and key)
it speaks TLS to the client.
"""
import socket
import sys
import threading

from listening import serve_each

port, script = int(sys.argv[1]), sys.argv[2]
lock = threading.Lock()
made_up = b'HTTP/1.1 %s Made up\r\nContent-Type: text/html\r\n%sContent-Length: 4\r\n\r\n<p>\n'


def next_word(request):
    """Taken out of the file, so that what is left can be seen there."""
    with lock, open(script, 'r+', encoding='utf-8') as file, open(script + '.seen', 'a', encoding='utf-8') as seen:
        words = file.read().split()
        file.seek(0)
        file.truncate()
        file.write(' '.join(words[1:]))
        word = words[0] if words else 'pass'
        seen.write(word + ' ' + request.split(b'\r\n')[0].decode() + '\n')
        return word


def read_request(client):
    request = b''
    while b'\r\n\r\n' not in request:
        piece = client.recv(65536)
        if not piece:
            return None
        request += piece
    head = request.split(b'\r\n\r\n')[0]
    lengths = [int(line.split(b':')[1]) for line in head.lower().split(b'\r\n') if line.startswith(b'content-length:')]
    missing = len(head) + 4 + sum(lengths) - len(request)
    while missing > 0:
        piece = client.recv(65536)
        if not piece:
            return None
        request += piece
        missing -= len(piece)
    return request


def ask_server(request):
    """The answer, piece by piece as it comes."""
    with socket.create_connection(('127.0.0.1', port)) as server:
        server.sendall(request)
        while piece := server.recv(65536):
            yield piece


def up_to_an_event(pieces):
    answer = b''
    for piece in pieces:
        answer += piece
        event = answer.find(b'\nevent:')
        end = answer.find(b'\n\n', event) if event >= 0 else -1
        if end >= 0:
            return answer[:end + 5]
    return answer


def answer_to(word, request):
    if word == 'drop':
        return
    if word.isdigit():
        yield made_up % (word.encode(), b'Retry-After: 1\r\n' if word in ('429', '503') else b'')
    elif word == 'pass':
        yield from ask_server(request)
    elif word == 'break':
        yield up_to_an_event(ask_server(request))
    else:
        answer = b''.join(ask_server(request))
        if word == 'cut':
            yield answer[:-len(answer.split(b'\r\n\r\n', 1)[1]) // 2]
        elif word == 'proxy':
            yield made_up % (b'502', b'')


def serve(client):
    request = read_request(client)
    for piece in answer_to(next_word(request), request) if request else ():
        client.sendall(piece)


serve_each(serve, *sys.argv[3:])
