package sigchld

// restorerFlag: on arm64 the kernel's vDSO has the return from a handler.
const restorerFlag = 0
