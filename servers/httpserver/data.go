package httpserver

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Data is a small collection of JSON values for a front end to talk to, in memory:
//
//	GET    /data      {"items": [{"id": 1, "time": "...", "value": ...}, ...]}, the oldest first
//	POST   /data      adds the body, any JSON value, as an item: 201, its Location, and the item
//	GET    /data/1    the item
//	DELETE /data/1    removes it: 204
//
// It keeps the newest items, as many as its limit says and as 16 MiB hold.
type Data struct {
	mu    sync.Mutex
	limit int
	next  int
	bytes int // of the values
	items []Item
}

const dataBytes = 16 << 20

// Item is one value of a Data. Its ID is never given twice.
type Item struct {
	ID    int             `json:"id"`
	Time  time.Time       `json:"time"` // when it was added, UTC
	Value json.RawMessage `json:"value"`
}

// NewData makes a collection of at most limit items; 1000 if the limit is 0.
func NewData(limit int) *Data {
	orDefault(&limit, 1000)
	return &Data{limit: limit, next: 1}
}

// Data adds the routes of a collection at the path, such as "/data".
func (s *Site) Data(path string, d *Data) {
	s.Handle("GET", path, func(w *Response, _ *Request) error {
		return w.JSON(200, struct {
			Items []Item `json:"items"`
		}{d.Items()})
	})
	s.Handle("POST", path, func(w *Response, r *Request) error {
		var value json.RawMessage
		if err := r.JSON(&value); err != nil {
			return err
		}
		item := d.Add(value)
		w.Header("Location", path+"/"+strconv.Itoa(item.ID))
		return w.JSON(201, item)
	})
	below := path + "/"
	s.Handle("GET", below, func(w *Response, r *Request) error {
		id, err := itemID(r.Path, below)
		if err != nil {
			return err
		}
		item, ok := d.Item(id)
		if !ok {
			return errNoItem
		}
		return w.JSON(200, item)
	})
	s.Handle("DELETE", below, func(w *Response, r *Request) error {
		id, err := itemID(r.Path, below)
		if err != nil {
			return err
		}
		if !d.Remove(id) {
			return errNoItem
		}
		w.Status(204)
		return nil
	})
}

var errNoItem = Error(404, "there is no such item")

func itemID(path, below string) (int, error) {
	id, err := strconv.Atoi(strings.TrimPrefix(path, below))
	if err != nil {
		return 0, errNoItem
	}
	return id, nil
}

// Items is all items, the oldest first; never nil.
func (d *Data) Items() []Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Item{}, d.items...)
}

// Add adds a JSON value, which must be valid.
func (d *Data) Add(value json.RawMessage) Item {
	d.mu.Lock()
	defer d.mu.Unlock()
	item := Item{ID: d.next, Time: time.Now().UTC(), Value: value}
	d.next++
	d.items = append(d.items, item)
	d.bytes += len(value)
	for len(d.items) > d.limit || d.bytes > dataBytes && len(d.items) > 1 {
		d.removeAt(0)
	}
	return item
}

// Item finds an item.
func (d *Data) Item(id int) (Item, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i := d.find(id); i >= 0 {
		return d.items[i], true
	}
	return Item{}, false
}

// Remove removes an item; false if it is not there.
func (d *Data) Remove(id int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := d.find(id)
	if i < 0 {
		return false
	}
	d.removeAt(i)
	return true
}

func (d *Data) removeAt(i int) {
	d.bytes -= len(d.items[i].Value)
	d.items = slices.Delete(d.items, i, i+1)
}

func (d *Data) find(id int) int {
	return slices.IndexFunc(d.items, func(item Item) bool { return item.ID == id })
}
