package policy

import (
	"encoding/json"
	"strings"
)

// schemaNode is a part of a JSON Schema.
type schemaNode = map[string]any

// FileSchemaJSON returns the JSON Schema (draft 2020-12) of policy files, for editors and for what writes such files. It knows the
// shape; whether there is a path, a suite or a rule of a name is only known to [Parse].
func FileSchemaJSON() []byte {
	b, _ := json.MarshalIndent(fileSchema(), "", "  ") // of maps, lists and texts there is no error
	return append(b, '\n')
}

func fileSchema() schemaNode {
	policy := object("A policy: what endpoints are held to.", []string{"name"}, schemaNode{
		"schema":  schemaNode{"const": FileSchema, "description": "The format and its version; may be left out."},
		"name":    textOf("What it is called.", nameForm().String()),
		"version": textOf("Its version.", versionForm().String()),
		"title":   textOf("What it is, in one line.", ""),
		"date":    textOf("When what it says was published.", `^\d{4}-\d{2}-\d{2}$`),
		"source":  textOf("Where that stands: a document and its address.", ""),
		"extends": textOf("A built-in policy, NAME or NAME@VERSION, or a file relative to this one: its rules come first, and rules with the same id change them.", ""),
		"rules":   listOfAll("What is demanded.", maxRules, refTo("rule")),
		"waivers": listOfAll("What is let pass for a while.", maxWaivers, refTo("waiver")),
	})
	policy["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	policy["title"] = FileSchema
	policy["$defs"] = schemaNode{
		"text": schemaNode{"type": []string{"string", "number", "boolean"}, "minLength": 1, "maxLength": maxScalar},
		"texts": schemaNode{"description": "Values, or a single one.", "anyOf": []any{
			refTo("text"), schemaNode{"type": "array", "minItems": 1, "maxItems": maxItems, "items": refTo("text")}}},
		"rule":      ruleSchema(),
		"condition": object("A condition.", []string{"where", "expect"}, schemaNode{"where": pathSchema(), "expect": refTo("expect")}),
		"expect":    expectSchema(),
		"waiver":    waiverSchema(),
	}
	// A rule may lack what the one that it changes has, so that only without extends each has to be complete.
	policy["if"] = schemaNode{"not": schemaNode{"required": []string{"extends"}}}
	policy["then"] = schemaNode{"required": []string{"rules"}, "properties": schemaNode{
		"rules": schemaNode{"minItems": 1, "items": schemaNode{"required": []string{"where", "expect"}}}}}
	return policy
}

func ruleSchema() schemaNode {
	return object("A demand.", []string{"id"}, schemaNode{
		"id":       textOf("Its name, which findings, waivers and baselines have.", nameForm().String()),
		"title":    textOf("What it demands, in one line.", ""),
		"level":    enumOf("What a breach comes to; fail where it is left out. off takes a rule out of what is extended.", levelWords),
		"severity": enumOf("How grave a breach is; medium where it is left out.", severityWords),
		"where":    pathSchema(),
		"expect":   refTo("expect"),
		"when":     listOfAll("It applies only where all of these hold.", maxWhen, refTo("condition")),
		"ref":      textOf("The section that it is taken from.", ""),
		"fix":      textOf("What to do about a breach.", ""),
		"from":     textOf("Where the rule was taken from; policy show writes it, and nothing reads it.", ""),
	})
}

func waiverSchema() schemaNode {
	return object("It lets a breach pass until a day.", []string{"rule", "reason", "expires"}, schemaNode{
		"rule":    textOf("The id of a rule; * at the end stands for any rest.", ""),
		"target":  textOf("host or host:port, where * stands for any run of characters; any target where it is left out.", ""),
		"path":    textOf("The path of the finding with its value, or that of what it is about, or the beginning of that; any where it is left out.", ""),
		"reason":  textOf("Why.", ""),
		"expires": textOf("The day, or the moment of RFC 3339, from which on it counts no more.", `^\d{4}-\d{2}-\d{2}`),
	})
}

func pathSchema() schemaNode {
	return textOf("The path of a fact, where * stands for one step or index; policy paths lists them.", pathForm().String())
}

// expectSchema is made of the table of operators.
func expectSchema() schemaNode {
	properties := make(schemaNode)
	for i := range operators {
		o := &operators[i]
		s := operandSchema(o.takes)
		s["description"] = strings.ToUpper(o.meaning[:1]) + o.meaning[1:] + "."
		properties[o.name] = s
	}
	s := object("What is expected of the values: every operator has to hold.", nil, properties)
	s["minProperties"] = 1
	return s
}

func operandSchema(takes operandShape) schemaNode {
	switch takes {
	case takesOne:
		return refTo("text")
	case takesRegexp:
		return schemaNode{"type": "string", "minLength": 1, "maxLength": maxRegexp}
	case takesFlag:
		return schemaNode{"enum": []any{true, false, "true", "false"}}
	case takesCount:
		bound := schemaNode{"type": []string{"integer", "string"}, "minimum": 0, "pattern": `^\d+$`}
		s := object("", nil, schemaNode{"min": bound, "max": bound})
		s["minProperties"] = 1
		return s
	case takesBefore:
		return object("", []string{"these", "those"}, schemaNode{"these": refTo("texts"), "those": refTo("texts")})
	}
	return refTo("texts")
}

func object(description string, required []string, properties schemaNode) schemaNode {
	s := schemaNode{"type": "object", "description": description, "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func textOf(description, pattern string) schemaNode {
	s := refTo("text")
	s["description"] = description
	if pattern != "" {
		s["pattern"] = pattern
	}
	return s
}

func enumOf(description string, words []string) schemaNode {
	return schemaNode{"enum": words, "description": description}
}

func listOfAll(description string, limit int, items schemaNode) schemaNode {
	return schemaNode{"type": "array", "maxItems": limit, "items": items, "description": description}
}

func refTo(name string) schemaNode { return schemaNode{"$ref": "#/$defs/" + name} }
