# Everybody may, unless a rule denies. Of all rules only those are looked at that the document lists
# for the dataset's domain and for something that the person is; whatever else a rule asks is a
# look-up as well.
package trino

default allow := false

person := data.people[input.context.identity.user]

dataset := data.tables[table.catalogName][table.schemaName][table.tableName] if {
	table := input.action.resource.table
}

allow if {
	person
	dataset
	not denied
}

denied if {
	some token in person.tokens
	some key in data.meant[dataset.domain][token]
	rule := data.rules[key]
	not is_about_others(rule)
	in_force(rule.periods)
	not is_lifted(key)
}

is_lifted(key) if in_force(data.lifted[input.context.identity.user][key])

is_about_others(rule) if {
	rule.labels
	not is_labeled(rule)
}

is_about_others(rule) if {
	some group in person.groups
	rule.exempt[group]
}

is_about_others(rule) if {
	rule.elsewhere
	person.location == dataset.region
}

is_about_others(rule) if {
	rule.purposes
	not rule.purposes[input.context.properties.purpose]
	input.context.properties.purpose # without one every rule holds
}

is_labeled(rule) if {
	some label in dataset.labels
	rule.labels[label]
}

in_force(periods) if {
	some period in periods
	period[0] <= data.now
	data.now < period[1]
}
