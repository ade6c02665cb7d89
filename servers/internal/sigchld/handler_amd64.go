package sigchld

// restorerFlag: on amd64 the kernel demands that the program brings its own return from a handler.
const restorerFlag = saRestorer
