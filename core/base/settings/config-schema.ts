import { escalation, installedDigest, quietHours } from '../../alerts/installed.ts';
import { missingForOidc, oidcOf, oidcVariables } from '../../access/oidc.ts';
import {
  addresses,
  collector,
  connections,
  days,
  flag,
  hours,
  keys,
  listed,
  megabytes,
  metricsAddress,
  oneKey,
  origins,
  port,
  processes,
  renamed,
  requests,
  seconds,
  text,
  trainings,
} from './setting-kinds.ts';
import { USUAL_INSTALLATION } from '../names.ts';
import * as z from 'zod';

/** As OpenTelemetry has it: the base address is completed, the one for traces is taken as it is. */
const tracesUrlOf = (base: string | undefined, whole: string | undefined): string | null =>
  whole ?? (base === undefined ? null : `${base.replace(/\/$/, '')}/v1/traces`);

/** The variables by which a cloud gives a process a role, as Amazon's own tools name them. */
const roleVariables = z.object({
  AWS_WEB_IDENTITY_TOKEN_FILE: text,
  AWS_ROLE_ARN: text,
  AWS_ROLE_SESSION_NAME: text,
  AWS_ENDPOINT_URL_STS: text,
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: text,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: text,
  AWS_CONTAINER_AUTHORIZATION_TOKEN: text,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: text,
  AWS_EC2_METADATA_SERVICE_ENDPOINT: text,
});

// The bucket names that Amazon allows.
const BUCKET_URL = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[^?#]*)?$/;

const hook = z.url({ protocol: /^https?$/, error: 'write the https:// address of a web hook' }).optional();

/** Everything that our processes read from the environment, besides the secrets that declarations name. */
export const configSchema = z
  .object({
    /** Perennial's own database. */
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'write postgres://user:password@host:port/database' }),
    /** The maximum number of connections to it for the work of a worker or a server. */
    PERENNIAL_CONNECTIONS: connections(8),
    /** The maximum for a server's console in addition, and for a command. */
    PERENNIAL_CONSOLE_CONNECTIONS: connections(4),
    /** The memory that DuckDB may take in a worker in total; a share of the worker's memory by default. */
    PERENNIAL_DUCKDB_MEMORY_MB: megabytes.optional(),
    /** The memory that a training process may take, besides DuckDB in the worker that starts it. */
    PERENNIAL_TRAINING_MEMORY_MB: megabytes.default(1_024),
    /** How many trainings a worker runs at once; by default as many as its container has room for; outside of one, one. */
    PERENNIAL_TRAININGS: trainings.optional(),
    OBJECT_STORE_URL: z
      .url({ protocol: /^(file|s3)$/, error: 'write file:///path/to/a/folder, or s3://bucket/prefix' })
      .refine((url) => !url.startsWith('s3:') || BUCKET_URL.test(url), 'write s3://bucket/prefix, in lower case'),
    /** The address of an s3:// store; Amazon's by default. */
    S3_ENDPOINT: z
      .url({ protocol: /^https?$/, error: 'write https://host:port' })
      .refine((url) => /^https?:\/\/[^/?#@]+\/?$/.test(url), 'write https://host:port, with nothing behind it')
      .optional(),
    S3_REGION: z.string().default('us-east-1'),
    /** Both, or neither: without them the role of the environment gives keys. */
    S3_ACCESS_KEY: text,
    S3_SECRET_KEY: text,
    ...roleVariables.shape,
    /** The SDK reads it with the other connection settings, and would take any other word for no. */
    TEMPORAL_TLS: z.enum(['true', 'false', '1', '0']).optional(),
    TEMPORAL_TLS_CERT: renamed('TEMPORAL_TLS_CLIENT_CERT_PATH'),
    TEMPORAL_TLS_KEY: renamed('TEMPORAL_TLS_CLIENT_KEY_PATH'),
    TEMPORAL_UI_URL: text,
    /**
     * Keeps apart the installations that share a namespace: in the names of queues, ids and versions
     * (core/base/names.ts).
     */
    PERENNIAL_INSTALLATION: z
      .string()
      .regex(
        /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
        'write up to 40 lower-case letters, digits and dashes, like "credit-risk"',
      )
      .default(USUAL_INSTALLATION),
    /** This machine's folder for caches and the prediction spool. Losing it loses only unshipped predictions. */
    PERENNIAL_DATA: z.string({ error: 'write the path of a folder' }),
    /** A clock that is not the machine's: "FROM/SINCE/SPEED", as `npm start` passes it to its processes. */
    PERENNIAL_CLOCK: text,
    PERENNIAL_HOST: z.string().default('127.0.0.1'),
    PERENNIAL_PORT: port.default(8080),
    /** The port of the Open Inference Protocol over gRPC, on the same host; without it there is none. */
    PERENNIAL_GRPC_PORT: port.optional(),
    /** In how many processes a server answers on its port: one for each core it may use. */
    PERENNIAL_SERVER_WORKERS: processes,
    /** Origins whose web pages may ask for predictions, separated by commas: https://app.example.com */
    PERENNIAL_CORS_ORIGINS: origins,
    /** How long a server that is asked to stop answers on, not ready, until balancers have heard of it. */
    PERENNIAL_DRAIN_SECONDS: seconds,
    /** Keys that callers send as "authorization: Bearer KEY", separated by commas; optional only on loopback. */
    PERENNIAL_API_KEYS: keys,
    /** Signs the console's sessions, for servers that share them; by default each server makes its own. */
    PERENNIAL_SESSION_SECRET: z
      .string()
      .min(32, 'write at least 32 random characters; "openssl rand -hex 32" makes them')
      .optional(),
    /** How long somebody who signed in to the console stays so. */
    PERENNIAL_SESSION_HOURS: hours(12),
    ...oidcVariables.shape,
    /**
     * How many prediction requests a key may send to a server in a minute; the default is more than a server can
     * answer.
     */
    PERENNIAL_PREDICTIONS_PER_MINUTE: requests(600_000),
    /** How much of its disk each process of a server may take for predictions that are not logged yet. */
    PERENNIAL_SPOOL_MB: megabytes.default(1_024),
    /** A server's name in its alerts and counts; its host name by default. */
    PERENNIAL_REPLICA: text,
    /** The mail server for alerts, and their sender. */
    PERENNIAL_SMTP_URL: z
      .url({ protocol: /^smtps?$/, error: 'write smtp://user:password@host:port, or smtps://' })
      .optional(),
    PERENNIAL_MAIL_FROM: z.string().regex(/@/, 'write an address like perennial@example.com').optional(),
    /** Recipients of every alert, besides those in a pipeline's declaration. */
    PERENNIAL_ALERT_EMAIL: addresses,
    PERENNIAL_ALERT_SLACK: hook,
    PERENNIAL_ALERT_TEAMS: hook,
    /** Hours in which warnings wait, a summary of warnings, and who gets critical alerts that nobody acknowledges. */
    PERENNIAL_ALERT_QUIET: quietHours,
    PERENNIAL_ALERT_DIGEST: installedDigest,
    PERENNIAL_ALERT_ESCALATE: escalation,
    /** A program's web hook, and the secret that its messages are signed with. */
    PERENNIAL_ALERT_WEBHOOK: hook,
    PERENNIAL_ALERT_WEBHOOK_SECRET: z.string().min(16, 'write at least 16 random characters').optional(),
    /** The integration key of a PagerDuty service, and where its region takes events. */
    PERENNIAL_ALERT_PAGERDUTY: text,
    PERENNIAL_PAGERDUTY_URL: z
      .url({ protocol: /^https?$/, error: 'write https://events.eu.pagerduty.com/v2/enqueue for the EU' })
      .default('https://events.pagerduty.com/v2/enqueue'),
    /** Whether web hooks may be on this machine or in a private network. */
    PERENNIAL_WEBHOOKS_PRIVATE: flag,
    /** The folders that hold the files of sources, separated by commas. */
    PERENNIAL_DATA_ROOTS: z.string().default('pipelines'),
    /** The folders that hold the files of pipelines' own recipes, separated by commas: code, unlike the above. */
    PERENNIAL_RECIPES: z.string().default('pipelines'),
    /** Whether an API that is a source may have a link-local address, as the metadata services of clouds have. */
    PERENNIAL_SOURCES_LINK_LOCAL: flag,
    /** How long logged predictions, with their rows, and their hourly counts are kept. */
    PERENNIAL_KEEP_PREDICTIONS_DAYS: days(90),
    PERENNIAL_KEEP_COUNTS_DAYS: days(400),
    /** Where a worker serves its metrics for Prometheus; without it it serves none. */
    PERENNIAL_METRICS_ADDRESS: metricsAddress,
    /** The key with which Prometheus reads a server's metrics: it may read, and nothing else. */
    PERENNIAL_METRICS_KEY: oneKey,
    /** Where traces go, by OTLP over HTTP: a collector's base address, or the whole address for traces. Without them there are none. */
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector,
    LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  })
  .superRefine((env, { addIssue }) => {
    if (!env.OBJECT_STORE_URL.startsWith('s3:')) return;
    const [set, other] = ['S3_ACCESS_KEY', 'S3_SECRET_KEY'] as const;
    if ((env[set] === undefined) !== (env[other] === undefined))
      addIssue({
        code: 'custom',
        path: [env[set] === undefined ? set : other],
        message: 'set both keys, or neither to use the role of the environment',
      });
  })
  .superRefine((env, { addIssue }) => {
    for (const name of missingForOidc(env))
      addIssue({ code: 'custom', path: [name], message: 'people who sign in with PERENNIAL_OIDC_ISSUER need it' });
  })
  .superRefine((env, { addIssue }) => {
    if (env.PERENNIAL_SMTP_URL !== undefined && env.PERENNIAL_MAIL_FROM === undefined)
      addIssue({
        code: 'custom',
        path: ['PERENNIAL_MAIL_FROM'],
        message: 'write the address that alerts are mailed from',
      });
  })
  .superRefine((env, { addIssue }) => {
    if (env.PERENNIAL_ALERT_WEBHOOK !== undefined && env.PERENNIAL_ALERT_WEBHOOK_SECRET === undefined)
      addIssue({
        code: 'custom',
        path: ['PERENNIAL_ALERT_WEBHOOK_SECRET'],
        message: 'write the secret that messages to the web hook are signed with',
      });
  })
  .transform((env) => ({
    databaseUrl: env.DATABASE_URL,
    connections: env.PERENNIAL_CONNECTIONS,
    consoleConnections: env.PERENNIAL_CONSOLE_CONNECTIONS,
    duckMemoryMb: env.PERENNIAL_DUCKDB_MEMORY_MB,
    trainingMemoryMb: env.PERENNIAL_TRAINING_MEMORY_MB,
    trainings: env.PERENNIAL_TRAININGS,
    objectStoreUrl: env.OBJECT_STORE_URL,
    s3: {
      endpoint: env.S3_ENDPOINT,
      region: env.S3_REGION,
      accessKey: env.S3_ACCESS_KEY,
      secretKey: env.S3_SECRET_KEY,
      role: roleVariables.parse(env),
    },
    temporal: {
      uiUrl: env.TEMPORAL_UI_URL,
      installation: env.PERENNIAL_INSTALLATION,
    },
    dataFolder: env.PERENNIAL_DATA,
    clock: env.PERENNIAL_CLOCK,
    host: env.PERENNIAL_HOST,
    port: env.PERENNIAL_PORT,
    origins: env.PERENNIAL_CORS_ORIGINS,
    grpcPort: env.PERENNIAL_GRPC_PORT,
    drainSeconds: env.PERENNIAL_DRAIN_SECONDS,
    spoolMb: env.PERENNIAL_SPOOL_MB,
    serverWorkers: env.PERENNIAL_SERVER_WORKERS,
    apiKeys: env.PERENNIAL_API_KEYS,
    sessionSecret: env.PERENNIAL_SESSION_SECRET,
    sessionHours: env.PERENNIAL_SESSION_HOURS,
    oidc: oidcOf(env),
    predictionsPerMinute: env.PERENNIAL_PREDICTIONS_PER_MINUTE,
    replica: env.PERENNIAL_REPLICA,
    alerts: {
      smtpUrl: env.PERENNIAL_SMTP_URL,
      mailFrom: env.PERENNIAL_MAIL_FROM ?? '',
      email: env.PERENNIAL_ALERT_EMAIL,
      slack: env.PERENNIAL_ALERT_SLACK !== undefined,
      teams: env.PERENNIAL_ALERT_TEAMS !== undefined,
      webhook: env.PERENNIAL_ALERT_WEBHOOK !== undefined,
      pagerduty: env.PERENNIAL_ALERT_PAGERDUTY !== undefined,
      pagerdutyUrl: env.PERENNIAL_PAGERDUTY_URL,
      privateHooks: env.PERENNIAL_WEBHOOKS_PRIVATE,
      installed: {
        quiet: env.PERENNIAL_ALERT_QUIET,
        digest: env.PERENNIAL_ALERT_DIGEST,
        escalate: env.PERENNIAL_ALERT_ESCALATE,
      },
      publicUrl: env.PERENNIAL_PUBLIC_URL?.replace(/\/$/, '') ?? null,
    },
    sources: { linkLocal: env.PERENNIAL_SOURCES_LINK_LOCAL, dataRoots: listed(env.PERENNIAL_DATA_ROOTS) },
    recipeRoots: listed(env.PERENNIAL_RECIPES),
    keep: { predictions: env.PERENNIAL_KEEP_PREDICTIONS_DAYS, counts: env.PERENNIAL_KEEP_COUNTS_DAYS },
    metricsAddress: env.PERENNIAL_METRICS_ADDRESS,
    metricsKey: env.PERENNIAL_METRICS_KEY,
    tracesUrl: tracesUrlOf(env.OTEL_EXPORTER_OTLP_ENDPOINT, env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT),
    logLevel: env.LOG_LEVEL,
  }));
