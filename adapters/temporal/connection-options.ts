import type { Config } from '../../core/base/config.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { type ClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { access, constants } from 'node:fs/promises';

/** Options for both kinds of connection (client's and worker's). */
export async function connectionOptions({ address, namespace, apiKey, tls, grpcMeta, problem }: Config['temporal']) {
  if (problem !== undefined) throw problem;
  if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined))
    throw new UserError(
      'CONFIG_INVALID',
      'Set both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH, or neither.',
    );
  for (const [file, part] of Object.entries(files)) await requireFile(file, tls?.[part]);
  const profile = { address, namespace, apiKey, tls, grpcMeta } as ClientConfigProfile;
  const options = toClientOptions(profile).connectionOptions;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as typeof options;
}

/** The names of the files: the endings of variables, and in lower case the keys in temporal.toml. */
const files = { CLIENT_CERT: 'clientCert', CLIENT_KEY: 'clientKey', SERVER_CA_CERT: 'serverCACert' } as const;

async function requireFile(file: string, pem: NonNullable<Config['temporal']['tls']>['clientCert']): Promise<void> {
  if (!pem || !('path' in pem)) return;
  await access(pem.path, constants.R_OK).catch((cause: unknown) => {
    throw new UserError(
      'CONFIG_INVALID',
      `TEMPORAL_TLS_${file}_PATH (in temporal.toml tls.${file.toLowerCase()}_path) names a file that cannot be read: ` +
        `${messageOf(cause)}. Put it there, or name another.`,
      { cause },
    );
  });
}
