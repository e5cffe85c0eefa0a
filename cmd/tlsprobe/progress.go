package main

import "time"

// progressEvery is how often a progress line is written.
const progressEvery = 250 * time.Millisecond

// keepLine keeps a line on stderr up to date, if that is a terminal: words makes it from the time that has passed. The function that
// it returns takes the line away.
func keepLine(app *App, words func(elapsed time.Duration) string) (end func()) {
	if !app.StderrIsTerminal {
		return func() {}
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		began, width := app.Now(), 0
		for {
			select {
			case <-stop:
				app.say("\r%*s\r", width, "")
				return
			case <-tick.C:
				line := words(app.Now().Sub(began))
				app.say("\r%-*s", width, line)
				width = max(width, len(line))
			}
		}
	}()
	return func() { close(stop); <-stopped }
}
