import { secret, type Secret } from '../base/schema.ts';
import { forPeople } from './hears.ts';

/** A web hook of a Teams workflow, which takes an adaptive card. A variable holds its address. */
export const teams = {
  declared: secret.optional(),
  targetsOf: (hook: Secret | undefined): string[] => (hook ? [hook.env] : []),
  hears: forPeople,
  isSecret: true,
};
