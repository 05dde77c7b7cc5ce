import { UserError } from '../errors/errors.ts';
import { hide } from '../errors/shown.ts';
import { configSchema } from './config-schema.ts';
import { type TemporalProfile, temporalProfileSchema, variableOf } from './temporal-profile.ts';
import type * as z from 'zod';

type Settings = z.output<typeof configSchema>;
export type Config = Omit<Settings, 'temporal'> & {
  temporal: TemporalProfile &
    Settings['temporal'] & {
      /** A problem with its settings that does not prevent a start; connecting fails with it. */
      problem?: UserError;
    };
};

/** Settings that no log, history or mail may show. */
const secretNames = [
  'DATABASE_URL',
  'S3_ACCESS_KEY',
  'S3_SECRET_KEY',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'PERENNIAL_METRICS_KEY',
  'PERENNIAL_SESSION_SECRET',
  'PERENNIAL_OIDC_CLIENT_SECRET',
  'PERENNIAL_SMTP_URL',
  'PERENNIAL_ALERT_SLACK',
  'PERENNIAL_ALERT_TEAMS',
  'PERENNIAL_ALERT_WEBHOOK',
  'PERENNIAL_ALERT_WEBHOOK_SECRET',
  'PERENNIAL_ALERT_PAGERDUTY',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'OTEL_EXPORTER_OTLP_TRACES_HEADERS',
] as const;

/** Checks the settings and Temporal's profile; from then on no text of this process shows one of their secrets. */
export function parseConfig(environment: Record<string, string | undefined>, profile: unknown): Config {
  // Compose files and charts pass unset variables as empty text.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  for (const name of secretNames) if (set[name] !== undefined) hide(set[name]);
  for (const key of (set['PERENNIAL_API_KEYS'] ?? '').split(',')) hide(key.trim());
  const parsed = configSchema.safeParse(set);
  const temporal = temporalProfileSchema.safeParse(profile);
  if (parsed.success && temporal.success)
    return { ...parsed.data, temporal: { ...temporal.data, ...parsed.data.temporal } };
  // Errors do not repeat values: an address can hold a password, and errors end up in logs.
  const problem = (name: string, message: string, unset: string): string =>
    `  ${name}: ${message}${set[name] === undefined ? ` (${unset})` : ''}`;
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => problem(path.join('.'), message, 'it is not set')),
    ...(temporal.error?.issues ?? []).map(({ path: [setting], message }) =>
      problem(variableOf(setting), message, 'as the profile in temporal.toml has it'),
    ),
  ];
  throw new UserError('CONFIG_INVALID', `The configuration is invalid:\n${problems.join('\n')}`);
}
