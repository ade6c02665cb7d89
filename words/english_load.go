package words

import (
	"fmt"

	"tracer/text"
)

var englishLoad = LoadWords{
	ConnectionsTitle: "connections",
	RequestsTitle:    "requests",
	ConnectTitle:     "connect",
	LatencyTitle:     "latency",
	ErrorTitle:       "error",

	Connections: func(succeeded, failed uint64, seconds float64, how string) string {
		return fmt.Sprintf("%s, %s failed, in %.2f s (%s)", text.Count(succeeded), text.Count(failed), seconds, how)
	},
	AtOnce: func(connections int) string { return number(connections) + " at once" },
	ByTheClock: func(aSecond string, connections int) string {
		return aSecond + " a second wanted, at most " + number(connections) + " at once"
	},
	Requests: func(answered uint64, aSecond string, sent, received uint64) string {
		return fmt.Sprintf("%s, %s a second, %s bytes sent, %s received", text.Count(answered), aSecond,
			text.Count(sent), text.Count(received))
	},
	Times: func(least, mean, half, nine, ninetyNine, allButOne, most string) string {
		return fmt.Sprintf("min %s  mean %s  p50 %s  p90 %s  p99 %s  p99.9 %s  max %s ms", least, mean, half, nine,
			ninetyNine, allButOne, most)
	},
	Error: func(what string, n uint64) string { return what + ": " + text.Count(n) },

	NoneBegun: func(address string) string {
		return "load " + address + ": no connection was begun; give it more time"
	},
	NoneAnswered: func(address string, failed uint64, why string) string {
		return "load " + address + ": none of " + plural(failed, "connection", "connections") + " was answered: " +
			why + "; name the address of a server, and with --network and --service what it speaks"
	},
	Mostly: func(what string, n uint64) string {
		return what + " (" + plural(n, "time", "times") + ", and other errors)"
	},

	Clients:     "the clients:",
	ServerSays:  func(report string) string { return "the server itself says: " + report },
	NotListened: "the server ended before it listened",
	NotStarted:  func(why string) string { return "the server did not start: " + why },
	LastWritten: func(command string) string { return "the last that " + command + " wrote:" },
}
