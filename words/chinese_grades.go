package words

var chineseGrades = GradeWords{
	Recording: "录制文件",
	Points:    "得分",
	Worth:     func(points string) string { return "分值：" + points },
	Of:        func(reached, all string) string { return reached + "/" + all },
	RuleOf:    func(recording string, rule int) string { return recording + "，规则 " + number(rule) },

	NotRead:        func(quoted, reason string) string { return "读取规则 " + quoted + "：" + reason },
	NoRules:        "没有规则；请在 rules: 下列出，每条有 check:，例如 zombies_left == 0",
	NoCheck:        "规则缺少 check；例如写 check: zombies_left == 0",
	NegativePoints: "分值不能为负；不计分的规则请写 0",
	One:            "--json 与 --junit 互相排斥，并且需要 --rules",
}
