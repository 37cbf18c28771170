package command

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/doctor"
)

// Exit statuses of postern doctor, beside console.ExitUnchecked.
const (
	ExitWarnings = 1
	ExitProblems = 2
)

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Check settings, proxy, disk and programs, and say what to do",
		Long: "Checks the settings, the server, the headers of the proxy in front, the data folder, the disk, the\n" +
			"database, codecs and programs, the clock and DNS, and says what to do about each problem. It works\n" +
			"with or without a running server, and changes nothing. Run it as the server's user.\n\n" +
			"Exit status: 0 all is well, 1 there are warnings, 2 there are problems, 3 the checks could not be made.",
		Args: func(cmd *cobra.Command, args []string) error { return console.Unchecked(console.Words(cmd, args)) },
		RunE: func(cmd *cobra.Command, _ []string) error { return a.examine(cmd.Context()) },
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return console.Unchecked(err) })
	return a.Listing(cmd)
}

// examine prints what the doctor finds, and returns the exit status as an error.
func (a *app) examine(ctx context.Context) error {
	findings := doctor.Examine(ctx, a.LoadedSettings)
	if err := a.printFindings(findings); err != nil {
		return console.Unchecked(err)
	}
	status := 0
	for _, f := range findings {
		switch f.State {
		case doctor.Problem:
			status = ExitProblems
		case doctor.Warning:
			status = max(status, ExitWarnings)
		}
	}
	if status == 0 {
		return nil
	}
	return &console.StatusError{Status: status}
}

// doctorWidth is that of a line of the doctor's page.
const doctorWidth = 80

// printFindings writes the findings as JSON or as a page.
func (a *app) printFindings(findings []doctor.Finding) error {
	if a.JSON {
		encoder := json.NewEncoder(a.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(findings)
	}
	const head = 18 // columns before the text
	for _, f := range findings {
		for i, line := range wrap(f.Found, doctorWidth-head) {
			state, check := f.State, f.Check
			if i > 0 {
				state, check = "", ""
			}
			fmt.Fprintf(a.Stdout, "%-7s %-9s %s\n", state, check, line)
		}
		for _, line := range wrap(f.Advice, doctorWidth-head-2) {
			if _, err := fmt.Fprintf(a.Stdout, "%*s  %s\n", head, "", line); err != nil {
				return err
			}
		}
	}
	return nil
}

// wrap breaks a text into lines between words. A longer word has a line of its own.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
