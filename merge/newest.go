package merge

import (
	"fmt"
	"slices"

	"github.com/kithsec/kith/entity"
	"github.com/kithsec/kith/internal/fold"
	"github.com/kithsec/kith/internal/problem"
	"github.com/kithsec/kith/internal/readahead"
	"github.com/kithsec/kith/internal/schema"
)

// Newest makes a value identify only the latest row of a list that has it, as is right
// for the leases of a DHCP server. Of the rows with one value in a column of By, in one
// zone, only the one with the latest time in the column Field keeps the value. A row
// without a readable time counts as the oldest; of rows with the same time, the last in the
// list is the latest. A row that loses all values that it has in the columns of By is
// left out.
//
// Values are compared in their canonical form, after Map. The files of a Group are one list;
// they are read twice. The rows of a file are held in memory until all of them have been
// read.
type Newest struct {
	By    []string // fields, such as ip and mac
	Field string   // a column with times, named as in the header or as renamed
}

// newestRows finds the latest row of each value.
type newestRows struct {
	by     []int // indices of header columns
	time   int   // index of a header column
	file   int   // rank of the source
	latest map[sharedValue]datedRow

	unread      int // rows whose time is not blank and cannot be read
	firstUnread *entity.RowError
}

// sharedValue is a value of a field of Newest.By, in the form in which values are compared.
type sharedValue struct {
	field       int
	zone, value string
}

// datedRow is a row of a file, counted from 0, and its time: in RFC 3339, in UTC, or "" if
// there is none.
type datedRow struct {
	file, row int
	time      string
}

// newNewestRows returns the filter for the source of this rank, which has the given header.
func newNewestRows(o *Newest, rank int, head *header) (*newestRows, error) {
	n := &newestRows{file: rank, latest: map[sharedValue]datedRow{}}
	var err error
	if n.time, err = head.columnIndex(o.Field); err != nil {
		return nil, err
	}
	for _, name := range o.By {
		column, err := head.columnIndex(name)
		if err != nil {
			return nil, err
		}
		if head.fields[column] < 0 {
			return nil, fmt.Errorf("newest: column %s is not read as a field", problem.Quote(name))
		}
		n.by = append(n.by, column)
	}
	return n, nil
}

// columnIndex returns the index of a column, named as in the header or as renamed.
func (head *header) columnIndex(name string) (int, error) {
	for _, names := range [][]string{head.stated, head.names} {
		for i, other := range names {
			if fold.Equal(fold.Trim(name), other) {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("newest: the list has no column %s", problem.Quote(name))
}

// findLatest reads the files of a list with Source.Newest, the first of which has the given
// rank, and finds the latest row of each value among all of them.
func (c *collector) findLatest(rank int, files []Source) error {
	c.latest = map[sharedValue]datedRow{}
	for i, src := range files {
		if err := c.addLatestOf(rank+i, src); err != nil {
			return sourceError(src, err)
		}
	}
	return nil
}

// addLatestOf adds the rows of one file to c.latest.
func (c *collector) addLatestOf(rank int, src Source) error {
	f, err := src.open()
	if err != nil {
		return err
	}
	text := readahead.NewReader(f)
	defer text.Stop()
	in, err := src.openRows(text)
	if err != nil {
		return err
	}
	defer in.close()
	head, err := c.schema.readFirst(src, in.rows)
	if err != nil {
		return err
	}
	in.endHeader()
	n, err := newNewestRows(src.Newest, rank, head)
	if err != nil {
		return headerError(src, in.rows, 0, err)
	}
	n.latest = c.latest
	r := newReader(c, head, src)
	row, b := 0, &recordBatch{}
	for more := true; more; {
		more = in.splitRecords(b)
		row = n.addRows(row, b, r)
	}
	c.errs = append(c.errs, n.unreadTimes(src.DayFirst)...)
	return in.rows.Err()
}

// readAll reads all rows of a source into memory and returns a queue of them. Unless known,
// it finds the latest row of each value.
func (n *newestRows) readAll(in *rowSource, r *reader, known bool) *readahead.Queue[*recordBatch] {
	var all []*recordBatch
	row := 0
	for more := true; more; {
		b := &recordBatch{}
		more = in.splitRecords(b)
		all = append(all, b)
		if !known {
			row = n.addRows(row, b, r)
		}
	}
	queue := readahead.NewQueue(batchesInFlight, func() *recordBatch { return &recordBatch{} })
	go queue.Fill(func(b *recordBatch) bool {
		*b, all = *all[0], all[1:]
		return len(all) > 0
	})
	return queue
}

// addRows adds the rows of a batch, the first of which is the given row of its source, and
// returns the number of the row after them.
func (n *newestRows) addRows(row int, b *recordBatch, r *reader) int {
	for i := range b.Len() {
		r.in = b.At(i)
		n.addRow(row+i, r)
	}
	return row + b.Len()
}

// addRow adds the current row of a reader.
func (n *newestRows) addRow(row int, r *reader) {
	now := datedRow{n.file, row, n.timeOf(r)}
	zone := zoneOfRecord(r)
	for _, column := range n.by {
		for _, v := range n.valuesOf(r, column) {
			key := n.keyOf(r, column, zone, v)
			if before, there := n.latest[key]; !there || now.time >= before.time {
				n.latest[key] = now
			}
		}
	}
}

func (n *newestRows) timeOf(r *reader) string {
	if n.time >= r.in.Len() {
		return ""
	}
	form := schema.TimeForm
	if r.src.DayFirst {
		form = schema.DayFirstTimeForm
	}
	text := fold.Trim(string(r.in.Cell(n.time)))
	if text == "" {
		return ""
	}
	at, err := form(nil, text)
	if err != nil {
		n.addUnread(r, text)
	}
	if err != nil || len(at.Values) == 0 {
		return ""
	}
	return at.Values[0]
}

// addUnread counts the current row, whose time cannot be read.
func (n *newestRows) addUnread(r *reader, text string) {
	if n.unread++; n.unread > 1 {
		return
	}
	line, column := r.in.Pos(n.time)
	n.firstUnread = &entity.RowError{
		Source: r.src.Name, Path: r.src.Path, Line: line, Column: column, Field: r.head.names[n.time], Loss: entity.LostValue,
		Reason: "unreadable time of newest", Value: text,
	}
}

// unreadTimes returns the loss of times that could not be read, and nil if there are none.
func (n *newestRows) unreadTimes(dayFirst bool) []*entity.RowError {
	if n.unread == 0 {
		return nil
	}
	cure := "convert the times to RFC 3339, or set dates: dmy if the day comes first"
	if dayFirst {
		cure = "convert the times to RFC 3339"
	}
	n.firstUnread.Err = fmt.Errorf("newest cannot read the time of %s, such as %s, and takes the rows for the oldest: %s",
		problem.Plural(n.unread, "row"), problem.Quote(n.firstUnread.Value), cure)
	return []*entity.RowError{n.firstUnread}
}

// valuesOf returns the canonical values of a cell of the current row. They are valid until
// the next cell is read.
func (n *newestRows) valuesOf(r *reader, column int) []string {
	if column >= r.in.Len() {
		return nil
	}
	f := &r.fields[r.head.fields[column]]
	raw := string(r.in.Cell(column))
	if m := r.head.valueMaps[column]; m != nil {
		raw = mapValues(f, m, raw)
	}
	f.ReadCell(&r.cell, raw, r.ignored)
	return r.cell.Values
}

func (n *newestRows) keyOf(r *reader, column int, zone, value string) sharedValue {
	if !r.fields[r.head.fields[column]].Exact {
		value = fold.Lower(value)
	}
	return sharedValue{r.head.fields[column], zone, value}
}

// zoneOfRecord returns the zone that the current row states, or else that of its source.
func zoneOfRecord(r *reader) string {
	for i, field := range r.head.fields {
		if field == r.schema.zone && i < r.in.Len() {
			if zone := schema.Zone(string(r.in.Cell(i))); zone != "" {
				return zone
			}
		}
	}
	return r.head.zone
}

// reads reports whether a column is one of Newest.By. It may be called on nil.
func (n *newestRows) reads(column int) bool { return n != nil && slices.Contains(n.by, column) }

// dropOldValues removes from the cell that r just parsed the values that a later row keeps.
func (n *newestRows) dropOldValues(r *reader, column int) {
	kept := make([]string, 0, len(r.cell.Values))
	zone := zoneOfRecord(r)
	for _, v := range r.cell.Values {
		if at := n.latest[n.keyOf(r, column, zone, v)]; at.file == n.file && at.row == r.rowNumber {
			kept = append(kept, v)
		}
	}
	r.hadNewest = r.hadNewest || len(r.cell.Values) > 0
	r.keptNewest = r.keptNewest || len(kept) > 0
	r.cell.Reset()
	for _, v := range kept {
		r.cell.Add(v)
	}
}
