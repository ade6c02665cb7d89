import socketserver

import twin

twin.main(socketserver.ForkingUDPServer)
