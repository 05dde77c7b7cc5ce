import * as z from 'zod';

/** A certificate or a key: a file, read when a connection is made, or its text. */
const pem = z.union([
  z.object({ path: z.string() }),
  z.object({ data: z.union([z.string(), z.instanceof(Uint8Array)]) }),
]);

/**
 * How to reach Temporal, by its own variables and profiles, which adapters/temporal/connection/connection-profile.ts
 * reads.
 */
export const temporalProfileSchema = z
  .object({
    address: z
      .string()
      .regex(/^[^/]+:\d+$/, 'write host:port')
      .default('127.0.0.1:7233'),
    namespace: z.string().default('default'),
    apiKey: z.string().optional(),
    tls: z
      .object({
        disabled: z.boolean().optional(),
        serverName: z.string().optional(),
        clientCert: pem.optional(),
        clientKey: pem.optional(),
        serverCACert: pem.optional(),
      })
      .optional(),
    grpcMeta: z.record(z.string(), z.string()).optional(),
  })
  .superRefine(({ apiKey, tls }, { addIssue }) => {
    if (!tls?.disabled) return;
    // These settings imply encryption: without it anyone on the way could read the key.
    const given = apiKey !== undefined ? 'an API key' : tls.clientCert || tls.serverCACert ? 'a certificate' : null;
    if (given)
      addIssue({
        code: 'custom',
        path: ['tls'],
        message: `switches off the encryption that ${given} needs: leave it out`,
      });
  });
export type TemporalProfile = z.output<typeof temporalProfileSchema>;

/** The variable for a setting of a profile. */
export const variableOf = (setting: PropertyKey | undefined): string =>
  `TEMPORAL_${String(setting ?? 'PROFILE')
    .replace(/[A-Z]/g, '_$&')
    .toUpperCase()}`;
