import { secret, type Secret } from '../base/schema.ts';

/** An incoming web hook in Slack's format, by the variable that holds its address: whoever knows that may post. */
export const slack = {
  declared: secret.optional(),
  targetsOf: (hook: Secret | undefined): string[] => (hook ? [hook.env] : []),
  isSecret: true,
};
