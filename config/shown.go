package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
)

// HiddenSecret stands for a secret that is set.
const HiddenSecret = "(hidden)"

// ValueText is a value as JSON has it, which for those of settings is as TOML has
// it.
func ValueText(key string, field reflect.Value) (json.RawMessage, error) {
	value := field.Interface()
	if s, ok := value.(fmt.Stringer); ok {
		value = s.String()
	}
	if IsSecret(key) && value != "" {
		value = HiddenSecret
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}
