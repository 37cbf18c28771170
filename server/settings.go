package server

import (
	"reflect"

	"postern/config"
	"postern/handlers/admin"
)

// shownSettings are the settings with their sources, for the page of admins.
func shownSettings(c *config.Config, from config.Origins) (shown []admin.Setting) {
	_ = config.EachKey(c, func(key string, field reflect.Value) error {
		text, err := config.ValueText(key, field)
		if err != nil {
			return err
		}
		shown = append(shown, admin.Setting{Key: key, Value: string(text), Source: from.Of(key)})
		return nil
	})
	return shown
}
