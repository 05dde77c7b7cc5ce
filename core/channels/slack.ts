import { secret, type Secret } from '../base/schema.ts';
import { forPeople } from './hears.ts';

/** An incoming web hook in Slack's format. A variable holds its address: anyone who knows that can post. */
export const slack = {
  declared: secret.optional(),
  targetsOf: (hook: Secret | undefined): string[] => (hook ? [hook.env] : []),
  hears: forPeople,
  isSecret: true,
};
