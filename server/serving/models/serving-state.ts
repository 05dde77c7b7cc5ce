import { pipelineSchema, type Pipeline } from '../../../core/declaration/pipeline.ts';
import { parseStored } from '../../../core/base/stored.ts';
import { messageOf } from '../../../core/base/errors/errors.ts';
import { writeWhole } from './files.ts';
import { type LoadedVersion, type Serving } from '../serving.ts';
import { type Log } from '../../shipping/spool.ts';
import { readFile } from 'node:fs/promises';
import * as z from 'zod';

const versionSchema = z.object({
  version: z.int(),
  objectKey: z.string(),
  sha256: z.string(),
  createdAt: z.string(),
});
const declared = { declaration: pipelineSchema, revision: z.string() };
const declaredVersion = versionSchema.extend({
  /** Earlier releases knew none. */
  prior: z.number().nullable().default(null),
  shares: z.array(z.number()).nullable().default(null),
  /** For a version that was trained with another declaration than the champion. */
  declared: z.object(declared).optional(),
});
const trafficSchema = z.object({
  generation: z.int(),
  changedAt: z.string().nullable().default(null),
  champion: z.int().optional(),
  arms: z.array(declaredVersion.extend({ share: z.number() })).min(1),
  /** Earlier releases knew none. */
  shadow: declaredVersion.nullable().default(null),
  fallback: declaredVersion.nullable(),
});
const pipelineState = z.object({
  /** The champion's, or the newest. */
  ...declared,
  /** Null while nothing has been promoted. */
  traffic: trafficSchema
    // An earlier release served one version and recorded no champion.
    .transform(({ champion, ...traffic }) => ({ ...traffic, champion: champion ?? traffic.arms[0]!.version }))
    .nullable(),
});
const fileSchema = z.object({ format: z.literal(1), pipelines: z.array(z.unknown()) });

/** What this machine served last, to serve it again without the database and the store. */
export interface ServingState {
  format: 1;
  pipelines: z.output<typeof pipelineState>[];
}

export type SavedVersion = z.output<typeof declaredVersion>;

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
        log.error({ path }, `cannot read ${what}, so the database is asked: ${messageOf(error)}`);
      try {
        const { format, pipelines } = fileSchema.parse(JSON.parse(text));
        // An unreadable one must not stop the others.
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

interface Served {
  pipeline: Pipeline;
  revision: string;
  serving: Serving | null;
}

/** The saved state of one pipeline. */
export function savedOf({ pipeline, revision, serving }: Served): ServingState['pipelines'][number] {
  const saved = (one: LoadedVersion) => {
    const { version, objectKey, sha256, createdAt } = one.model;
    return {
      version,
      objectKey,
      sha256,
      createdAt,
      prior: one.prior,
      shares: one.shares && [...one.shares],
      ...(one.revision !== revision && { declared: { declaration: one.pipeline, revision: one.revision } }),
    };
  };
  return {
    declaration: pipeline,
    revision,
    traffic: serving && {
      generation: serving.generation,
      changedAt: serving.changedAt,
      champion: serving.champion.model.version,
      arms: serving.arms.map((arm) => ({ ...saved(arm), share: arm.share })),
      shadow: serving.shadow && saved(serving.shadow),
      fallback: serving.fallback && saved(serving.fallback),
    },
  };
}

const named = z.object({ declaration: z.object({ name: z.string() }) });
const nameOf = (stored: unknown): string => named.safeParse(stored).data?.declaration.name ?? 'one pipeline';
