package handlers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// openAPI holds answers against static/openapi.json.
type openAPI struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	seen     map[string]bool // "GET /path 200"
}

const openAPIURL = "https://postern.test/openapi.json"

func readOpenAPI(t *testing.T) *openAPI {
	t.Helper()
	text, err := os.ReadFile("../static/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	o := &openAPI{compiler: jsonschema.NewCompiler(), seen: make(map[string]bool)}
	if err := json.Unmarshal(text, &o.doc); err != nil {
		t.Fatal(err)
	}
	closeObjects(o.doc)
	o.compiler.AssertFormat()
	if err := o.compiler.AddResource(openAPIURL, o.doc); err != nil {
		t.Fatal(err)
	}
	return o
}

// closeObjects lets objects have no members but those that the file lists.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, isOpen := v["additionalProperties"]; v["properties"] != nil && !isOpen {
			v["additionalProperties"] = false
		}
		for _, member := range v {
			closeObjects(member)
		}
	case []any:
		for _, member := range v {
			closeObjects(member)
		}
	}
}

// template is the path of the file that a request's path is of.
func (o *openAPI) template(path string) string {
	path, _, _ = strings.Cut(path, "?")
	steps := strings.Split(path, "/")
	for template := range o.doc["paths"].(map[string]any) {
		wanted := strings.Split(template, "/")
		same := len(wanted) == len(steps)
		for i := 0; same && i < len(wanted); i++ {
			same = wanted[i] == steps[i] || strings.HasPrefix(wanted[i], "{")
		}
		if same {
			return template
		}
	}
	return ""
}

// check holds an answer against what the file says of its operation and
// status.
func (o *openAPI) check(t *testing.T, what, method, path string, status int, body string) {
	t.Helper()
	template := o.template(path)
	operation := dig(o.doc, "paths", template, strings.ToLower(method))
	response, _ := dig(operation, "responses", fmt.Sprint(status)).(map[string]any)
	if response == nil {
		t.Errorf("%s: %s %s: the OpenAPI file knows no answer %d: %.200s", what, method, path, status, body)
		return
	}
	o.seen[fmt.Sprintf("%s %s %d", method, template, status)] = true
	pointer := "/paths/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(template) +
		"/" + strings.ToLower(method) + "/responses/" + fmt.Sprint(status)
	if ref, _ := response["$ref"].(string); ref != "" {
		pointer = strings.TrimPrefix(ref, "#")
	}
	escape := strings.NewReplacer("{", "%7B", "}", "%7D")
	schema, err := o.compiler.Compile(openAPIURL + "#" + escape.Replace(pointer) + "/content/application~1json/schema")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %s %s: %v", what, method, path, err)
	}
}

// unwalked are answers that other tests call for.
var unwalked = []string{"429", "500", "503", "507"}

// checkCovered fails for operations and statuses of the file that no answer
// was held against.
func (o *openAPI) checkCovered(t *testing.T) {
	t.Helper()
	paths := o.doc["paths"].(map[string]any)
	for _, template := range slices.Sorted(maps.Keys(paths)) {
		for method, operation := range paths[template].(map[string]any) {
			for status := range dig(operation, "responses").(map[string]any) {
				call := strings.ToUpper(method) + " " + template + " " + status
				if !o.seen[call] && !slices.Contains(unwalked, status) {
					t.Errorf("no answer of %s was seen", call)
				}
			}
		}
	}
}
