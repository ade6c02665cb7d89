package usage

import (
	"testing"
)

func TestLanguage(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "en"},
		{[]string{"view", "--lang", "zh"}, "zh"},
		{[]string{"--lang=zh", "view"}, "zh"},
		{[]string{"run", "--", "x", "--lang=zh"}, "en"},
		{[]string{"--lang"}, "en"},
		{[]string{"--lang=xx"}, "en"},
	} {
		if l := Language(c.args); l.Name != c.want {
			t.Errorf("%q: %s", c.args, l.Name)
		}
	}
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	if l := Language([]string{"--lang", "en"}); l.Name != "en" {
		t.Errorf("the flag does not come before the locale: %s", l.Name)
	}
	if l := Language(nil); l.Name != "zh" {
		t.Errorf("the locale is not asked: %s", l.Name)
	}
}
