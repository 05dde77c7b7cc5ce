import { type Config, parseConfig } from '../../core/base/config.ts';
import { UserError } from '../../core/base/errors.ts';
import { readTemporalProfile, withoutTemporal } from '../temporal/profile.ts';

type Environment = Record<string, string | undefined>;

/** The settings of an environment, with the profile for Temporal that it names. */
export const readConfig = (environment: Environment): Config =>
  parseConfig(environment, readTemporalProfile(environment));

/** The same for who has work without Temporal too: what is wrong with its settings is told when it is asked. */
export function readConfigOrProblem(environment: Environment): Config {
  try {
    return readConfig(environment);
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    const others = parseConfig(withoutTemporal(environment), {}); // throws what is wrong with these
    return { ...others, temporal: { ...others.temporal, problem } };
  }
}
