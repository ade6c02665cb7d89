// Package httpserver is an HTTP/1.1 server written on sockets: the class that a course ends with, grown up.
//
// # What a server of the web does
//
// A client connects and sends text. The first line says what it wants, header lines say more, an empty line ends them,
// and where they announce one a body follows:
//
//	POST /data HTTP/1.1        the request line: method, target, version
//	Host: 127.0.0.1:8080       header lines: a name, a colon, a value
//	Content-Length: 13
//	                           the empty line
//	{"name":"x"}               the body, 13 bytes of it
//
// The server reads up to the empty line ([headEnd]), takes the lines apart ([parseHead]), settles where the body ends,
// looks for somebody to answer that method and path, and sends the same shape back: a status line, header lines, an
// empty line, a body. Then the connection is free for the next request, which may have come already. That loop is
// conn.go, and all else hangs on it:
//
//	parse.go, target.go   the head: a pure function of its bytes, checked against net/http by fuzzing
//	body.go               the body: so many bytes, or chunks
//	site.go               routes: which Handler answers
//	response.go           the answer: collected, then sent with one system call
//	static.go             files of a folder, and nothing beside it
//	data.go               JSON values that a front end reads and writes
//	wire.go               the connection: a blocking socket, or any net.Conn
//	live.go               the connections of a site, for its end
//
// A Site knows routes and rules; it does not know how connections come or what runs them. Package httpd puts it on a
// listening socket, with a kernel thread or a goroutine a connection; whoever has another model calls ServeConn from
// it.
//
//	site := httpserver.NewSite(httpserver.Options{AccessLog: os.Stderr})
//	site.Handle("GET", "/hello", func(w *httpserver.Response, r *httpserver.Request) error {
//		_, err := w.WriteString("hello, " + r.Remote.String() + "\n")
//		return err
//	})
//	server, err := httpd.Listen(site, "127.0.0.1:8080", httpd.Options{})
//	if err != nil {
//		return err
//	}
//	return server.Serve()
//
// # Python's names
//
//	http.server                           here
//	HTTPServer, ThreadingHTTPServer       httpd.Listen; a thread a connection unless told otherwise
//	BaseHTTPRequestHandler                Site
//	do_GET, do_POST, do_SPAM              Site.Handle with that method
//	SimpleHTTPRequestHandler, directory   Site.Static, OpenFolder
//	command, path, request_version        Request.Method, Target (and Path, decoded), Minor
//	requestline, headers, rfile           Request.Line, Header, Body
//	client_address                        Request.Remote
//	send_response, send_header            Response.Status, Header
//	end_headers, wfile                    none: head and body leave together; Response is the io.Writer
//	send_error                            return Error(code, text)
//	handle_expect_100                     none: the first Body.Read lets the client go on; no read rejects
//	log_message, log_request              Options.AccessLog, in the Common Log Format
//	log_error                             Options.ErrorLog
//	protocol_version, close_connection    the client decides; Response.Header("Connection", "close")
//	timeout                               Options.Timeouts
//	version_string, date_time_string      Options.Name; sent in every answer
//	list_directory                        FolderOptions.Listing, off unless asked for
//	CGIHTTPRequestHandler                 none
//
// On purpose different: an HTTP/0.9 request and a version that is not 1.x are answered with a status line; a method
// that is known, but not at that path, is 405 with Allow and not 501; HTTP/1.1 without Host is 400; the target must
// begin with a slash; a "..", escaped or not, that climbs above the root, and an escaped slash or a backslash are 404;
// the answer to a bad request says nothing of it; a 404 does not end the connection.
//
// # What a client may not do
//
// Everything that is kept has a limit and every wait an end (Limits, Timeouts). A client that pipelines fills one
// buffer, then its socket's. Answers to a client that reads slowly end with the write timeout. Requests that two
// servers in a row could take for different ones are refused (request smuggling): a Content-Length beside a
// Transfer-Encoding, two lengths or codings, a coding other than chunked, white space before a colon or in front of a
// header line, a CR alone, a chunk size with anything but digits before its semicolon. After such a refusal the
// connection ends, with a pause in which the client can read why.
//
// The parser takes nothing that net/http's takes otherwise. It is stricter in this: versions other than 1.x, CONNECT,
// "#" in a target and "*" of other methods than OPTIONS, a missing, second or malformed Host, continued header lines,
// header names that are no tokens, repeated or excessive lengths, a length beside a coding, a coding in HTTP/1.0,
// expectations but 100-continue, long request lines, long or many header lines, chunk extensions with control
// characters, chunks with long extensions, and trailers that are malformed or beyond 2 KiB. It is more lenient once: an
// empty line in front of a request is skipped, as RFC 9112 asks.
//
// # What it costs
//
// On a blocking socket a request costs two system calls, read and sendmsg (sendto, sendfile), and one allocation, the
// text of its head; buffers are pooled, the Date is written once a second. A small file adds openat2, fstat, pread and
// close.
package httpserver
