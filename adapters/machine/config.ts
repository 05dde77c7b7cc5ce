import { type Config, parseConfig } from '../../core/base/config.ts';
import { readTemporalProfile } from '../temporal/profile.ts';

/** The settings of an environment, with the profile for Temporal that it names. */
export const readConfig = (environment: Record<string, string | undefined>): Config =>
  parseConfig(environment, readTemporalProfile(environment));
