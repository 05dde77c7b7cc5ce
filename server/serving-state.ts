import { pipelineSchema } from '../core/pipeline.ts';
import { messageOf } from '../core/errors.ts';
import { writeWhole } from './files.ts';
import { type Log } from './spool.ts';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const versionSchema = z.object({
  version: z.int(),
  objectKey: z.string(),
  sha256: z.string(),
  createdAt: z.string(),
});
const stateSchema = z.object({
  format: z.literal(1),
  pipelines: z.array(
    z.object({
      declaration: pipelineSchema,
      revision: z.string(),
      /** Null while nothing has been promoted. */
      traffic: z
        .object({
          generation: z.int(),
          changedAt: z.string().nullable().default(null),
          arms: z.array(versionSchema.extend({ share: z.number() })).min(1),
          fallback: versionSchema.nullable(),
        })
        .nullable(),
    }),
  ),
});

/** What this machine served last, so that it can be served again with the database and the store gone. */
export type ServingState = z.output<typeof stateSchema>;

export interface StateFile {
  read(): Promise<ServingState>;
  write(state: ServingState): Promise<void>;
}

export function createStateFile(path: string, log: Log): StateFile {
  return {
    async read() {
      const nothing: ServingState = { format: 1, pipelines: [] };
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return null;
      });
      if (text === null) return nothing;
      try {
        return stateSchema.parse(JSON.parse(text));
      } catch (error) {
        log.error({ path }, `what was served last cannot be read, and is asked of the database: ${messageOf(error)}`);
        return nothing;
      }
    },
    write: (state) => writeWhole(path, JSON.stringify(state)),
  };
}
