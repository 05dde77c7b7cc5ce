import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { versionName } from '../../../core/base/ids.ts';
import { type Encoding, type ModelArtifact } from '../../../core/model/artifact.ts';
import { compileScorer, parseArtifact, type Scorer } from '../../../core/model/scorer.ts';
import { type Row } from '../../../core/data/data.ts';
import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import { type Instant } from '../../../core/time/time.ts';
import { writeWhole } from './files.ts';
import { type Log } from '../../shipping/spool.ts';
import { unlessStopped, within } from '../../../core/time/time-limit.ts';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The key of a version's artifact and the hash of its bytes. */
export interface VersionRef {
  version: number;
  objectKey: string;
  sha256: string;
  createdAt: Instant;
}

/** A version in memory, checked and warm. */
export interface LoadedModel extends VersionRef {
  /** null: the score estimates a number or is that of a class, so there is nothing to decide. */
  threshold: number | null;
  /** The mean of the labels it was trained with, if they are numbers. */
  mean: number | null;
  encodings: Encoding[];
  /** null: the label is not of kind class. */
  classes: Scorer['classes'];
  score(row: Row): number;
  /** null: it is not known what labels of estimates lie between. */
  interval: Scorer['interval'];
  explainer: Scorer['explainer'];
}

/** Artifacts on this machine's disk, by hash; a missing or damaged one comes from the object store. */
export interface ModelFiles {
  /** Stops waiting for the object store when `signal` aborts. */
  load(pipeline: string, ref: VersionRef, signal: AbortSignal): Promise<LoadedModel>;
  /** Removes the artifacts of all other versions. */
  keepOnly(wanted: (sha256: string) => boolean): Promise<void>;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function createModelFiles(folder: string, store: Pick<ObjectStore, 'get'>): ModelFiles {
  const pathOf = (ref: VersionRef): string => join(folder, `${ref.sha256}.json`);

  async function bytesOf(pipeline: string, ref: VersionRef, signal: AbortSignal): Promise<Uint8Array> {
    const onDisk = await readFile(pathOf(ref)).catch(() => null);
    if (onDisk && sha256(onDisk) === ref.sha256) return onDisk;
    const bytes = await unlessStopped(signal, store.get(ref.objectKey));
    const found = sha256(bytes);
    if (found !== ref.sha256)
      throw new UserError(
        'OBJECT_CORRUPT',
        `The artifact of ${pipeline} ${versionName(ref.version)} (${ref.objectKey}) has the hash ${found}, but was ` +
          `registered with ${ref.sha256}. Restore that object from a backup, or train again: perennial run ${pipeline} training`,
      );
    // Without the copy on disk the next restart reads the store; the model serves nevertheless.
    await writeWhole(pathOf(ref), bytes).catch(() => undefined);
    return bytes;
  }

  return {
    async load(pipeline, ref, signal) {
      const artifact = parseArtifact(new TextDecoder().decode(await bytesOf(pipeline, ref, signal)));
      if (artifact.pipeline !== pipeline)
        throw new UserError(
          'MODEL_INVALID',
          `The artifact ${ref.objectKey} was trained for ${artifact.pipeline}, not for ${pipeline}.`,
        );
      const scorer = compileScorer(artifact); // checks itself against the artifact's probe
      warm(artifact, (row) => scorer.score(row));
      return {
        ...ref,
        threshold: artifact.threshold,
        mean: artifact.target?.mean ?? null,
        encodings: artifact.encodings,
        classes: scorer.classes,
        score: (row) => scorer.score(row),
        interval: scorer.interval,
        explainer: (groups) => scorer.explainer(groups),
      };
    },
    async keepOnly(wanted) {
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder))
        // A file being written has a longer name, and is kept like the whole one.
        if (!wanted(name.replace(/\.json(\.new)?$/, ''))) await rm(join(folder, name), { force: true });
    },
  };
}

const WARM_UP_ROWS = 2_000; // enough for V8 to compile the scorer before the first request meets it

function warm(artifact: ModelArtifact, score: (row: Row) => number): void {
  const { rows } = artifact.probe;
  for (let i = 0; i < WARM_UP_ROWS && rows.length > 0; i++) {
    const value = score(rows[i % rows.length]!);
    if (!Number.isFinite(value))
      throw new UserError('MODEL_INVALID', `The model scores its own probe row ${i % rows.length} as ${value}.`);
  }
}

/** Loads a version; a failure names it, in one line for the log and /health. */
export async function loadNamed(
  files: ModelFiles,
  name: string,
  { version, objectKey, sha256, createdAt }: VersionRef,
  signal: AbortSignal,
): Promise<LoadedModel> {
  return files.load(name, { version, objectKey, sha256, createdAt }, signal).catch((error: unknown) => {
    throw new Error(`${versionName(version)} could not be loaded: ${messageOf(error)}`, { cause: error });
  });
}

/**
 * Fallbacks are optional, and so are shadows after a restart: nothing waits long for one or fails without it, unless
 * `signal` aborts the whole attempt.
 */
export async function ifToBeHad<T>(
  loading: Promise<T>,
  of: { what: string; name: string; version: number; slowMs: number; log: Log; signal?: AbortSignal },
): Promise<T | null> {
  return within(of.slowMs, `loading ${versionName(of.version)}`, loading).catch((error: unknown) => {
    of.signal?.throwIfAborted();
    of.log.warn({ pipeline: of.name }, `${of.name} has no ${of.what}: ${messageOf(error)}`);
    return null;
  });
}
