import type { Config } from '../../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { type ClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { X509Certificate } from 'node:crypto';
import { access, constants, readFile } from 'node:fs/promises';

/** Options for both kinds of connection (client's and worker's). */
export async function connectionOptions({ address, namespace, apiKey, tls, grpcMeta, problem }: Config['temporal']) {
  if (problem !== undefined) throw problem;
  if ((tls?.clientCert === undefined) !== (tls?.clientKey === undefined))
    throw new UserError(
      'CONFIG_INVALID',
      'Set both TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH, or neither.',
    );
  for (const [file, part] of Object.entries(files)) await requireFile(file, tls?.[part]);
  if (tls?.serverCACert) await requireCertificate(tls.serverCACert);
  const profile = { address, namespace, apiKey, tls, grpcMeta } as ClientConfigProfile;
  const options = toClientOptions(profile).connectionOptions;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as typeof options;
}

/** The names of the files: the endings of variables, and in lower case the keys in temporal.toml. */
const files = { CLIENT_CERT: 'clientCert', CLIENT_KEY: 'clientKey', SERVER_CA_CERT: 'serverCACert' } as const;

type Pem = NonNullable<NonNullable<Config['temporal']['tls']>['serverCACert']>;

/** gRPC looks at certificate and key itself; what it cannot read as the server's, it takes for a server that is away. */
async function requireCertificate(pem: Pem): Promise<void> {
  try {
    new X509Certificate('path' in pem ? await readFile(pem.path) : pem.data);
  } catch (cause) {
    throw new UserError(
      'CONFIG_INVALID',
      'TEMPORAL_TLS_SERVER_CA_CERT_PATH (or _DATA, or tls.server_ca_cert_path in temporal.toml) gives no certificate: ' +
        'give one in PEM, which begins with -----BEGIN CERTIFICATE-----.',
      { cause },
    );
  }
}

async function requireFile(file: string, pem: Pem | undefined): Promise<void> {
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
