import { UserError } from '../../core/base/errors/errors.ts';
import type { ListedObject, ObjectStore } from '../../core/data/objects/objects.ts';
import { hashFile } from './hash-file.ts';
import { foldersOf, partsOfKey } from '../../core/data/objects/object-keys.ts';
import { RoleCredentials } from './s3-credentials.ts';
import { isMissing, isThere, s3Error } from './s3-errors.ts';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BucketItem, Client, CopyDestinationOptions, CopySourceOptions } from 'minio';

export interface S3Settings {
  bucket: string;
  /** Prepended to every key; '' for none. */
  prefix: string;
  /** Undefined: Amazon's. */
  endpoint: string | undefined;
  region: string;
  /** Undefined: keys of the environment's role. */
  accessKey?: string | undefined;
  secretKey?: string | undefined;
  /** The variables by which a cloud gives a role. */
  role?: Record<string, string | undefined>;
}

/** The folder of objects that deletions set aside; no key can name it. */
const ASIDE = '.deleted';
const QUIET_MS = 60_000; // a connection that is idle for this long is closed
const ATTEMPTS = 3;
const LARGEST_BYTES = 5 * 1024 ** 3; // of one PUT; SeaweedFS would assemble parts without a condition

/** bucketOf('s3://models/team-a/') // => { bucket: 'models', prefix: 'team-a' } */
export function bucketOf(url: string): Pick<S3Settings, 'bucket' | 'prefix'> {
  const { hostname, pathname } = new URL(url);
  return { bucket: hostname, prefix: decodeURIComponent(pathname).split('/').filter(Boolean).join('/') };
}

/**
 * An object store in a bucket of S3, MinIO or another store with conditional writes. Each object is one PUT "if absent"
 * (`If-None-Match: *`): it is atomic, and the first writer of a key wins. One PUT takes 5 GiB.
 */
export function createS3Store(settings: S3Settings, { largestBytes = LARGEST_BYTES } = {}): ObjectStore {
  const { bucket, prefix } = settings;
  const client = connect(settings);
  const place = placeOf(settings);
  // The signature covers the body's hash unless TLS already protects it.
  const signsBody = place.where.startsWith('http:');
  const root = prefix === '' ? '' : `${prefix}/`;
  const nameOf = (key: string): string => root + partsOfKey(key).join('/');
  const asideOf = (key: string): string => `${root}${ASIDE}/${partsOfKey(key).join('/')}`;

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const told = s3Error(place, error);
        const later = told instanceof UserError && told.code === 'OBJECT_STORE_UNREACHABLE';
        if (!later || attempt === ATTEMPTS) throw told;
        await sleep(50 * 4 ** attempt * (0.5 + Math.random())); // otherwise all workers come back at once
      }
    }
  }

  async function find(objectName: string): Promise<{ lastModified: Date } | null> {
    try {
      return await client.statObject(bucket, objectName);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }
  const isHere = async (objectName: string): Promise<boolean> => (await find(objectName)) !== null;

  /** A copy onto itself changes only the time of writing. False if it does not exist. */
  const markAsWritten = (objectName: string): Promise<boolean> => copy(objectName, objectName);

  async function copy(from: string, to: string): Promise<boolean> {
    try {
      await client.copyObject(
        new CopySourceOptions({ Bucket: bucket, Object: from }),
        new CopyDestinationOptions({ Bucket: bucket, Object: to, MetadataDirective: 'REPLACE' }),
      );
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** The client's own putObject would hold files in memory, and let two writers of a large one share an upload. */
  async function send(objectName: string, headers: Record<string, string | number>, sha256: string, body: Body) {
    const request = { method: 'PUT', bucketName: bucket, objectName, headers };
    const response = await client.makeRequestStreamAsync(request, body() as Buffer, sha256, [200], '');
    response.resume();
  }

  async function putOnce(key: string, size: number, sha256: string, body: Body) {
    const objectName = nameOf(key);
    await ask(async () => {
      try {
        await send(objectName, { 'content-length': size, 'if-none-match': '*' }, sha256, body);
      } catch (error) {
        // The first writer has won. A store may close the connection on an unwanted body, so we ask it.
        if (!isThere(error) && !(await isHere(objectName).catch(() => false))) throw error;
        // Deleted at this moment: another attempt writes it.
        if (!(await markAsWritten(objectName))) throw goneMeanwhile();
      }
    });
  }

  /** Before sending anything: the store would refuse it after hours. */
  function refuseLarge(key: string, sizeBytes: number): void {
    if (sizeBytes > largestBytes)
      throw new UserError(
        'OBJECT_STORE_REFUSED',
        `Object ${nameOf(key)} has ${sizeBytes} bytes, but an object in bucket ${bucket} at ${place.where} can have at most ` +
          `${largestBytes}. Make it smaller: a snapshot's parts with more partitions of the source, a model with fewer weights.`,
      );
  }

  async function open(key: string) {
    const get = (objectName: string) => client.getObject(bucket, objectName);
    try {
      return await get(nameOf(key)).catch((error: unknown) => {
        if (isMissing(error)) return get(asideOf(key));
        throw error;
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw new UserError(
        'OBJECT_MISSING',
        `Object ${nameOf(key)} is not in bucket ${bucket} at ${place.where}. Check OBJECT_STORE_URL, restore the object ` +
          'from a backup, or run the loop that made it again.',
        { cause: error },
      );
    }
  }

  async function* list(folder: string, below = ''): AsyncGenerator<ListedObject> {
    const top = root + below;
    const listed = client.listObjectsV2(bucket, `${top}${foldersOf(folder).join('/')}/`, true);
    try {
      for await (const { name, size, lastModified } of listed as AsyncIterable<BucketItem>)
        if (name !== undefined)
          yield { key: name.slice(top.length), sizeBytes: size, modifiedAt: lastModified ?? new Date() };
    } catch (error) {
      throw s3Error(place, error);
    }
  }

  return {
    async put(key, bytes) {
      refuseLarge(key, bytes.byteLength);
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const sha256 = signsBody ? createHash('sha256').update(body).digest('hex') : '';
      await putOnce(key, body.length, sha256, () => body);
    },
    async putFile(key, path) {
      const size = (await stat(path)).size;
      refuseLarge(key, size);
      // A retry, or an equal part: nothing to send.
      if (await ask(async () => (await isHere(nameOf(key))) && markAsWritten(nameOf(key)))) return;
      const sha256 = signsBody ? (await hashFile(path)).sha256 : '';
      await putOnce(key, size, sha256, () => streamOf(path));
    },
    async replaceFile(key, path) {
      const size = (await stat(path)).size;
      refuseLarge(key, size);
      const sha256 = signsBody ? (await hashFile(path)).sha256 : '';
      await ask(() => send(nameOf(key), { 'content-length': size }, sha256, () => streamOf(path)));
    },
    get: (key) =>
      ask(async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of await open(key)) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      }),
    getFile: (key, path) =>
      ask(async () => {
        const bytes = await open(key);
        try {
          await pipeline(bytes, createWriteStream(path));
        } catch (error) {
          await rm(path, { force: true });
          throw error;
        }
      }),
    has: async (key) => {
      const [here, aside] = [nameOf(key), asideOf(key)];
      return ask(async () => (await isHere(here)) || isHere(aside));
    },

    list: (folder) => list(folder),

    async delete(key, unlessSince) {
      const [objectName, aside] = [nameOf(key), asideOf(key)];
      return ask(async () => {
        const found = await find(objectName);
        if (found === null || found.lastModified >= unlessSince) return false;
        // S3 deletes unconditionally, even an object that was touched since the check because a row will name it.
        if (!(await copy(objectName, aside))) return false;
        await client.removeObject(bucket, objectName);
        return true;
      });
    },
    aside: (folder) => list(folder, `${ASIDE}/`),
    forget: async (key) => {
      const aside = asideOf(key);
      await ask(() => client.removeObject(bucket, aside));
    },
  };
}

/** Creates the bucket unless it exists; returns whether it was created. */
export async function ensureBucket(settings: S3Settings): Promise<boolean> {
  const { bucket, region } = settings;
  const client = connect(settings);
  try {
    if (await client.bucketExists(bucket)) return false;
    await client.makeBucket(bucket, region);
    return true;
  } catch (error) {
    if (['BucketAlreadyOwnedByYou', 'BucketAlreadyExists'].includes((error as { code?: string }).code ?? ''))
      return false; // by another process, at this moment
    throw s3Error(placeOf(settings), error);
  }
}

type Body = () => Buffer | NodeJS.ReadableStream;
const streamOf = (path: string): NodeJS.ReadableStream => createReadStream(path, { highWaterMark: 1 << 20 });

/** Like network errors: another attempt can succeed. */
const goneMeanwhile = (): Error =>
  Object.assign(new Error('it was deleted while it was being written'), { code: 'SlowDown' });

const placeOf = ({ bucket, endpoint, region }: S3Settings) => ({
  bucket,
  where: endpoint?.replace(/\/$/, '') ?? `Amazon S3 in ${region}`,
});

function connect({ endpoint, region, accessKey, secretKey, role = {} }: S3Settings): Client {
  const { hostname, port, protocol } = new URL(endpoint ?? 'https://s3.amazonaws.com');
  const secure = protocol === 'https:';
  return new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    ...(port !== '' && { port: Number(port) }),
    useSSL: secure,
    region, // set, since looking it up takes another permission
    ...(accessKey !== undefined && secretKey !== undefined
      ? { accessKey, secretKey }
      : { credentialsProvider: new RoleCredentials(region, role) }),
    retryOptions: { disableRetry: true }, // our retries resend the body, and print nothing
    transport: { request: requestWithin(secure ? https : http) as typeof http.request },
  });
}

/** Requests that end when the connection stalls; Node's own wait for ever. */
function requestWithin({ request }: Pick<typeof http, 'request'>) {
  return (options: http.RequestOptions, answer: (response: http.IncomingMessage) => void): http.ClientRequest => {
    const sent = request(options, answer);
    sent.setTimeout(QUIET_MS, () => {
      sent.destroy(Object.assign(new Error(`nothing came for ${QUIET_MS / 1000} s`), { code: 'ETIMEDOUT' }));
    });
    return sent;
  };
}
