package words

import (
	"cmp"

	"tracer/text"
)

var chineseRecordings = RecordingWords{
	Newer: func(version string) string {
		return "其中有此 tracer 不认识的事件种类，这些事件被略去；请用录制它的版本（" + cmp.Or(version, "更新的版本") + "）读取"
	},
	MorePlaces: func(damage string, more uint64) string {
		return damage + "，另有 " + text.Count(more) + " 处"
	},
	BlindBehind: func(damage string) string { return damage + "；显示此前的全部内容，其后的无法读取" },
	EventsMissing: func(damage string, events uint64) string {
		return damage + "；缺少 " + text.Count(events) + " 个事件，其余的全部显示"
	},
	Cut: func(where string) string { return where + "；显示此前的全部内容" },
}
