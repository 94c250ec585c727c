// Plot draws the charts of a report as SVG files: figures over numbers of workers or of
// tasks, which are told on a logarithmic scale.
//
//	plot REPORT.json DIR
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// chart is as in the report: see charts.go of the benchmark.
type chart struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	X      string `json:"x"`
	Y      string `json:"y"`
	Series []struct {
		Name   string       `json:"name"`
		Points [][2]float64 `json:"points"`
	} `json:"series"`
}

// Size of a picture.
const (
	width  = 16 * vg.Centimeter
	height = 9 * vg.Centimeter
)

const (
	// legendLine is the room above the lines that the legend needs for each, as a share
	// of the height.
	legendLine = 0.12

	// labelRoom is the room to the right of the last value, for its label.
	labelRoom = 1.3
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot REPORT.json DIR")
		os.Exit(2)
	}
	if err := drawAll(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func drawAll(path, dir string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var report struct {
		Charts []chart `json:"charts"`
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	for _, c := range report.Charts {
		if err := c.draw(filepath.Join(dir, c.Name+".svg")); err != nil {
			return fmt.Errorf("draw %s: %w", c.Name, err)
		}
	}
	return nil
}

func (c chart) draw(path string) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.X, c.Y
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticks(c.values())
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	var lines []any
	for _, s := range c.Series {
		points := make(plotter.XYs, len(s.Points))
		for i, xy := range s.Points {
			points[i].X, points[i].Y = xy[0], xy[1]
		}
		lines = append(lines, s.Name, points)
	}
	if err := plotutil.AddLinePoints(p, lines...); err != nil {
		return err
	}
	p.Y.Min, p.Y.Max = 0, p.Y.Max*(1+legendLine*float64(len(c.Series)))
	p.X.Max *= labelRoom
	return p.Save(width, height, path)
}

// values are where something was measured.
func (c chart) values() (all []float64) {
	for _, xy := range c.Series[0].Points {
		all = append(all, xy[0])
	}
	return all
}

// ticks marks these values alone.
func ticks(values []float64) plot.ConstantTicks {
	var all plot.ConstantTicks
	for _, v := range values {
		all = append(all, plot.Tick{Value: v, Label: fmt.Sprintf("%.0f", v)})
	}
	return all
}
