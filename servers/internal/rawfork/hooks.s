// This file is empty on purpose: with it the compiler accepts the functions without a body that hooks.go links to
// the runtime.
