import type { Config } from '../../core/base/config.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { readFile } from 'node:fs/promises';

/** What both kinds of connection (client's and worker's) are told. */
export async function connectionOptions({ address, apiKey, tls, tlsCert, tlsKey }: Config['temporal']) {
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UserError('CONFIG_INVALID', 'Set TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY both, or neither.');
  const pair =
    tlsCert !== undefined && tlsKey !== undefined
      ? {
          clientCertPair: {
            crt: await certificate('TEMPORAL_TLS_CERT', tlsCert),
            key: await certificate('TEMPORAL_TLS_KEY', tlsKey),
          },
        }
      : {};
  const secured = tls || apiKey !== undefined || tlsCert !== undefined;
  return { address, ...(secured && { tls: pair }), ...(apiKey !== undefined && { apiKey }) };
}

const certificate = (variable: string, path: string): Promise<Buffer> =>
  readFile(path).catch((cause: unknown) => {
    throw new UserError('CONFIG_INVALID', `${variable} names a file that cannot be read: ${messageOf(cause)}`, {
      cause,
    });
  });
