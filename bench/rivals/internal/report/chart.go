package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
)

// The chart is 800 units wide. It has no background, and its colours follow the light or
// dark scheme of the reader.
const (
	chartWidth = 800
	nameWidth  = 230
	barLeft    = nameWidth + 10
	barRight   = chartWidth - 95
	rowHeight  = 20
	barHeight  = 11
	headHeight = 58
)

const chartStyle = `<style>
text{font:12px system-ui,sans-serif;fill:#24292f}
.title{font-weight:600;font-size:13px}
.tick{font-size:11px;fill:#57606a}
.grid{stroke:#d0d7de;stroke-width:1}
.rival{fill:#8c959f}.own{fill:#0969da}.floor{fill:#2da44e}
.span{stroke:#24292f;stroke-width:1}
.value{font-size:11px}
@media(prefers-color-scheme:dark){
text{fill:#e6edf3}.tick{fill:#8b949e}.grid{stroke:#30363d}
.rival{fill:#6e7681}.own{fill:#58a6ff}.floor{fill:#3fb950}.span{stroke:#e6edf3}}
</style>
`

// WriteChart draws one panel for each table. It shows the input that Table.Chart names,
// with a bar for the median of each contestant on a logarithmic scale, and a thin line
// from the least to the greatest sample.
func WriteChart(w io.Writer, tables []*Table) error {
	var body strings.Builder
	y := 0
	for _, t := range tables {
		y += drawPanel(&body, t, y)
	}
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">%s%s%s</svg>%s`,
		chartWidth, y, "\n"+chartStyle, "<title>"+escapeXML("Kith and its rivals")+"</title>\n", body.String(), "\n")
	return err
}

// panel is a table that is being drawn.
type panel struct {
	*strings.Builder
	table        *Table
	rows         []Row
	low, high    float64 // powers of ten
	top, allRows int
}

// drawPanel draws a table and returns the height of the panel.
func drawPanel(out *strings.Builder, t *Table, top int) int {
	p := panel{Builder: out, table: t, top: top}
	for _, r := range t.Rows {
		if task := r.Cells[t.Chart]; task != nil && len(task.Samples) > 0 {
			p.rows = append(p.rows, r)
		}
	}
	if len(p.rows) == 0 {
		return 0
	}
	p.allRows = len(p.rows) * rowHeight
	p.chooseScale()
	p.drawText(0, top+18, "title", "start", fmt.Sprintf("%s: %s, %s", t.Title, t.Chart, t.Unit))
	p.drawAxis()
	for i, r := range p.rows {
		p.drawBar(r, top+headHeight+i*rowHeight)
	}
	return headHeight + p.allRows + 24
}

// axisValue returns the value to draw for a number of nanoseconds.
func (p *panel) axisValue(ns float64) float64 {
	if p.table.Rate() {
		return 1e9 / ns
	}
	return ns
}

// chooseScale sets low and high to the powers of ten that enclose all samples.
func (p *panel) chooseScale() {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range p.rows {
		s := r.Cells[p.table.Chart].Samples
		for _, v := range []float64{p.axisValue(s.Min()), p.axisValue(s.Max())} {
			low, high = min(low, v), max(high, v)
		}
	}
	p.low = math.Pow(10, math.Floor(math.Log10(low)))
	p.high = max(math.Pow(10, math.Ceil(math.Log10(high))), p.low*10)
}

func (p *panel) x(v float64) float64 {
	part := math.Log10(v/p.low) / math.Log10(p.high/p.low)
	return barLeft + part*(barRight-barLeft)
}

func (p *panel) drawAxis() {
	for v := p.low; v <= p.high*1.001; v *= 10 {
		x := p.x(v)
		fmt.Fprintf(p, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", x, p.top+46, x, p.top+headHeight+p.allRows)
		label := fmt.Sprintf("%g", v)
		if p.table.Rate() {
			label = formatRate(v)
		}
		p.drawText(int(x), p.top+40, "tick", "middle", label)
	}
}

func (p *panel) drawBar(r Row, y int) {
	s := r.Cells[p.table.Chart].Samples
	class := "rival"
	switch {
	case r.Own:
		class = "own"
	case r.Floor:
		class = "floor"
	}
	middle, x := y+rowHeight/2, p.x(p.axisValue(s.Median()))
	p.drawText(nameWidth, middle+4, "name", "end", r.Name)
	fmt.Fprintf(p, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`+"\n", class, barLeft, middle-barHeight/2, max(x-barLeft, 1), barHeight)
	least, most := p.x(p.axisValue(s.Min())), p.x(p.axisValue(s.Max()))
	fmt.Fprintf(p, `<line class="span" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`+"\n", least, middle, most, middle)
	p.drawText(int(max(x, least, most))+6, middle+4, "value", "start", p.table.formatFigure(s.Median()))
}

func (p *panel) drawText(x, y int, class, anchor, text string) {
	fmt.Fprintf(p, `<text class="%s" x="%d" y="%d" text-anchor="%s">%s</text>`+"\n", class, x, y, anchor, escapeXML(text))
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // writing to a Builder cannot fail
	return b.String()
}
