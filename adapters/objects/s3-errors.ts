import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { errorCode } from './hash-file.ts';

export interface S3Place {
  bucket: string;
  /** For people: https://host:port, or Amazon's region. */
  where: string;
}

/** The object, or the bucket, does not exist. HEAD answers have no body, so the kind is not always known. */
export const isMissing = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes(errorCode(error) ?? '');

/** The condition "only if nothing is there" was not met. */
export const isThere = (error: unknown): boolean => errorCode(error) === 'PreconditionFailed';

const KEYS = ['AccessDenied', 'Forbidden', 'InvalidAccessKeyId', 'SignatureDoesNotMatch'];
const REGION = ['AuthorizationHeaderMalformed', 'PermanentRedirect', 'MovedPermanently', 'TemporaryRedirect'];
const LATER = [
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'RequestTimeout',
  'ConditionalRequestConflict',
  'XMinioStorageFull', // it passes once somebody adds a disk
];
/** No answer, a broken one, or one without HTTP or trusted TLS. */
const NETWORK =
  /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET|EPIPE|EPROTO|HPE_|ERR_(SSL|TLS|STREAM_PREMATURE)|CERT_|UNABLE_TO_|.*SELF_SIGNED)/;

/**
 * An error of S3 or its connection, as one that says what to do; anything else (an unreadable file) unchanged.
 * OBJECT_STORE_UNREACHABLE can pass with time, OBJECT_STORE_REFUSED needs a person.
 */
export function s3Error({ bucket, where }: S3Place, cause: unknown): unknown {
  if (cause instanceof UserError) return cause;
  // The client wraps the reason for missing keys.
  if (cause instanceof Error && cause.cause instanceof UserError) return cause.cause;
  const code = errorCode(cause) ?? '';
  const words = messageOf(cause) || code;
  const said = words.includes(code) ? words : `${code}: ${words}`;
  const store = `The object store at ${where}`;
  const refused = (text: string) => new UserError('OBJECT_STORE_REFUSED', text, { cause });

  if (NETWORK.test(code) || LATER.includes(code) || /Retryable HTTP status/.test(messageOf(cause)))
    return new UserError(
      'OBJECT_STORE_UNREACHABLE',
      `${store} does not answer as it should (${said}). Perennial keeps trying; if this lasts, check that the store runs, and S3_ENDPOINT.`,
      { cause },
    );
  if (!isFromS3(cause)) return cause;
  if (code === 'NoSuchBucket')
    return refused(
      `${store} has no bucket ${bucket}. Create it (the command "migrate" does), or correct OBJECT_STORE_URL.`,
    );
  if (KEYS.includes(code))
    return refused(
      `${store} refused a request for bucket ${bucket} (${said}). Check S3_ACCESS_KEY and S3_SECRET_KEY, and that they ` +
        'allow listing the bucket, and getting and putting its objects.',
    );
  if (REGION.includes(code))
    return refused(
      `${store} keeps bucket ${bucket} in another region (${said}). Set S3_REGION to the bucket's region.`,
    );
  if (code === 'RequestTimeTooSkewed')
    return refused(`${store} reports that this machine's clock is off by over 15 minutes (${said}). Set the clock.`);
  if (code === '')
    return refused(
      `What answers at ${where} is no S3 object store. Check S3_ENDPOINT: the address of its API, not of its console.`,
    );
  return refused(`${store} refused a request for bucket ${bucket} (${said}).`);
}

// By name: the package's error classes differ between module systems.
const isFromS3 = (error: unknown): boolean => error instanceof Error && error.constructor.name === 'S3Error';
