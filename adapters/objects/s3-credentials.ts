import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { hide } from '../../core/base/errors/shown.ts';
import { readFile } from 'node:fs/promises';
import { IamAwsProvider } from 'minio';
import { Credentials } from 'minio/dist/esm/Credentials.mjs';

type Environment = Record<string, string | undefined>;
interface Given {
  credentials: Credentials;
  expiresAt: number;
}

const RENEW_BEFORE_MS = 300_000;
const PATIENCE_MS = 5_000; // outside a cloud nothing answers at the metadata service's address

/**
 * Keys of the role that a cloud gives this process, renewed before they expire: by web identity (a service account's
 * token), from the metadata service of its container (ECS, EKS Pod Identity), or of its machine (EC2). We use only the
 * type of the client's own provider: it waits for ever if nothing answers, fails at containers' answers, and knows only
 * Amazon's STS.
 */
export class RoleCredentials extends IamAwsProvider {
  readonly #ask: () => Promise<Given>;
  #given: Given | null = null;
  #asking: Promise<Given> | null = null;

  constructor(region: string, environment: Environment) {
    super({});
    this.#ask = () => askFor(region, environment);
  }

  override async getCredentials(): Promise<Credentials> {
    const leftMs = (this.#given?.expiresAt ?? 0) - Date.now();
    if (this.#given && leftMs > RENEW_BEFORE_MS) return this.#given.credentials;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    try {
      this.#given = await this.#asking;
    } catch (error) {
      // The current keys may still be valid; and the service that gave them will give others.
      if (leftMs <= 0) throw this.#given ? unreachable(messageOf(error), error) : error;
    }
    return this.#given!.credentials;
  }
}

function askFor(region: string, environment: Environment): Promise<Given> {
  if (environment['AWS_WEB_IDENTITY_TOKEN_FILE']) return byWebIdentity(region, environment);
  const relative = environment['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'];
  const container = relative ? `http://169.254.170.2${relative}` : environment['AWS_CONTAINER_CREDENTIALS_FULL_URI'];
  return container ? fromContainer(container, environment) : fromMachine(environment);
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
async function byWebIdentity(region: string, environment: Environment): Promise<Given> {
  const host = `sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
  const sts = environment['AWS_ENDPOINT_URL_STS'] ?? `https://${host}`;
  const body = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: environment['AWS_ROLE_ARN'] ?? '',
    RoleSessionName: environment['AWS_ROLE_SESSION_NAME'] ?? 'perennial',
    // Read each time: the cluster renews it.
    WebIdentityToken: await readToken(environment['AWS_WEB_IDENTITY_TOKEN_FILE']!),
  });
  const words = 'Check AWS_ROLE_ARN, that the role trusts this service account, and AWS_ENDPOINT_URL_STS.';
  const answer = await get(sts, { method: 'POST', body }, words);
  const told = (name: string): string | undefined => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer)?.[1];
  return givenBy(sts, {
    AccessKeyId: told('AccessKeyId'),
    SecretAccessKey: told('SecretAccessKey'),
    Token: told('SessionToken'),
    Expiration: told('Expiration'),
  });
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
async function fromContainer(url: string, environment: Environment): Promise<Given> {
  const file = environment['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'];
  const token = file ? await readToken(file) : environment['AWS_CONTAINER_AUTHORIZATION_TOKEN'];
  const headers = token ? { authorization: token } : {};
  return givenBy(url, json(await get(url, { headers }, 'Check the role of this container or its service account.')));
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html */
async function fromMachine(environment: Environment): Promise<Given> {
  const service = environment['AWS_EC2_METADATA_SERVICE_ENDPOINT'] ?? 'http://169.254.169.254';
  const roles = new URL('/latest/meta-data/iam/security-credentials/', service).href;
  try {
    const token = await get(new URL('/latest/api/token', service).href, {
      method: 'PUT',
      headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
    });
    const headers = { 'x-aws-ec2-metadata-token': token };
    const [role = ''] = (await get(roles, { headers })).split('\n');
    return givenBy(roles, json(await get(roles + encodeURIComponent(role.trim()), { headers })));
  } catch (cause) {
    if (cause instanceof BusyError) throw cause;
    throw new UserError(
      'OBJECT_STORE_REFUSED',
      'This process has no keys for the object store. Set S3_ACCESS_KEY and S3_SECRET_KEY, or give it a role: a ' +
        'service account with AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, a container with ' +
        `AWS_CONTAINER_CREDENTIALS_FULL_URI, or a machine with an instance profile (${messageOf(cause)}).`,
      { cause },
    );
  }
}

/** The answer, with 400, of a service that will have keys in a moment. */
const passing = /^(Throttling|ThrottlingException|RequestLimitExceeded|IDPCommunicationError)$/;

/** A service that is there but cannot answer now. */
class BusyError extends UserError {
  constructor(message: string) {
    super('OBJECT_STORE_UNREACHABLE', message);
  }
}
const unreachable = (message: string, cause: unknown): UserError =>
  new UserError('OBJECT_STORE_UNREACHABLE', message, { cause });

async function readToken(file: string): Promise<string> {
  const token = (await readFile(file, 'utf8')).trim();
  hide(token);
  return token;
}

async function get(url: string, init: RequestInit, words = ''): Promise<string> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) });
    text = await answer.text();
  } catch (cause) {
    const why = messageOf((cause as Error).cause ?? cause);
    throw unreachable(`${url} gives no keys for the object store: ${why}. ${words}`, cause);
  }
  if (answer.ok) return text;
  // Its error code, and nothing else of its answer.
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? '';
  const message = `${url} gives no keys for the object store: it answered ${answer.status} ${code}. ${words}`;
  if (answer.status >= 500 || answer.status === 429 || passing.test(code)) throw new BusyError(message);
  throw new UserError('OBJECT_STORE_REFUSED', message);
}

function json(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function givenBy(url: string, { AccessKeyId, SecretAccessKey, Token, Expiration }: Record<string, unknown>): Given {
  const expiresAt = Date.parse(String(Expiration));
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string' || Number.isNaN(expiresAt))
    throw new UserError('OBJECT_STORE_REFUSED', `What answers at ${url} gives no keys that expire. Check its address.`);
  const sessionToken = typeof Token === 'string' && Token !== '' ? Token : undefined;
  for (const secret of [SecretAccessKey, sessionToken]) if (secret) hide(secret);
  const credentials = new Credentials({
    accessKey: AccessKeyId,
    secretKey: SecretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
  });
  return { credentials, expiresAt };
}
