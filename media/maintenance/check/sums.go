package check

import "context"

// sums holds what is counted of users against what they have.
func (c *checker) sums(ctx context.Context) error {
	if !c.sound {
		return nil
	}
	wrong, err := c.Records.Miscounts(ctx)
	if err != nil || len(wrong) == 0 {
		return c.readable(err)
	}
	var failed error
	if c.Repair {
		failed = c.Records.Recount(ctx)
	}
	for _, line := range wrong {
		c.found(Sums, "postern.db", line, func() (string, error) {
			if failed != nil {
				return "", failed
			}
			return "counted anew", nil
		})
	}
	return nil
}
