import { secret, type Secret } from '../base/schema.ts';
import { incidents } from './hears.ts';

/** A service of PagerDuty, by its integration key for events of version 2. A variable holds the key. */
export const pagerduty = {
  declared: secret.optional(),
  targetsOf: (key: Secret | undefined): string[] => (key ? [key.env] : []),
  hears: incidents,
  isSecret: true,
};
