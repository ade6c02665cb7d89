package words

var chineseConfig = ConfigWords{
	Head: func(path string) string {
		return "当前生效的设置；省略的行取默认值；文件位于 " + path
	},
	Itself: func(path string) string {
		return "标准输出就是要打印的文件 " + path + "，shell 已先将它清空；请打印到另一个文件，再改名"
	},
	NotRead:        func(quoted, reason string) string { return "读取设置 " + quoted + "：" + reason },
	NoMapping:      "这里应为“名称: 值”；tracer config 会打印文件的写法",
	UnknownSetting: func(quoted, remedy string) string { return "没有名为 " + quoted + " 的设置；" + remedy },
	NotTrueOrFalse: func(setting string) string { return setting + " 只能是 true 或 false" },
	UnknownAction:  func(quoted, remedy string) string { return "没有名为 " + quoted + " 的操作；" + remedy },
	Listed:         "tracer config 会列出所有名称",
	NoKey:          func(action string) string { return action + " 没有按键；请写一个按键，或删去这一行" },
	UnknownKey:     func(quoted, remedy string) string { return "没有名为 " + quoted + " 的按键；" + remedy },
	KeysAre:        func(names string) string { return "按键是单个字符，或下列之一：" + names },
	Taken: func(action, key, other string) string {
		return action + " 不能用 " + key + "：它在那里表示 " + other + "；请给 " + other + " 换一个按键"
	},
	Digit: func(action, key string) string {
		return action + " 不能用 " + key + "：数字用于选择编号项；请换一个按键"
	},
}
