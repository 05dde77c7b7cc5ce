import { channelKinds } from '../../channels/index.ts';
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
  return `  ${path}: ${issue.message} (${written(value, issue.path)})`;
}

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
