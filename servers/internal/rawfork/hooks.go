package rawfork

import _ "unsafe" // for go:linkname

// The runtime's hooks around fork(2), which package syscall uses too. Before: block all signals on this thread and
// spoil the stack's bound, so that code that would grow the stack stops the program at once. After, in the parent:
// undo both. After, in the child: give each signal that has a Go handler its default action, then unblock.

//go:linkname beforeFork syscall.runtime_BeforeFork
func beforeFork()

//go:linkname afterFork syscall.runtime_AfterFork
func afterFork()

//go:linkname afterForkInChild syscall.runtime_AfterForkInChild
func afterForkInChild()
