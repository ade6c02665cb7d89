package words

var englishGrades = GradeWords{
	Recording: "recording",
	Points:    "points",
	Worth:     func(points string) string { return "points: " + points },
	Of:        func(reached, all string) string { return reached + " of " + all },
	RuleOf:    func(recording string, rule int) string { return recording + ", " + number(rule) },

	NotRead:        func(quoted, reason string) string { return "read the rules in " + quoted + ": " + reason },
	NoRules:        "no rules; write a list under rules:, each with a check: such as zombies_left == 0",
	NoCheck:        "a rule without a check; write for example check: zombies_left == 0",
	NegativePoints: "points cannot be negative; write 0 for a rule that is worth none",
	One:            "--json and --junit exclude each other, and need --rules",
}
