"""What the fakes that speak over bare sockets share."""
import socket
import ssl
import threading


def serve_each(serve, certificate=None):
    """Prints a free port of this machine, and gives each client that comes there to serve(), in a thread of its
    own, which it may leave in the middle of a word. With a certificate (and key in the same file) it speaks TLS."""
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)

    def serve_one(client):
        try:
            with (tls.wrap_socket(client, server_side=True) if tls else client) as stream:
                serve(stream)
        except OSError:
            pass

    listener = socket.create_server(('127.0.0.1', 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve_one, args=(listener.accept()[0],), daemon=True).start()
