import { UserError } from '../core/base/errors/errors.ts';
import { type Html } from '../pages/html.ts';
import { type Operations } from '../operations/index.ts';
import type * as z from 'zod';

export interface Field {
  name: string;
  label: string;
  choices?: readonly string[];
  /** It may be left empty. */
  optional?: true;
}
/** What an action is about, where the address only names it. */
export interface Subject {
  title: string;
  content: Html;
  facts: unknown;
}
type Given = Record<string, string>;
/** A version in a form: called('3') // => 'v3' */
export const called = (text = ''): string => (/^\d+$/.test(text) ? `v${text}` : text);

export interface Action {
  /** The button that does it. */
  verb: string;
  /** What the action will do, for the confirmation. */
  words: (given: Given) => string;
  /** Reads what it is about, to show above the button. */
  subject?: (operations: Operations, given: Given) => Promise<Subject>;
  /** The fields to fill in, besides those in the address. */
  fields: readonly Field[];
  /** Runs it, and returns what was done. */
  perform: (operations: Operations, given: unknown) => Promise<string>;
}

export function action<Shape extends z.ZodType>(
  given: Shape,
  {
    perform,
    ...rest
  }: Omit<Action, 'perform'> & {
    perform: (operations: Operations, given: z.output<Shape>) => Promise<string>;
  },
): Action {
  return {
    ...rest,
    async perform(operations, sent) {
      const parsed = given.safeParse(sent);
      if (parsed.success) return perform(operations, parsed.data);
      const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the form'}: ${message}`);
      throw new UserError('REQUEST_INVALID', `Nothing was changed. ${problems.join('; ')}`);
    },
  };
}
