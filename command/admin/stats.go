package admin

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"postern/command/console"
	"postern/config"
	"postern/media"
	"postern/media/counts"
	"postern/setup"
)

// stats is what stats prints: what there is, and was counted by running servers.
type stats struct {
	Images          int64    `json:"images"`
	Videos          int64    `json:"videos"`
	Bytes           int64    `json:"bytes"`
	Users           int64    `json:"users"`
	WaitingUsers    int64    `json:"waiting_users"` // for approval
	PendingItems    int64    `json:"pending_items"` // for a moderator
	ErrorsOfLastDay int64    `json:"errors_last_day"`
	DiskFree        *int64   `json:"disk_free"` // of the data folder; null where the system does not tell
	DiskSize        *int64   `json:"disk_size"`
	Days            []dayRow `json:"days"` // the last 30, the latest first
}

// dayRow is a day of UTC.
type dayRow struct {
	Day      string `json:"day"`
	Uploads  int64  `json:"uploads"`
	Bytes    int64  `json:"bytes"`
	Answered int64  `json:"bytes_answered"`
	Errors   int64  `json:"errors"`
}

func (a *app) statsCommand() *cobra.Command {
	var days int
	cmd := a.Listing(&cobra.Command{
		Use: "stats", Short: "Print what there is, and was in the last days", Args: console.Words,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if days < 0 || days > counts.MonthDays {
				return fmt.Errorf("--days: must be 0 to %d", counts.MonthDays)
			}
			return a.WithDatabase(cmd.Context(), func(c config.Config, db *setup.Database) error {
				s, err := readStats(cmd.Context(), c, db)
				if err != nil {
					return err
				}
				s.Days = s.Days[:days]
				return a.printStats(s)
			})
		},
	})
	cmd.Flags().IntVar(&days, "days", 7, "how many days")
	return cmd
}

func readStats(ctx context.Context, c config.Config, db *setup.Database) (stats, error) {
	now := time.Now()
	stock, err := db.Stock(ctx)
	if err != nil {
		return stats{}, err
	}
	s := stats{
		Images: stock.Items[string(media.KindImage)], Videos: stock.Items[string(media.KindVideo)],
		Bytes: stock.TotalBytes(), Users: stock.Users,
	}
	pending, err := db.CountPending(ctx, media.PendingQuery{}, now)
	if err != nil {
		return s, err
	}
	users, err := db.Users(ctx)
	if err != nil {
		return s, err
	}
	s.PendingItems = int64(pending)
	for _, u := range users {
		if u.State == media.UserWaiting {
			s.WaitingUsers++
		}
	}
	room, err := setup.NewVolume(c).DiskSpace()
	switch {
	case err == nil:
		s.DiskFree, s.DiskSize = &room.Free, &room.Size
	case !errors.Is(err, errors.ErrUnsupported):
		return s, err
	}
	kept, err := db.Counts(ctx, counts.FirstOfMonth(now))
	month := counts.NewMonth(kept, now)
	s.ErrorsOfLastDay = month.ErrorsOfLastDay
	for i := counts.MonthDays - 1; i >= 0; i-- {
		s.Days = append(s.Days, dayRow{
			month.First.AddDate(0, 0, i).Format(time.DateOnly), month.Uploads[i], month.Bytes[i], month.Answered[i], month.Errors[i],
		})
	}
	return s, err
}

func (a *app) printStats(s stats) error {
	if a.JSON {
		return a.PrintJSON(s)
	}
	number := func(n *int64) string {
		if n == nil {
			return "-"
		}
		return fmt.Sprint(*n)
	}
	_, err := fmt.Fprintf(a.Stdout, "images         %d\nvideos         %d\nbytes          %d\nusers          %d\nwaiting users  %d\npending items  %d\nerrors, 24 h   %d\ndisk free      %s\ndisk size      %s\n",
		s.Images, s.Videos, s.Bytes, s.Users, s.WaitingUsers, s.PendingItems, s.ErrorsOfLastDay, number(s.DiskFree), number(s.DiskSize))
	if err != nil || len(s.Days) == 0 {
		return err
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nDAY\tUPLOADS\tBYTES\tANSWERED\tERRORS")
	for _, d := range s.Days {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\n", d.Day, d.Uploads, d.Bytes, d.Answered, d.Errors)
	}
	return w.Flush()
}
