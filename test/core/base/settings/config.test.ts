import assert from 'node:assert/strict';
import { parseConfig as parse } from '../../../../core/base/settings/config.ts';
import { UserError } from '../../../../core/base/errors/errors.ts';

const enough = {
  DATABASE_URL: 'postgres://perennial:secret@127.0.0.1:5432/perennial',
  OBJECT_STORE_URL: 'file:///var/lib/perennial/objects',
  PERENNIAL_DATA: '/var/lib/perennial',
};
const parseConfig = (environment: Record<string, string | undefined>, profile: unknown = {}) =>
  parse(environment, profile);
function complaint(change: Record<string, string | undefined>, profile?: unknown): string {
  try {
    parseConfig({ ...enough, ...change }, profile);
  } catch (error) {
    assert.ok(error instanceof UserError);
    assert.equal(error.code, 'CONFIG_INVALID');
    return error.message;
  }
  return 'it was accepted';
}

describe('parseConfig', () => {
  it('needs three variables and has a default for the rest', () => {
    const config = parseConfig({ ...enough, PATH: '/usr/bin' });
    assert.equal(config.databaseUrl, enough.DATABASE_URL);
    assert.equal(config.temporal.address, '127.0.0.1:7233');
    assert.equal(config.temporal.tls, undefined);
    assert.equal(config.host, '127.0.0.1');
    assert.equal(config.port, 8080);
    assert.deepEqual(config.apiKeys, []);
  });

  it('treats an empty variable as not set', () => {
    const set = { PERENNIAL_PORT: '', TEMPORAL_ADDRESS: '', LOG_LEVEL: '', TEMPORAL_TLS: '', TEMPORAL_API_KEY: '' };
    assert.deepEqual(parseConfig({ ...enough, ...set }), parseConfig(enough));
    assert.match(complaint({ PERENNIAL_DATA: '' }), /PERENNIAL_DATA: write the path of a folder \(it is not set\)/);
  });

  it('reads the recipients of alerts, and requires a sender for mails', () => {
    const { alerts } = parseConfig({
      ...enough,
      PERENNIAL_SMTP_URL: 'smtp://user:secret@mail.example.com:587',
      PERENNIAL_MAIL_FROM: 'Perennial <ml@example.com>',
      PERENNIAL_ALERT_EMAIL: 'ada@example.com, ben@example.com',
      PERENNIAL_ALERT_SLACK: 'https://hooks.example.com/services/T0/B0/secret',
    });
    assert.deepEqual([alerts.email, alerts.slack], [['ada@example.com', 'ben@example.com'], true]);
    assert.deepEqual(parseConfig(enough).alerts.email, []);
    const { installed } = parseConfig({
      ...enough,
      PERENNIAL_ALERT_QUIET: '22:00-07:00 Europe/Berlin',
      PERENNIAL_ALERT_DIGEST: 'day 08:00 Europe/Berlin',
      PERENNIAL_ALERT_ESCALATE: '30 minutes: ben@example.com, 2 hours: eva@example.com',
    }).alerts;
    assert.deepEqual(installed.quiet, { from: '22:00', to: '07:00', zone: 'Europe/Berlin' });
    assert.deepEqual(installed.digest, { every: 'day', at: '08:00', zone: 'Europe/Berlin', alone: false });
    const steps = installed.escalate!.map(({ after, email }) => [after, email]);
    assert.deepEqual(steps, [['30 minutes', ['ben@example.com']], ['2 hours', ['eva@example.com']]]); // prettier-ignore
    for (const quiet of ['22:00', '22:00-22:00 UTC', '22:00-07:00 Europe/Bern'])
      assert.match(
        complaint({ PERENNIAL_ALERT_QUIET: quiet }),
        /PERENNIAL_ALERT_QUIET: write hours and their time zone/,
      );
    for (const digest of ['day', 'month 08:00 UTC', 'day 8:00 UTC', 'day 08:00 UTC alone please'])
      assert.match(complaint({ PERENNIAL_ALERT_DIGEST: digest }), /PERENNIAL_ALERT_DIGEST: write how often/);
    for (const escalate of ['ben@example.com', '2 hours: a@x.org, 1 hour: b@x.org', '1 hour: ben'])
      assert.match(complaint({ PERENNIAL_ALERT_ESCALATE: escalate }), /PERENNIAL_ALERT_ESCALATE: write who is told/);
    const unsigned = complaint({ PERENNIAL_ALERT_WEBHOOK: 'https://example.com/alerts' });
    assert.match(unsigned, /PERENNIAL_ALERT_WEBHOOK_SECRET: write the secret .*\(it is not set\)/);
    const mail = { PERENNIAL_SMTP_URL: 'smtp://mail.example.com' };
    assert.match(complaint(mail), /PERENNIAL_MAIL_FROM: write the address .*\(it is not set\)/);
    assert.match(
      complaint({ PERENNIAL_ALERT_EMAIL: 'ada@example.com, ben' }),
      /PERENNIAL_ALERT_EMAIL: write addresses/,
    );
    const misplaced = complaint({ PERENNIAL_SMTP_URL: 'https://user:hunter2@mail' });
    assert.match(misplaced, /PERENNIAL_SMTP_URL: write smtp:/);
    assert.ok(!misplaced.includes('hunter2'));
  });

  it('accepts a name for an installation, and describes a valid one', () => {
    assert.equal(parseConfig(enough).temporal.installation, 'perennial');
    assert.equal(parseConfig({ ...enough, PERENNIAL_INSTALLATION: 'credit-2' }).temporal.installation, 'credit-2');
    for (const wrong of ['Credit', 'credit/eu', 'credit eu', '-credit', 'credit-', '2nd', 'x'.repeat(41)])
      assert.match(
        complaint({ PERENNIAL_INSTALLATION: wrong }),
        /PERENNIAL_INSTALLATION: write up to 40 lower-case/,
        wrong,
      );
  });

  it('lists everything that is missing at once', () => {
    const message = complaint({ DATABASE_URL: undefined, OBJECT_STORE_URL: undefined, PERENNIAL_DATA: undefined });
    assert.deepEqual(message.split('\n').slice(1), [
      '  DATABASE_URL: write postgres://user:password@host:port/database (it is not set)',
      '  OBJECT_STORE_URL: write file:///path/to/a/folder, or s3://bucket/prefix (it is not set)',
      '  PERENNIAL_DATA: write the path of a folder (it is not set)',
    ]);
  });

  it('says how a wrong value should have been written', () => {
    for (const url of ['http://bucket', '/a/folder', 's3://Bucket/prefix', 's3://bucket/prefix?x=1'])
      assert.match(complaint({ OBJECT_STORE_URL: url }), /OBJECT_STORE_URL: write .*s3:\/\/bucket\/prefix/);
    for (const url of ['minio:9000', 'http://minio:9000/bucket', 'ftp://minio'])
      assert.match(complaint({ S3_ENDPOINT: url }), /S3_ENDPOINT: write https:\/\/host:port/);
    assert.match(complaint({ TEMPORAL_TLS: 'yes' }), /TEMPORAL_TLS: .*"true"\|"false"/);
    assert.match(complaint({ LOG_LEVEL: 'loud' }), /LOG_LEVEL: .*"silent"\|"error"\|"warn"\|"info"\|"debug"/);
    for (const port of ['http', '65536', '-1', '80.5', ' '])
      for (const name of ['PERENNIAL_PORT', 'PERENNIAL_GRPC_PORT'])
        assert.match(complaint({ [name]: port }), new RegExp(`${name}: write a port, 0 to 65535$`));
  });

  it('says what is wrong with a profile for Temporal, and where it comes from', () => {
    const address = { address: 'http://temporal' };
    assert.match(
      complaint({ TEMPORAL_ADDRESS: 'http://temporal' }, address),
      /^ {2}TEMPORAL_ADDRESS: write host:port$/m,
    );
    assert.match(
      complaint({}, address),
      /TEMPORAL_ADDRESS: write host:port \(as the profile in temporal\.toml has it\)/,
    );
    assert.match(complaint({}, { apiKey: 7 }), /TEMPORAL_API_KEY: .*string/);
    assert.match(complaint({ TEMPORAL_TLS_CERT: '/tls.crt' }), /TEMPORAL_TLS_CERT: .*TEMPORAL_TLS_CLIENT_CERT_PATH/);
  });

  it('sends no API key to Temporal that anybody could read on the way', () => {
    const off = { tls: { disabled: true } };
    assert.match(complaint({ TEMPORAL_TLS: 'false' }, { apiKey: 'k', ...off }), /TEMPORAL_TLS: .*an API key needs/);
    assert.match(
      complaint({}, { tls: { disabled: true, clientCert: { path: '/c' } } }),
      /TEMPORAL_TLS: .*a certificate/,
    );
    assert.equal(parseConfig(enough, off).temporal.tls?.disabled, true);
  });

  it('reads how many days rows are kept', () => {
    assert.deepEqual(parseConfig(enough).keep, { predictions: 90, counts: 400 });
    const days = { PERENNIAL_KEEP_PREDICTIONS_DAYS: '30', PERENNIAL_KEEP_COUNTS_DAYS: '1000' };
    assert.deepEqual(parseConfig({ ...enough, ...days }).keep, { predictions: 30, counts: 1000 });
    for (const wrong of ['0', '30 days', '-1', '1.5'])
      assert.match(
        complaint({ PERENNIAL_KEEP_COUNTS_DAYS: wrong }),
        /PERENNIAL_KEEP_COUNTS_DAYS: write a number of days/,
      );
  });

  it('limits how often a key may call, generously by default', () => {
    assert.equal(parseConfig(enough).predictionsPerMinute, 600_000);
    const limited = { ...enough, PERENNIAL_PREDICTIONS_PER_MINUTE: '60' };
    assert.equal(parseConfig(limited).predictionsPerMinute, 60);
    for (const wrong of ['0', '-1', '10/s'])
      assert.match(complaint({ PERENNIAL_PREDICTIONS_PER_MINUTE: wrong }), /PER_MINUTE: write a number of requests/);
  });

  it('gives a server one process, or as many as are set', () => {
    assert.equal(parseConfig(enough).serverWorkers, 1);
    assert.equal(parseConfig({ ...enough, PERENNIAL_SERVER_WORKERS: '8' }).serverWorkers, 8);
    for (const wrong of ['0', '100', 'auto'])
      assert.match(complaint({ PERENNIAL_SERVER_WORKERS: wrong }), /SERVER_WORKERS: write a number of processes/);
  });

  it('bounds the disk that a server takes for predictions on their way to the log', () => {
    assert.equal(parseConfig(enough).spoolMb, 1024);
    assert.equal(parseConfig({ ...enough, PERENNIAL_SPOOL_MB: '64' }).spoolMb, 64);
    assert.match(complaint({ PERENNIAL_SPOOL_MB: '1 GB' }), /SPOOL_MB: write a number of MB/);
  });

  it('sends traces to a collector, by its base address or the whole one, and otherwise nowhere', () => {
    const [base, whole] = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
    const urlOf = (given: Record<string, string>) => parseConfig({ ...enough, ...given }).tracesUrl;
    assert.equal(urlOf({}), null);
    assert.equal(urlOf({ [base]: 'http://collector:4318/' }), 'http://collector:4318/v1/traces');
    assert.equal(urlOf({ [base]: 'http://one:4318', [whole]: 'https://other/v2' }), 'https://other/v2');
    assert.match(complaint({ [base]: 'collector:4317' }), /OTLP_ENDPOINT: write the address of a collector like http/);
  });

  it('makes a server stop at once, or after as many seconds as are set', () => {
    assert.equal(parseConfig(enough).drainSeconds, 0);
    assert.equal(parseConfig({ ...enough, PERENNIAL_DRAIN_SECONDS: '15' }).drainSeconds, 15);
    for (const wrong of ['-1', '1000', '5s'])
      assert.match(complaint({ PERENNIAL_DRAIN_SECONDS: wrong }), /DRAIN_SECONDS: write a number of seconds/);
  });

  it('accepts the origins of web pages that may call the server, and refuses anything else', () => {
    assert.deepEqual(parseConfig(enough).origins, []);
    const origins = 'https://app.example.com, http://localhost:3000';
    assert.deepEqual(parseConfig({ ...enough, PERENNIAL_CORS_ORIGINS: origins }).origins, [
      'https://app.example.com',
      'http://localhost:3000',
    ]);
    for (const wrong of ['*', 'app.example.com', 'https://app.example.com/', 'file:///tmp', 'null'])
      assert.match(complaint({ PERENNIAL_CORS_ORIGINS: wrong }), /CORS_ORIGINS: write origins like/);
  });

  it('reads how much memory DuckDB and a training may use', () => {
    const { duckMemoryMb, trainingMemoryMb } = parseConfig(enough);
    assert.deepEqual([duckMemoryMb, trainingMemoryMb], [undefined, 1_024]);
    const set = parseConfig({ ...enough, PERENNIAL_DUCKDB_MEMORY_MB: '900', PERENNIAL_TRAINING_MEMORY_MB: '2048' });
    assert.deepEqual([set.duckMemoryMb, set.trainingMemoryMb], [900, 2_048]);
    assert.equal(parseConfig({ ...enough, PERENNIAL_TRAININGS: '3' }).trainings, 3);
    assert.match(complaint({ PERENNIAL_TRAININGS: '0' }), /PERENNIAL_TRAININGS: write how many trainings/);
    for (const name of ['PERENNIAL_DUCKDB_MEMORY_MB', 'PERENNIAL_TRAINING_MEMORY_MB'])
      for (const wrong of ['0', '-1', '2GB', '1.5', '1e3', 'much'])
        assert.match(complaint({ [name]: wrong }), new RegExp(`${name}: write a number of MB, like 2048$`));
  });

  it('reads how people sign in, and names what is missing for it', () => {
    assert.deepEqual([parseConfig(enough).oidc, parseConfig(enough).sessionHours], [undefined, 12]);
    const set = {
      PERENNIAL_OIDC_ISSUER: 'https://login.example.com/realms/ml',
      PERENNIAL_OIDC_CLIENT_ID: 'perennial',
      PERENNIAL_OIDC_CLIENT_SECRET: 'known-to-the-provider',
      PERENNIAL_OIDC_GROUPS: 'ml-team=read operate; CN=admins,OU=ml=read admin;',
      PERENNIAL_PUBLIC_URL: 'https://perennial.example.com/',
      PERENNIAL_API_KEYS: '9f1c0d7b2a4e6f8091a3b5c7',
      PERENNIAL_SESSION_HOURS: '8',
    };
    const { oidc, sessionHours } = parseConfig({ ...enough, ...set });
    assert.equal(sessionHours, 8);
    assert.deepEqual(oidc, {
      issuer: 'https://login.example.com/realms/ml',
      clientId: 'perennial',
      clientSecret: 'known-to-the-provider',
      ask: 'openid profile email',
      claim: 'groups',
      groups: { 'ml-team': ['read', 'operate'], 'CN=admins,OU=ml': ['read', 'admin'] },
      publicUrl: 'https://perennial.example.com',
    });
    for (const name of ['CLIENT_ID', 'GROUPS'])
      assert.match(complaint({ ...set, [`PERENNIAL_OIDC_${name}`]: '' }), new RegExp(`PERENNIAL_OIDC_${name}: people who sign in`)); // prettier-ignore
    for (const name of ['PERENNIAL_PUBLIC_URL', 'PERENNIAL_API_KEYS'])
      assert.match(complaint({ ...set, [name]: '' }), new RegExp(`${name}: people who sign in`));
    for (const [name, value, says] of [
      ['PERENNIAL_OIDC_ISSUER', 'http://login.example.com', 'write the https:// address'],
      ['PERENNIAL_OIDC_GROUPS', 'ml-team=everything', 'write groups with their scopes'],
      ['PERENNIAL_OIDC_GROUPS', 'ml-team', 'write groups with their scopes'],
      ['PERENNIAL_OIDC_SCOPE', 'profile', 'write scopes of the provider'],
      ['PERENNIAL_PUBLIC_URL', 'https://example.com/console', 'write https://host'],
      ['PERENNIAL_PUBLIC_URL', 'perennial.example.com', 'write https://host'],
      ['PERENNIAL_PUBLIC_URL', 'ftp://perennial.example.com', 'write https://host'],
      ['PERENNIAL_OIDC_ISSUER', 'login', 'write the https:// address'],
    ] as const)
      assert.match(complaint({ ...set, [name]: value }), new RegExp(`^.*\\n +${name}: ${says}.*$`));
  });

  it('reads the size of each pool of connections', () => {
    const { connections, consoleConnections } = parseConfig({ ...enough, PERENNIAL_CONNECTIONS: '20' });
    assert.deepEqual([connections, consoleConnections], [20, 4]);
    for (const size of ['0', '-1', '1000', 'many'])
      assert.match(complaint({ PERENNIAL_CONSOLE_CONNECTIONS: size }), /CONSOLE_CONNECTIONS: write a number of connections, 1 to 999$/); // prettier-ignore
  });

  it("requires both keys of a bucket or neither, and assumes Amazon's first region", () => {
    const bucket = { OBJECT_STORE_URL: 's3://models/perennial' };
    assert.match(complaint({ ...bucket, S3_SECRET_KEY: 'secret' }), /S3_ACCESS_KEY: set both keys, or neither/);
    const place = { endpoint: undefined, region: 'us-east-1', role: {} };
    const { s3 } = parseConfig({ ...enough, ...bucket, S3_ACCESS_KEY: 'key', S3_SECRET_KEY: 'secret' });
    assert.deepEqual(s3, { ...place, accessKey: 'key', secretKey: 'secret' });
    const withRole = parseConfig({ ...enough, ...bucket, S3_ACCESS_KEY: '', S3_SECRET_KEY: '' });
    assert.deepEqual(withRole.s3, { ...place, accessKey: undefined, secretKey: undefined });
  });

  it('does not repeat a value, since it may hold a password', () => {
    assert.doesNotMatch(complaint({ DATABASE_URL: 'mysql://me:hunter2@db/perennial' }), /hunter2/);
  });

  it('reads several keys of callers, spaces and all', () => {
    const keys = ['9f1c0d7b2a4e6f8091a3b5c7', 'c0ffee1234567890deadbeef'];
    assert.deepEqual(parseConfig({ ...enough, PERENNIAL_API_KEYS: `${keys.join(', ')},,` }).apiKeys, keys);
  });

  it('refuses a key that could be guessed, and does not repeat it', () => {
    for (const key of ['hunter2', 'c0ffee1234567890deadbee', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa']) {
      const said = complaint({ PERENNIAL_API_KEYS: `9f1c0d7b2a4e6f8091a3b5c7,${key}` });
      assert.match(said, /PERENNIAL_API_KEYS: write keys of at least 24 random characters/);
      assert.doesNotMatch(said, new RegExp(key));
    }
    assert.match(
      complaint({ PERENNIAL_SESSION_SECRET: 'short' }),
      /PERENNIAL_SESSION_SECRET: write at least 32 random/,
    );
    assert.match(complaint({ PERENNIAL_METRICS_KEY: 'short' }), /PERENNIAL_METRICS_KEY: write at least 24 random/);
    for (const address of ['9464', 'worker:9464', '127.0.0.1'])
      assert.match(
        complaint({ PERENNIAL_METRICS_ADDRESS: address }),
        /PERENNIAL_METRICS_ADDRESS: write an IP address and a port, like 127\.0\.0\.1:9464$/,
      );
  });
});
