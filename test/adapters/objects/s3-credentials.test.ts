import { RoleCredentials } from '../../../adapters/objects/s3-credentials.ts';
import { createS3Store, ensureBucket } from '../../../adapters/objects/s3-store.ts';
import { shown } from '../../../core/base/errors/shown.ts';
import { bucketForSuite } from '../../support/outside/bucket.ts';
import { folderPerTest } from '../../support/folders.ts';
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Asked {
  what: string;
  headers: IncomingMessage['headers'];
  body: string;
}

describe('the credentials of a role', () => {
  const folder = folderPerTest();
  let server: Server;
  let url: string;
  let asked: Asked[];
  let answers: (asked: Asked) => [status: number, body: string];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        asked.push({ what: `${request.method} ${request.url}`, headers: request.headers, body });
        const [status, answer] = answers(asked.at(-1)!);
        response.writeHead(status).end(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void (server.closeAllConnections(), server.close()));

  const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
  const keys = (change = {}) =>
    JSON.stringify({
      AccessKeyId: 'role-key',
      SecretAccessKey: 'role-secret',
      Token: 'role-session',
      Expiration: inAnHour(),
      ...change,
    });
  const sts = (token: string) =>
    `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>role-key</AccessKeyId>` +
    `<SecretAccessKey>role-secret</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${inAnHour()}</Expiration>` +
    '</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>';
  const tokenFile = (text: string): string => {
    writeFileSync(join(folder(), 'token'), text);
    return join(folder(), 'token');
  };
  const from = (environment: Record<string, string>) => new RoleCredentials('us-east-1', environment);
  const found = async (credentials: RoleCredentials) => {
    const { accessKey, secretKey, sessionToken } = await credentials.getCredentials();
    return [accessKey, secretKey, sessionToken];
  };

  it('come by web identity, with the token as its file has it now', async () => {
    answers = () => [200, sts('role-session')];
    const file = tokenFile('a-token-of-the-cluster\n');
    const role = 'arn:aws:iam::123456789012:role/perennial';
    const credentials = from({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ENDPOINT_URL_STS: url });
    assert.deepEqual(await found(credentials), ['role-key', 'role-secret', 'role-session']);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(asked[0]!.body)), {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: role,
      RoleSessionName: 'perennial',
      WebIdentityToken: 'a-token-of-the-cluster',
    });
    assert.equal(asked[0]!.what, 'POST /', 'the token is in no address');
  });

  it('come from the service of a container, whose answers have no code', async () => {
    answers = () => [200, keys()];
    const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile('a-token-of-the-pod') };
    const credentials = from({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`, ...token });
    assert.deepEqual(await found(credentials), ['role-key', 'role-secret', 'role-session']);
    assert.equal(asked[0]!.what, 'GET /v1/credentials');
    assert.equal(asked[0]!.headers.authorization, 'a-token-of-the-pod');
  });

  it('come from the metadata service of a machine', async () => {
    answers = ({ what }) => [200, what.startsWith('PUT') ? 'session' : what.endsWith('/') ? 'our-role' : keys()];
    assert.deepEqual(await found(from({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url })), [
      'role-key',
      'role-secret',
      'role-session',
    ]);
    assert.deepEqual(
      asked.map(({ what }) => what),
      [
        'PUT /latest/api/token',
        'GET /latest/meta-data/iam/security-credentials/',
        'GET /latest/meta-data/iam/security-credentials/our-role',
      ],
    );
    assert.equal(asked[2]!.headers['x-aws-ec2-metadata-token'], 'session');
  });

  it('are never shown, nor is the token used to request them', async () => {
    const secrets = { SecretAccessKey: 'role-secret-2', Token: 'role-session-2' };
    answers = () => [200, keys(secrets)];
    const token = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile('a-token-of-pod-2') };
    await found(from({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url, ...token }));
    assert.equal(shown('role-secret-2, role-session-2, a-token-of-pod-2'), '***, ***, ***');
  });

  it('are requested once for many callers, and again before they expire, while the current ones still serve', async () => {
    let Expiration = new Date(Date.now() + 60_000).toISOString();
    answers = () => [asked.length < 3 ? 200 : 500, keys({ AccessKeyId: `key-${asked.length}`, Expiration })];
    const credentials = from({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
    await Promise.all(Array.from({ length: 10 }, () => credentials.getCredentials()));
    assert.equal(asked.length, 1);
    assert.equal((await found(credentials))[0], 'key-2', 'a minute is not enough');
    assert.equal((await found(credentials))[0], 'key-2', 'the service is away');
    assert.equal(asked.length, 3);
    Expiration = inAnHour();
    answers = () => [200, keys({ Expiration })];
    await credentials.getCredentials();
    await credentials.getCredentials();
    assert.equal(asked.length, 4);
  });

  it('report which role is refused, with the service’s error code', async () => {
    answers = () => [
      403,
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>',
    ];
    const file = tokenFile('a-token-of-the-cluster');
    await assert.rejects(found(from({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ENDPOINT_URL_STS: url })), {
      code: 'OBJECT_STORE_REFUSED',
      message: /gives no keys.* 403 AccessDenied\. Check AWS_ROLE_ARN.*service account/,
    });
    answers = () => [503, 'slow down'];
    await assert.rejects(found(from({ AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ENDPOINT_URL_STS: url })), {
      code: 'OBJECT_STORE_UNREACHABLE',
    });
  });

  for (const { who, environment, busy } of [
    { who: "a machine's service", environment: () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url }), busy: [503, ''] },
    {
      who: 'STS',
      environment: () => ({
        AWS_ENDPOINT_URL_STS: url,
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile('a-token'),
        AWS_ROLE_ARN: 'r',
      }),
      busy: [400, '<Error><Code>Throttling</Code></Error>'],
    },
  ] as const)
    it(`are waited for while ${who} is busy`, async () => {
      answers = () => [...busy];
      await assert.rejects(from(environment()).getCredentials(), { code: 'OBJECT_STORE_UNREACHABLE' });
    });

  it('are waited for where some were given before', async () => {
    const service = { AWS_EC2_METADATA_SERVICE_ENDPOINT: url };
    answers = ({ what }) =>
      what.startsWith('PUT')
        ? [200, 't']
        : what.endsWith('/')
          ? [200, 'role']
          : [200, keys({ Expiration: new Date().toISOString() })];
    const credentials = from(service);
    await credentials.getCredentials();
    answers = () => [404, ''];
    await assert.rejects(credentials.getCredentials(), { code: 'OBJECT_STORE_UNREACHABLE' });
  });

  it('are reported as missing, with what to set, where nothing provides any', async () => {
    await assert.rejects(found(from({ AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9' })), {
      code: 'OBJECT_STORE_REFUSED',
      message: /Set S3_ACCESS_KEY and S3_SECRET_KEY, or .*AWS_ROLE_ARN.*instance profile/,
    });
  });

  describe('in an object store', () => {
    const bucket = bucketForSuite();
    const variable = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
    const withRole = (address: string) => ({
      ...bucket.settings(),
      accessKey: undefined,
      secretKey: undefined,
      role: { [variable]: address },
    });

    it('sign its requests', async () => {
      const { accessKey: AccessKeyId, secretKey: SecretAccessKey } = bucket.settings();
      answers = () => [200, keys({ AccessKeyId, SecretAccessKey, Token: undefined })];
      assert.equal(await ensureBucket(withRole(url)), false);
      const store = createS3Store(withRole(url));
      await store.put('k', new Uint8Array([1, 2]));
      assert.deepEqual([...(await store.get('k'))], [1, 2]);
    });

    it('are sent with their session token', async () => {
      answers = ({ what }) => [200, what === 'GET /role' ? keys() : ''];
      assert.equal(await createS3Store({ ...withRole(`${url}/role`), endpoint: url }).has('k'), true);
      assert.equal(asked[1]!.headers['x-amz-security-token'], 'role-session');
      assert.match(asked[1]!.headers.authorization!, /Credential=role-key\//);
    });

    it('are reported as missing, rather than the store as unreachable', async () => {
      answers = () => [404, ''];
      const missing = { code: 'OBJECT_STORE_REFUSED', message: /gives no keys.* 404/ };
      const store = createS3Store(withRole(url));
      await assert.rejects(store.put('k', new Uint8Array()), missing);
      await assert.rejects(async () => {
        for await (const each of store.list('k/')) assert.fail(each.key);
      }, missing);
      await assert.rejects(ensureBucket(withRole(url)), missing);
    });
  });
});
