package words

// GradeWords are about recordings that are held against a file of rules.
type GradeWords struct {
	Recording string // titles of columns
	Points    string
	Worth     func(points string) string
	Of        func(reached, all string) string
	RuleOf    func(recording string, rule int) string

	NotRead        func(quoted, reason string) string
	NoRules        string
	NoCheck        string
	NegativePoints string
	One            string // way of writing them
}
