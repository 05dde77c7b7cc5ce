import { readConfig } from '../../../../wiring/settings.ts';
import { connectionOptions } from '../../../../adapters/temporal/connection/connection-options.ts';
import { createTemporalClient } from '../../../../adapters/temporal/connection/connection.ts';
import { untilServes } from '../../../../adapters/temporal/connection/ready.ts';
import {
  noTemporal,
  readTemporalProfile,
  temporalNamedBy,
} from '../../../../adapters/temporal/connection/connection-profile.ts';
import { UserError } from '../../../../core/base/errors/errors.ts';
import { shown } from '../../../../core/base/errors/shown.ts';
import { devServer } from '../../../support/temporal/dev-server.ts';
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bytes = (text: string) => new TextEncoder().encode(text);
const enough = {
  DATABASE_URL: 'postgres://127.0.0.1:1/p',
  OBJECT_STORE_URL: 'file:///nowhere',
  PERENNIAL_DATA: '/nowhere',
};
const profiles = `
[profile.default]
address = "personal.example.com:7233"
api_key = "personal-key-0123456789"

[profile.team]
address = "team.example.com:7233"
namespace = "models"
api_key = "team-key-0123456789"
[profile.team.tls]
server_name = "temporal.example.com"
client_cert_path = "/nowhere/client.pem"
client_key_path = "/nowhere/client.key"
[profile.team.grpc_meta]
tenant = "tenant-0123456789"
`;

describe('the connection to Temporal', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'perennial-test-profile-'));
    mkdirSync(join(folder, 'temporalio'));
    file = join(folder, 'temporalio', 'temporal.toml');
    writeFileSync(file, profiles);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (environment: Record<string, string>) => readConfig({ ...enough, ...environment }).temporal;
  const problem = (environment: Record<string, string>): string => {
    try {
      read(environment);
    } catch (error) {
      assert.ok(error instanceof UserError && error.code === 'CONFIG_INVALID');
      return error.message;
    }
    return 'it was accepted';
  };

  it('comes from a profile in a file, and single variables override it', () => {
    const team = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'team' };
    const { address, namespace, apiKey, tls } = read({ ...team, TEMPORAL_NAMESPACE: 'others' });
    assert.deepEqual([address, namespace, apiKey], ['team.example.com:7233', 'others', 'team-key-0123456789']);
    assert.equal(tls!.serverName, 'temporal.example.com');
    const metadata = { ...team, TEMPORAL_GRPC_META_TENANT: 'another' };
    assert.deepEqual(read(metadata).grpcMeta, { tenant: 'another' });
  });

  it('comes from the Temporal CLI’s file by default, and never in addition to an address', () => {
    assert.equal(read({ XDG_CONFIG_HOME: folder, HOME: folder }).address, 'personal.example.com:7233');
    const { address, namespace, apiKey } = read({ XDG_CONFIG_HOME: folder, TEMPORAL_ADDRESS: 'here:7233' });
    assert.deepEqual([address, namespace, apiKey], ['here:7233', 'default', undefined]);
    const both = read({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'team', TEMPORAL_ADDRESS: 'here:7233' });
    assert.deepEqual([both.address, both.namespace], ['here:7233', 'models']);
  });

  it('goes to this machine where there is no file, and an empty variable counts as none', () => {
    const { address, namespace, tls } = read({ HOME: '/nowhere', TEMPORAL_PROFILE: '', TEMPORAL_CONFIG_FILE: '' });
    assert.deepEqual([address, namespace, tls], ['127.0.0.1:7233', 'default', undefined]);
  });

  it('shows no key of a file or a variable in any text', () => {
    read({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'team', TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer 0123456' });
    assert.equal(shown('a team-key-0123456789 b tenant-0123456789 c Bearer 0123456'), 'a *** b *** c ***');
  });

  it('reports in plain words what is wrong with a file, and repeats nothing of it', () => {
    const named = { TEMPORAL_CONFIG_FILE: file };
    assert.match(
      problem({ TEMPORAL_CONFIG_FILE: '/nowhere/t.toml' }),
      /names \/nowhere\/t\.toml, which does not exist\. Correct/,
    );
    assert.match(
      problem({ ...named, TEMPORAL_PROFILE: 'tema' }),
      /Profile 'tema' not found.*set TEMPORAL_ADDRESS alone/,
    );
    writeFileSync(file, '[profile.default]\napi_key = secret-without-quotes\n');
    assert.match(problem(named), /temporal\.toml is not valid TOML \(line 2\)\./);
    assert.doesNotMatch(problem(named), /secret-without-quotes/);
    writeFileSync(file, '# nothing yet\n');
    assert.match(problem(named), /holds no profile: begin one with \[profile\.default\]/);
    writeFileSync(file, '[profile.default]\naddress = "https://here"\n');
    assert.match(problem(named), /TEMPORAL_ADDRESS: write host:port \(as the profile in temporal\.toml has it\)/);
  });

  it('never falls back to this machine when a named file lacks its profile', () => {
    writeFileSync(file, '[profile.team]\naddress = "team.example.com:7233"\n[profile.bare]\nnamespace = "models"\n');
    const named = { TEMPORAL_CONFIG_FILE: file };
    assert.match(problem(named), /temporal\.toml gives no address in \[profile\.default\]; TEMPORAL_PROFILE chooses/);
    assert.match(problem({ ...named, TEMPORAL_PROFILE: 'bare' }), /no address in \[profile\.bare\]/);
    assert.equal(read({ ...named, TEMPORAL_ADDRESS: 'here:7233' }).address, 'here:7233');
  });

  it("may not skip the check of the server's certificate", () => {
    const unchecked = { TEMPORAL_ADDRESS: 'here:7233', TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: 'true' };
    assert.match(problem(unchecked), /DISABLE_HOST_VERIFICATION is not supported: .*TEMPORAL_TLS_SERVER_NAME/);
  });

  it('names a certificate file that cannot be read by its path and its variable', async () => {
    const settings = read({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'team' });
    await assert.rejects(connectionOptions(settings), {
      code: 'CONFIG_INVALID',
      message:
        /TEMPORAL_TLS_CLIENT_CERT_PATH \(in temporal\.toml tls\.client_cert_path\) .*\/nowhere\/client\.pem.*Put it there/,
    });
    const half = read({ TEMPORAL_ADDRESS: 'here:7233', TEMPORAL_TLS_CLIENT_CERT_PATH: file });
    await assert.rejects(connectionOptions(half), { code: 'CONFIG_INVALID', message: /Set both .* or neither/ });
  });

  it('reports at once which variables name an invalid certificate or key', async () => {
    writeFileSync(join(folder, 'client.pem'), 'no certificate');
    const paths = { TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'client.pem'), TEMPORAL_TLS_CLIENT_KEY_PATH: file };
    const settings = read({ TEMPORAL_ADDRESS: '127.0.0.1:1', ...paths });
    for (const connecting of [untilServes(settings), createTemporalClient(settings)])
      await assert.rejects(connecting, {
        code: 'CONFIG_INVALID',
        message: /certificate and the key .*PEM.* TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH/,
      });
  });

  it("reports at once that the server's certificate is not one", async () => {
    writeFileSync(join(folder, 'ca.pem'), 'no certificate');
    for (const given of [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(folder, 'ca.pem') },
      { TEMPORAL_TLS_SERVER_CA_CERT_DATA: 'no certificate' },
    ])
      await assert.rejects(untilServes(read({ TEMPORAL_ADDRESS: '127.0.0.1:1', ...given })), {
        code: 'CONFIG_INVALID',
        message: /TEMPORAL_TLS_SERVER_CA_CERT_PATH .* gives no certificate: .*BEGIN CERTIFICATE/,
      });
  });

  it('is encrypted when there is a key or a certificate, whatever else is set', async () => {
    const given = { TEMPORAL_ADDRESS: 'here:7233' };
    const tlsOf = async (more: Record<string, string>) => (await connectionOptions(read({ ...given, ...more }))).tls;
    assert.equal(await tlsOf({}), undefined);
    assert.equal(await tlsOf({ TEMPORAL_API_KEY: 'key-0123456789' }), true);
    assert.deepEqual(await tlsOf({ TEMPORAL_TLS: 'true', TEMPORAL_TLS_SERVER_NAME: 'name' }), {
      serverNameOverride: 'name',
      serverRootCACertificate: undefined,
      clientCertPair: undefined,
    });
    const text = { TEMPORAL_TLS_CLIENT_CERT_DATA: 'certificate', TEMPORAL_TLS_CLIENT_KEY_DATA: 'key' };
    assert.deepEqual((await tlsOf(text)) as object, {
      serverNameOverride: undefined,
      serverRootCACertificate: undefined,
      clientCertPair: { crt: bytes('certificate'), key: bytes('key') },
    });
  });

  it('is chosen by an address, a profile or a file, and by no other variable', () => {
    assert.equal(temporalNamedBy({ TEMPORAL_ADDRESS: '', TEMPORAL_NAMESPACE: 'models' }), undefined);
    assert.equal(temporalNamedBy({ TEMPORAL_PROFILE: 'team' }), 'TEMPORAL_PROFILE');
    const unset = { TEMPORAL_PROFILE: undefined, TEMPORAL_API_KEY: undefined };
    assert.deepEqual(noTemporal({ TEMPORAL_PROFILE: 'team', TEMPORAL_API_KEY: 'k', PATH: '/bin' }), unset);
  });

  describe('to a real server @slow', () => {
    const server = devServer();
    it('works with nothing but a profile', async () => {
      const { address } = server().settings;
      writeFileSync(file, `[profile.default]\naddress = "${address}"\nnamespace = "default"\n`);
      const profile = readTemporalProfile({ XDG_CONFIG_HOME: folder, HOME: folder });
      assert.equal(profile.address, address);
      const client = await createTemporalClient(read({ TEMPORAL_CONFIG_FILE: file }));
      try {
        assert.ok((await client.workflowService.getSystemInfo({})).serverVersion);
      } finally {
        await client.connection.close();
      }
    });
  });
});
