import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { hide } from '../../../core/base/errors/shown.ts';
import { type ClientConfigProfile, loadClientConfigProfile } from '@temporalio/envconfig';
import { existsSync } from 'node:fs';

type Environment = Record<string, string | undefined>;

/** Each of these chooses a Temporal. */
const naming = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'] as const;

/** The variable with which an environment chooses a Temporal; undefined when it chooses none. */
export const temporalNamedBy = (environment: Environment): (typeof naming)[number] | undefined =>
  naming.find((name) => environment[name]);

/** The SDK would ignore it, and verify. */
const UNCHECKED = 'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION';

const isOfTemporal = (name: string): boolean => name.startsWith('TEMPORAL_');

export const withoutTemporal = <Value>(environment: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !isOfTemporal(name)));

/** Unsets the variables of a Temporal, for a child process that must not use it. */
export const noTemporal = (environment: Environment): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(environment)
      .filter(isOfTemporal)
      .map((name) => [name, undefined]),
  );

/**
 * How to reach Temporal: a profile of temporal.toml, which variables override. With an address set, the file is read
 * only if it or a profile is named too: an address must not meet the key of another Temporal.
 */
export function readTemporalProfile(environment: Environment): ClientConfigProfile {
  // Compose files and charts pass unset variables as empty text.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value)) as Record<string, string>;
  if (set[UNCHECKED])
    throw new UserError(
      'CONFIG_INVALID',
      `${UNCHECKED} is not supported: anyone between here and the server could read everything. Unset it, and set ` +
        "TEMPORAL_TLS_SERVER_NAME to the name in the server's certificate.",
    );
  const file = set['TEMPORAL_CONFIG_FILE'];
  if (file !== undefined && !existsSync(file))
    throw invalid(`TEMPORAL_CONFIG_FILE names ${file}, which does not exist.`);
  const disableFile = temporalNamedBy(set) === 'TEMPORAL_ADDRESS' && !set['TEMPORAL_PROFILE'] && file === undefined;
  const profile = load(set, disableFile, file ?? 'temporal.toml, where the Temporal CLI keeps it,');
  if (file !== undefined && profile.address === undefined)
    throw invalid(
      `${file} gives no address in [profile.${set['TEMPORAL_PROFILE'] ?? 'default'}]; ` +
        'TEMPORAL_PROFILE chooses the profile.',
    );
  return profile;
}

function load(overrideEnvVars: Record<string, string>, disableFile: boolean, file: string): ClientConfigProfile {
  try {
    const profile = loadClientConfigProfile({ disableFile, overrideEnvVars });
    for (const secret of secretsOf(profile)) hide(secret);
    return profile;
  } catch (error) {
    throw invalid(whatIsWrong(error, file));
  }
}

/** The file can hold a key, so the error repeats none of its content. */
function whatIsWrong(error: unknown, file: string): string {
  if (error instanceof Error && 'line' in error) return `${file} is not valid TOML (line ${String(error.line)}).`;
  if (error instanceof TypeError) return `${file} holds no profile: begin one with [profile.default].`;
  return `The profile for Temporal cannot be read: ${messageOf(error)}.`;
}

const invalid = (what: string): UserError =>
  new UserError('CONFIG_INVALID', `${what} Correct it, or set TEMPORAL_ADDRESS alone to do without a file.`);

const text = (of: string | Uint8Array): string => (typeof of === 'string' ? of : new TextDecoder().decode(of));

const secretsOf = ({ apiKey, tls, grpcMeta }: ClientConfigProfile): string[] => [
  ...(apiKey === undefined ? [] : [apiKey]),
  ...(tls?.clientKey && 'data' in tls.clientKey ? [text(tls.clientKey.data)] : []),
  ...Object.values(grpcMeta ?? {}),
];
