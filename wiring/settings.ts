import { readTemporalProfile, withoutTemporal } from '../adapters/temporal/profile.ts';
import { type Config, parseConfig } from '../core/base/config.ts';
import { UserError } from '../core/base/errors.ts';

export type Environment = Record<string, string | undefined>;

/** The settings of an environment, with its Temporal profile. */
export const readConfig = (environment: Environment): Config =>
  parseConfig(environment, readTemporalProfile(environment));

/** The same for processes that can work without Temporal: a problem with its settings is reported on the first call. */
export function readConfigOrProblem(environment: Environment): Config {
  try {
    return readConfig(environment);
  } catch (problem) {
    if (!(problem instanceof UserError)) throw problem;
    const others = parseConfig(withoutTemporal(environment), {}); // throws if these are invalid
    return { ...others, temporal: { ...others.temporal, problem } };
  }
}
