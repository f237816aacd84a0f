// What `load --split-by-provider` must make of a bundle, computed from its words alone
// (src/intake/provider_split.h), so that the test has an expectation of its own.
import { createHash } from 'node:crypto'

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const sharedTypes = new Set(['Patient', 'Organization', 'Practitioner'])

export function odsOf(identifier) {
  const digest = createHash('sha256').update(identifier).digest()
  return 'X' + [1, 2, 3, 4, 5, 6, 7].map((i) => digits[digest[i] % 32]).join('')
}

function* references(value) {
  if (Array.isArray(value)) {
    for (const element of value) yield* references(element)
  } else if (value !== null && typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) {
      if (name === 'reference' && typeof member === 'string') yield member
      else yield* references(member)
    }
  }
}

// { patient, practice, parts: Map(ODS -> { name, own: [resource], all: Map("Type/id" -> resource) }) }
export function split(bundle) {
  const resources = bundle.entry.map((entry) => entry.resource)
  const byUrl = new Map(bundle.entry.map((entry) => [entry.fullUrl, entry.resource]))
  const parts = new Map()
  const identifierOf = (organisation) => organisation.identifier[0].value
  const partOf = (organisation) => {
    const ods = odsOf(identifierOf(organisation))
    if (!parts.has(ods)) parts.set(ods, { name: organisation.name, identifier: identifierOf(organisation), encounters: 0, own: [], all: new Map() })
    return parts.get(ods)
  }
  const providerOf = (encounter) => byUrl.get(encounter?.serviceProvider?.reference)
  for (const resource of resources) {
    if (resource.resourceType === 'Encounter') partOf(providerOf(resource)).encounters++
  }
  const [practiceOds, practice] = [...parts].sort(([, a], [, b]) => b.encounters - a.encounters || (a.identifier < b.identifier ? -1 : 1))[0]
  const encounterOf = (resource) => byUrl.get(resource.encounter?.reference) ?? byUrl.get(resource.context?.reference) ??
    byUrl.get(resource.context?.encounter?.reference) ??
    resource.item?.map((item) => byUrl.get(item.encounter?.[0]?.reference)).find((found) => found)
  const patient = resources.find((resource) => resource.resourceType === 'Patient')
  for (const resource of resources) {
    if (sharedTypes.has(resource.resourceType)) continue
    const encounter = resource.resourceType === 'Encounter' ? resource : encounterOf(resource)
    const part = encounter ? partOf(providerOf(encounter)) : practice
    part.own.push(resource)
  }
  const key = (resource) => `${resource.resourceType}/${resource.id}`
  for (const part of parts.values()) {
    const open = [patient, ...part.own]
    while (open.length > 0) {
      const resource = open.pop()
      if (part.all.has(key(resource))) continue
      part.all.set(key(resource), resource)
      for (const reference of references(resource)) {
        const target = byUrl.get(reference)
        if (target && sharedTypes.has(target.resourceType)) open.push(target)
      }
    }
  }
  // what nothing refers to lies with its own organisation, or with the practice
  for (const resource of resources) {
    if (resource.resourceType === 'Organization' && parts.has(odsOf(identifierOf(resource)))) {
      partOf(resource).all.set(key(resource), resource)
    } else if (![...parts.values()].some((part) => part.all.has(key(resource)))) {
      practice.all.set(key(resource), resource)
    }
  }
  return { patient, practice: practiceOds, parts, byUrl, resources }
}
