// Check-release reads .goreleaser.yaml as GoReleaser does, and refuses fields that it does
// not know. It is a module of its own: GoReleaser as a whole takes the better part of an hour
// to build, the package that reads its settings some seconds.
//
//	check-release .goreleaser.yaml
package main

import (
	"fmt"
	"os"

	"github.com/goreleaser/goreleaser/v2/pkg/config"
)

func main() {
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "check-release:", err)
		os.Exit(1)
	}
}

// check wants one name of a file.
func check(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("check-release takes one file")
	}
	_, err := config.Load(args[0])
	return err
}
