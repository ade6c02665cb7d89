package words

// DoctorWords are the rows of the table of what this kernel offers.
type DoctorWords struct {
	OK      string
	Missing string // needed
	Absent  string // not needed
	Remedy  string
	Works   string
	Fails   string

	// What nothing can be traced without.
	UserNamespace string
	Descriptors   string
	Tasks         string
	Memory        string
	Kernel        string
	BTF           string
	Lockdown      string
	Privilege     string
	BPF           string
	Perf          string
	Tracefs       string
	Programs      string
	// What else there may be, and what is done where it is not.
	GroupDead       string
	GroupDeadElse   string
	Reaping         string
	ReapingElse     string
	Preemption      string
	PreemptionElse  string
	SocketEvents    string
	SocketElse      string
	FunctionProbes  string
	Uprobe          string
	NotLoadable     string
	NotAttachable   string
	NoLimit         string
	NoLockdown      string
	NoParanoid      string
	Mounted         string
	MountedByTracer string
}
