#!/usr/bin/env python3
"""A provider for tests: records requests and answers as it is told.

    http_fake.py FOLDER [PORT [CERTIFICATE]]

Prints its port; PORT 0 is any. With a CERTIFICATE (and key) it speaks TLS. Request number N is kept as FOLDER/N.head (the request line and the fields) and
FOLDER/N.body, the status that it gets as FOLDER/N.status; without these files N begins at 1 again.
FOLDER/connections has a line for each connection. The answer is read from FOLDER/answer.N, else
FOLDER/answer.LAST (LAST: the last word of the path), else FOLDER/answer:

    202 [FAULT]
    X-Message-Id: one

    the body

A FAULT is one of: close (no answer after the whole request), early (close before the body is
read), silence (never an answer), cut (half of the answer), wait (the answer comes once
FOLDER/go is there). @ECHO@ in the body stands for the secrets that the request was authorized by.
"""
import http.server
import os
import ssl
import sys
import threading
import time

folder = sys.argv[1]
lock = threading.Lock()
count = sum(name.endswith('.head') for name in os.listdir(folder))


def answer_for(number, path):
    last = path.split('?')[0].rstrip('/').split('/')[-1]
    for name in (f'answer.{number}', f'answer.{last}', 'answer'):
        file = os.path.join(folder, name)
        if os.path.exists(file):
            with open(file, encoding='utf-8') as answer:
                return answer.read()
    return '500\n\nno answer was told'


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def setup(self):
        super().setup()
        with lock, open(os.path.join(folder, 'connections'), 'a', encoding='utf-8') as file:
            file.write('one\n')

    def keep(self, suffix, data):
        name = os.path.join(folder, f'{self.number}.{suffix}')
        with open(name + '.tmp', 'wb') as file:
            file.write(data)
        os.rename(name + '.tmp', name)

    def do_POST(self):
        global count
        with lock:
            count = count + 1 if os.path.exists(os.path.join(folder, '1.head')) else 1
            self.number = count
            self.keep('head', f'{self.requestline}\n{self.headers}'.encode())
        head, _, body = answer_for(self.number, self.path).partition('\n\n')
        words = head.split('\n')[0].split()
        fault = words[1] if len(words) > 1 else ''
        if fault == 'early':
            self.close_connection = True
            return
        request = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        self.keep('body', request)
        if fault == 'silence':
            self.rfile.read(1)
        while fault == 'wait' and not os.path.exists(os.path.join(folder, 'go')):
            time.sleep(0.01)
        if fault in ('close', 'silence'):
            self.close_connection = True
            return
        self.keep('status', words[0].encode())
        form = request.decode(errors='replace') if 'grant_type=' in str(request[:20]) else ''
        names = 'Authorization', 'X-Postmark-Server-Token'
        body = body.replace('@ECHO@', ' '.join([form, *(self.headers.get(n, '') for n in names)]))
        self.answer(int(words[0]), head.split('\n')[1:], body.encode(), fault)

    do_GET = do_POST

    def answer(self, status, fields, body, fault):
        self.send_response_only(status)
        if not any(field.startswith('Date:') for field in fields):
            self.send_header('Date', self.date_time_string())
        for field in fields:
            self.send_header(*field.split(': ', 1))
        self.send_header('Content-Length', str(len(body) * (2 if fault == 'cut' else 1)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection |= fault == 'cut'

    def log_message(self, *arguments):
        pass


http.server.ThreadingHTTPServer.request_queue_size = 128
port = int(sys.argv[2]) if len(sys.argv) > 2 else 0
server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
if len(sys.argv) > 3:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[3])
    server.socket = tls.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
