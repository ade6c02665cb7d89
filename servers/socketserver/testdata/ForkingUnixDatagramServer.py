import socketserver

import twin


class ForkingUnixDatagramServer(socketserver.ForkingMixIn, socketserver.UnixDatagramServer):
    """As Python has it from 3.12 on."""


twin.main(ForkingUnixDatagramServer)
