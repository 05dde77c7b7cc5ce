import { pipelineSchema } from '../core/declaration/pipeline.ts';
import { parseStored } from '../core/base/stored.ts';
import { messageOf } from '../core/base/errors.ts';
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
const pipelineState = z.object({
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
});
const fileSchema = z.object({ format: z.literal(1), pipelines: z.array(z.unknown()) });

/** What this machine served last, so that it can be served again with the database and the store gone. */
export interface ServingState {
  format: 1;
  pipelines: z.output<typeof pipelineState>[];
}

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
      const unread = (what: string, error: unknown): void =>
        log.error({ path }, `${what} cannot be read, and is asked of the database: ${messageOf(error)}`);
      try {
        const { format, pipelines } = fileSchema.parse(JSON.parse(text));
        // One that cannot be read must not keep the others from being served.
        const read = pipelines.map((stored) => parseStored(pipelineState, stored));
        for (const [i, { error }] of read.entries())
          if (error) unread(`what was served last of ${nameOf(pipelines[i])}`, error);
        return { format, pipelines: read.flatMap(({ data }) => data ?? []) };
      } catch (error) {
        unread('what was served last', error);
        return nothing;
      }
    },
    write: (state) => writeWhole(path, JSON.stringify(state)),
  };
}

const named = z.object({ declaration: z.object({ name: z.string() }) });
const nameOf = (stored: unknown): string => named.safeParse(stored).data?.declaration.name ?? 'one pipeline';
