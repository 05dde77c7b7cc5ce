import { channelKinds } from '../../channels/index.ts';
import { closest } from '../../base/closest.ts';
import type * as z from 'zod';

/** What is wrong with a declaration, a line a problem. */
export const describeIssues = ({ issues }: z.ZodError, input: unknown): string =>
  issues.map((issue) => describeIssue(issue, input)).join('\n');

/** One line a problem: where, what was written, what is allowed. */
function describeIssue(issue: z.core.$ZodIssue, input: unknown): string {
  const path = issue.path.map(String).join('.') || '(top level)';
  if (issue.code === 'unrecognized_keys')
    return `  ${path}: unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}; ${issue.message}`;
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
  // The value of an invalid key is not at fault, the key is; zod keeps the reason one level down.
  if (issue.code === 'invalid_key') return `  ${path}: ${issue.issues[0]?.message ?? issue.message}`;
  return `  ${path}: ${wordsOf(issue, value)} (${written(value, issue.path)})`;
}

/** What a schema does not say in its own words. */
const IS_USUAL = /^(Invalid|Too) /;
function wordsOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (!IS_USUAL.test(issue.message)) return issue.message;
  if (issue.code === 'invalid_value') return oneOf(issue.values, value);
  // zod lists the kinds of a union in its message alone.
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined)
    return oneOf(
      [...issue.message.matchAll(/'([^']+)'/g)].map(([, kind]) => kind!),
      value,
    );
  if (issue.code === 'invalid_type') return `write ${types[issue.expected] ?? `a value of type ${issue.expected}`}`;
  if (issue.code !== 'too_small' && issue.code !== 'too_big') return issue.message;
  const isLeast = issue.code === 'too_small';
  const limit = isLeast ? issue.minimum : issue.maximum;
  if (issue.origin === 'string') return `write ${isLeast ? 'at least' : 'at most'} ${limit} characters`;
  if (issue.origin === 'array') return `list ${isLeast ? 'at least' : 'at most'} ${limit}`;
  if (issue.inclusive) return `write a number of ${limit} or ${isLeast ? 'more' : 'less'}`;
  return `write a number ${isLeast ? 'above' : 'below'} ${limit}`;
}

function oneOf(known: readonly unknown[], value: unknown): string {
  const near = typeof value === 'string' ? closest(value, known.map(String)) : null;
  const meant = near === null ? '' : `; did you mean "${near}"?`;
  return `write ${alternatives(known.map((one) => JSON.stringify(one)))}${meant}`;
}

const types: Partial<Record<string, string>> = {
  record: 'an object',
  object: 'an object',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** alternatives(['a', 'b', 'c']) // => 'a, b or c' */
const alternatives = (all: readonly string[]): string =>
  all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`;

const isSecretChannel = (key: PropertyKey): boolean =>
  Object.entries(channelKinds).some(([channel, { isSecret }]) => isSecret && channel === key);

function written(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined) return 'it is missing';
  // An address in place of its variable's name can contain a password, and errors end up in logs.
  if (path.some((key) => key === 'connection' || key === 'token' || isSecretChannel(key)))
    return 'the value is not shown: it may hold a password';
  if (typeof value === 'number' || typeof value === 'bigint') return `got ${value}`;
  return `got ${JSON.stringify(value)?.replace(/:\/\/[^/\s"]*@/g, '://***@')}`;
}
