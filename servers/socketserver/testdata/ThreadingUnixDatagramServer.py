import socketserver

import twin

twin.main(socketserver.ThreadingUnixDatagramServer)
