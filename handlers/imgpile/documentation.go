package imgpile

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// documentation describes the surface on the page about the APIs. It is read from
// static/openapi.json, which tests compare with the answers.
type documentation struct {
	Calls    []documentedCall
	Statuses []documentedName // what they mean
	Objects  []documentedObject
}

// documentedCall is one endpoint.
type documentedCall struct {
	Method, Path string
	Upload       bool // goes to the upload host
	Summary      string
	Inputs       []documentedName // parameters and fields of the body
	Answer       string           // outline of the answer to a request that succeeds
	Statuses     string
}

// documentedName is a parameter, field or status with its meaning.
type documentedName struct {
	Name, Meaning string
	Required      bool
}

// documentedObject is a type of object in answers.
type documentedObject struct {
	Name   string
	Fields []documentedName
}

// contract is the part of the OpenAPI file that is read.
type contract struct {
	Paths      map[string]map[string]operation
	Components struct {
		Parameters map[string]parameter
		Responses  map[string]response
		Schemas    map[string]schema
	}
}

type operation struct {
	Summary     string
	Parameters  []parameter
	RequestBody response
	Responses   map[string]response
}

type parameter struct {
	Ref               string `json:"$ref"`
	Name, Description string
	Required          bool
	Schema            schema
}

type response struct {
	Ref         string `json:"$ref"`
	Description string
	Content     map[string]struct{ Schema schema }
}

type schema struct {
	Ref         string `json:"$ref"`
	Description string
	Type, Const any
	Enum        []string
	MaxLength   int
	MaxItems    int
	Default     any
	Items       *schema
	OneOf       []schema
	Required    []string
	Properties  map[string]schema
}

var wildParameter = regexp.MustCompile(`:\w+|\{\w+\}`)

// Documentation describes the surface, in the order of its routes, by values of
// type *documentation.
func (s *Server) Documentation() (any, error) {
	text, err := fs.ReadFile(s.Static, "openapi.json")
	if err != nil {
		return nil, err
	}
	var doc contract
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("read OpenAPI file: %w", err)
	}
	paths := make(map[string]string)
	for path := range doc.Paths {
		paths[wildParameter.ReplaceAllString(path, "*")] = path
	}
	d, statuses := &documentation{}, make(map[string]string)
	for _, e := range s.endpoints() {
		path := paths[wildParameter.ReplaceAllString(basePath+e.path, "*")]
		call := doc.call(e.method, path, statuses)
		call.Upload = e.method == http.MethodPost && e.path == "/media"
		d.Calls = append(d.Calls, call)
	}
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		d.Statuses = append(d.Statuses, documentedName{Name: status, Meaning: statuses[status]})
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		if fields := doc.fields(doc.Components.Schemas[name]); fields != nil {
			d.Objects = append(d.Objects, documentedObject{name, fields})
		}
	}
	return d, nil
}

// call describes an operation, and adds the meaning of its statuses to statuses.
func (doc *contract) call(method, path string, statuses map[string]string) documentedCall {
	op := doc.Paths[path][strings.ToLower(method)]
	call := documentedCall{Method: method, Path: path, Summary: op.Summary}
	for _, p := range op.Parameters {
		if p.Ref != "" {
			p = doc.Components.Parameters[nameOf(p.Ref)]
		}
		call.Inputs = append(call.Inputs, documentedName{p.Name, doc.meaning(p.Schema, p.Description), p.Required})
	}
	call.Inputs = append(call.Inputs, doc.fields(op.RequestBody.schema())...)
	codes := slices.Sorted(maps.Keys(op.Responses))
	call.Statuses = strings.Join(codes, ", ")
	for _, code := range codes {
		r := op.Responses[code]
		if r.Ref != "" {
			r = doc.Components.Responses[nameOf(r.Ref)]
		}
		statuses[code] = r.Description
		if code < "300" {
			call.Answer = outline(r.schema())
		} else {
			statuses[code] += " " + outline(r.schema())
		}
	}
	return call
}

// schema returns the schema of the only type of body.
func (r response) schema() schema {
	for _, kind := range r.Content {
		return kind.Schema
	}
	return schema{}
}

func nameOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// fields returns the fields of an object in alphabetical order, nil for other types.
func (doc *contract) fields(f schema) (all []documentedName) {
	for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
		field := f.Properties[name]
		all = append(all, documentedName{name, doc.meaning(field, field.Description), slices.Contains(f.Required, name)})
	}
	return all
}

// meaning returns the description of a value, with its limits.
func (doc *contract) meaning(f schema, description string) string {
	parts := []string{outline(f)}
	if f.Ref != "" {
		f = doc.Components.Schemas[nameOf(f.Ref)]
	}
	if f.Enum != nil {
		parts = append(parts, strings.Join(f.Enum, " | "))
	}
	if f.MaxLength > 0 {
		parts = append(parts, fmt.Sprintf("up to %d characters", f.MaxLength))
	}
	if f.MaxItems > 0 {
		parts = append(parts, fmt.Sprintf("up to %d", f.MaxItems))
	}
	if f.Default != nil {
		parts = append(parts, fmt.Sprintf("default %v", f.Default))
	}
	return strings.TrimSpace(strings.Join(parts, ", ") + ". " + description)
}

// outline returns the shape of a value as JSON: an object with its fields, anything
// else as the name of its type.
func outline(f schema) string {
	switch {
	case f.Ref != "":
		return nameOf(f.Ref)
	case f.Const != nil:
		text, _ := json.Marshal(f.Const)
		return string(text)
	case f.OneOf != nil:
		var all []string
		for _, one := range f.OneOf {
			all = append(all, outline(one))
		}
		return strings.Join(all, " or ")
	case f.Items != nil:
		return "[" + outline(*f.Items) + "]"
	case f.Properties != nil:
		var all []string
		for _, name := range slices.Sorted(maps.Keys(f.Properties)) {
			all = append(all, fmt.Sprintf("%q: %s", name, outline(f.Properties[name])))
		}
		return "{" + strings.Join(all, ", ") + "}"
	}
	if kinds, ok := f.Type.([]any); ok {
		return strings.ReplaceAll(strings.Trim(fmt.Sprint(kinds), "[]"), " ", " or ")
	}
	return fmt.Sprint(f.Type)
}
