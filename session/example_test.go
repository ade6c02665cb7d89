package session_test

import (
	"context"
	"fmt"
	"os"

	"tracer/export"
	"tracer/probes"
	"tracer/session"
	"tracer/words"
)

// A command is traced to its end, and its tree is printed. A program that does so begins with Init, and needs root.
func Example() {
	command := probes.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "(exit 3); exit 0"}, Stderr: os.Stderr}
	s, err := session.Start(context.Background(), session.Target{Command: command}, session.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := export.Tree(os.Stdout, s, words.English()); err != nil {
		fmt.Println(err)
	}
	result, err := s.Wait()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s; exit code %d\n", result.Reason, result.Code)
}
