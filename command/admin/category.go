package admin

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/setup"
)

func (a *app) categoryCommand() *cobra.Command {
	return console.Group("category", "Add, list, rename and delete categories",
		a.categoryAdd(), a.categoryList(), a.categoryRename(), a.categoryDelete())
}

func (a *app) categoryAdd() *cobra.Command {
	return &cobra.Command{
		Use: "add NAME", Short: "Add a category and print its ID, as category_id takes it", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := media.CategoryName(args[0])
			if err != nil {
				return err
			}
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error {
				category := media.Category{Name: name}
				if err := db.InsertCategory(cmd.Context(), &category); err != nil {
					return categoryError("add category", name, err)
				}
				_, err = fmt.Fprintln(a.Stdout, category.ID)
				return err
			})
		},
	}
}

// categoryError says in words why a category cannot have a name.
func categoryError(doing, name string, err error) error {
	if errors.Is(err, media.ErrNameTaken) {
		return fmt.Errorf("there is a category %s already", name)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// categoryRow is a category as category list prints it.
type categoryRow struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

func (a *app) categoryList() *cobra.Command {
	var user string
	cmd := a.Listing(&cobra.Command{
		Use: "list", Short: "List categories", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.WithDatabase(cmd.Context(), func(_ config.Config, db *setup.Database) error { return a.listCategories(cmd.Context(), db, user) })
		},
	})
	cmd.Flags().StringVar(&user, "user", "", "only categories of this user's items")
	return cmd
}

func (a *app) listCategories(ctx context.Context, db *setup.Database, user string) error {
	categories, err := db.Categories(ctx)
	var owner media.User
	if err == nil && user != "" {
		owner, err = console.FindUser(ctx, db, user)
	}
	if err != nil {
		return err
	}
	var rows []categoryRow
	for _, c := range categories {
		if owner.ID != 0 {
			q := media.ItemQuery{Filter: media.Everything(time.Now()), UserID: owner.ID, CategoryID: c.ID, Limit: 1}
			items, err := db.Items(ctx, q)
			if err != nil {
				return err
			}
			if len(items) == 0 {
				continue
			}
		}
		rows = append(rows, categoryRow(c))
	}
	return console.PrintList(a.Program, rows, "ID\tNAME", func(c categoryRow) []any { return []any{c.ID, c.Name} })
}

func (a *app) categoryRename() *cobra.Command {
	return &cobra.Command{
		Use: "rename ID|NAME NEW", Short: "Give a category another name", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := media.CategoryName(args[1])
			if err != nil {
				return err
			}
			return a.withCategory(cmd.Context(), args[0], func(db *setup.Database, c media.Category) error {
				if err := db.RenameCategory(cmd.Context(), c.ID, name); err != nil {
					return categoryError("rename category", name, err)
				}
				return nil
			})
		},
	}
}

func (a *app) categoryDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID|NAME", Short: "Delete a category; its items stay, without one", Args: console.Words,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withCategory(cmd.Context(), args[0], func(db *setup.Database, c media.Category) error {
				return db.DeleteCategory(cmd.Context(), c.ID)
			})
		},
	}
}

// withCategory runs f on the category that a word on the command line means.
func (a *app) withCategory(ctx context.Context, word string, f func(*setup.Database, media.Category) error) error {
	return a.WithDatabase(ctx, func(_ config.Config, db *setup.Database) error {
		c, err := media.FindCategory(ctx, db, word)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("there is no category %s", word)
		}
		if err != nil {
			return err
		}
		return f(db, c)
	})
}
