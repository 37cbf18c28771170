package command

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
)

// configCommand groups what is done with settings.
func (a *app) configCommand() *cobra.Command {
	check := &cobra.Command{
		Use: "check", Short: "Check the settings as serve would, and start nothing", Args: console.Words,
		RunE: func(*cobra.Command, []string) error {
			if _, err := a.Settings(); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.Stdout, "The settings are fine.")
			return err
		},
	}
	printed := &cobra.Command{
		Use: "print", Short: "Print the settings in force and where each comes from, without secrets", Args: console.Words,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.LoadedSettings()
			if err != nil {
				return err
			}
			return a.printSettings(&c)
		},
	}
	return console.Group("config", "Check and print the settings", check, a.Listing(printed))
}

// settingRow is one setting as it is printed.
type settingRow struct {
	Key    string          `json:"key"`
	Value  json.RawMessage `json:"value"`
	Source string          `json:"source"`
}

// printSettings prints the settings as a file of them, with their sources as
// comments, or as JSON.
func (a *app) printSettings(c *config.Loaded) error {
	var rows []settingRow
	err := config.EachKey(&c.Config, func(key string, field reflect.Value) error {
		text, err := config.ValueText(key, field)
		rows = append(rows, settingRow{key, text, c.From.Of(key)})
		return err
	})
	if err != nil {
		return err
	}
	if a.JSON {
		return console.PrintList(a.Program, rows, "", nil)
	}
	section := ""
	for _, row := range rows {
		name := row.Key
		if table, leaf, found := strings.Cut(row.Key, "."); found {
			if name = leaf; table != section {
				section = table
				fmt.Fprintf(a.Stdout, "\n[%s]\n", table)
			}
		}
		if _, err := fmt.Fprintf(a.Stdout, "%-40s # %s\n", name+" = "+string(row.Value), row.Source); err != nil {
			return err
		}
	}
	return nil
}
