package proc

import (
	"fmt"
	"time"
)

// settleTime bounds the wait for the last signal handler after the last death.
const settleTime = 2 * time.Second

// Settled asks every few milliseconds until the answer is yes.
func Settled(complaint string, done func() (bool, error)) error {
	for until := time.Now().Add(settleTime); ; time.Sleep(5 * time.Millisecond) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("stop: %s after %v", complaint, settleTime)
		}
	}
}
