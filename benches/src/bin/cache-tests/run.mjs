// Has the suite's client run all tests against a cache, and prints what came of each.
// node run.mjs MODULES BASE, where MODULES is the node_modules with http-cache-tests.
import { createRequire } from 'node:module'
import path from 'node:path'
import process from 'node:process'

const [modules, base] = process.argv.slice(2)
const suite = path.join(modules, 'http-cache-tests')
const load = file => import(path.join(suite, file))

const { runTests, getResults } = await load('client/runner.mjs')
const sections = [...(await load('tests/index.mjs')).default, (await load('tests/surrogate-control.mjs')).default]
const { default: fetch } = createRequire(path.join(suite, 'cli.mjs'))('node-fetch')

await runTests(sections, fetch, false, base)
const results = getResults()
const tests = new Map(sections.flatMap(section => section.tests).map(test => [test.id, test]))
// As the suite's site counts: what builds on something that is not there shows nothing.
const passed = id => results[id] === true && (tests.get(id)?.depends_on ?? []).every(passed)
const outcomes = [...tests.values()]
  .filter(test => test.browser_only !== true)
  .map(test => ({
    id: test.id,
    kind: test.kind ?? 'required',
    passed: passed(test.id),
    said: results[test.id] === true ? 'it builds on others' : String(results[test.id]?.[1] ?? 'it was not run')
  }))
console.log(JSON.stringify(outcomes))
