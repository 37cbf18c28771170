// A module of its own for the sake of its name: packages are initialised in the order
// of their paths, and this one has to come before all that a program imports from
// elsewhere (github.com/..., golang.org/...).
module confine

go 1.26.0
