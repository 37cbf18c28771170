package handlers

import "github.com/labstack/echo/v4"

// Routes are those of the site.
func Routes(o Options) ([]*echo.Route, error) {
	_, router, err := newRouter(o)
	if err != nil {
		return nil, err
	}
	return router.Routes(), nil
}
