// Answers requests by the IAM evaluator of @cloud-copilot, which is not ours: JSON on stdin, JSON on stdout.
//
// in:  { policies: [document, ...],
//        requests: [{ principal, account, action, resource, context, identity: [policy, ...],
//                    on?: policy, boundary?: policy, unchecked? }] }
// out: [true | false | null where the action has no such resource | "why it cannot be answered", ...], in their order
//
// A policy is named by its place in `policies`; `on` is that of the resource itself, such as a role's trust.
// Where `resource` is null it answers whether the action has none in IAM. `unchecked` leaves out whether the service
// authorization reference knows such a request: the policies alone decide.
import { createValidatedPolicy, validateIdentityPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy'
import { isWildcardOnlyAction, runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'
import { readFileSync } from 'node:fs'

const { policies, requests } = JSON.parse(readFileSync(0, 'utf8'))
const known = new Map()

// checked once, since many requests share a policy
function valid(place, check) {
  const key = `${check.name}${place}`
  if (!known.has(key)) known.set(key, createValidatedPolicy(policies[place], check, { name: key }))
  return known.get(key)
}

async function answer({ principal, account, action, resource, context, identity, on, boundary, unchecked }) {
  if (resource === null) return isWildcardOnlyAction(...action.split(':'))
  const simulation = {
    request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
    identityPolicies: identity.map((place) => ({ name: `${place}`, policy: valid(place, validateIdentityPolicy) })),
    serviceControlPolicies: [],
    resourceControlPolicies: []
  }
  if (on !== undefined) simulation.resourcePolicy = valid(on, validateResourcePolicy)
  if (boundary !== undefined) {
    simulation.permissionBoundaryPolicies = [{ name: `${boundary}`, policy: valid(boundary, validateIdentityPolicy) }]
  }
  if (unchecked) return runUnsafeSimulation(simulation, {}) === 'Allowed'
  const found = await runSimulation(simulation, {})
  if (found.errors?.message === 'no.resource.types') return null
  if (found.resultType === 'error') return `${action} on ${resource}: ${JSON.stringify(found.errors)}`
  const [first] = found.results ?? [found.result]
  if (first?.ignoredContextKeys?.length) return `${action} on ${resource} knows no ${first.ignoredContextKeys}`
  return found.overallResult === 'Allowed'
}

const answers = []
for (const request of requests) answers.push(await answer(request))
process.stdout.write(JSON.stringify(answers))
